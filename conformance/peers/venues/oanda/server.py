"""OANDA as a server: REST out of its books, and two streams of lines."""

import secrets
from collections.abc import Mapping

from aiohttp import web

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Conduct, Refuse
from conformance.peers.upstream import Answered, Asked, Streaming
from conformance.peers.venues.oanda.answers import rejected
from conformance.peers.venues.oanda.checks import Problem, request_problem
from conformance.peers.venues.oanda.contract import answer_fault
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.ledger import Transaction
from conformance.peers.venues.oanda.link import Stream
from conformance.peers.venues.oanda.meaning import meaning
from conformance.peers.venues.oanda.operations import answer
from conformance.peers.venues.oanda.routes import route_of
from conformance.peers.venues.oanda.terms import ACCOUNT, stamp
from conformance.peers.venues.reading import read
from conformance.peers.venues.wire import VenueServer
from conformance.peers.venues.words import Operation


class OandaServer(VenueServer):
    """Serves REST and both streams on one port, as long as it is not away."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self.key = f"not-a-key-{secrets.token_hex(8)}"
        self.streams: list[Stream] = []
        self.refuse_streams: int | None = None
        """The status that the next streams are answered with; None grants them."""
        self.headless = False
        """Whether the next streams are not even answered."""
        self.desk = OandaDesk(recorder, self.say)
        self._problem: Problem | None = None

    def operation(self, method: str, target: str) -> Operation:
        route = route_of(method, target)
        return Operation.OTHER if route is None else route.operation

    def named(self, asked: Asked) -> Mapping[str, Json]:
        request = asked.request
        route = route_of(request.method, request.raw_path)
        if route is None:
            return {}
        if route.name in {"order", "cancel", "replace"}:
            told = {"client_order_id": route.id[1:]} if route.id[:1] == "@" else {}
            order = {} if told else {"order": route.id}
            return {**_client_id(asked.body), **told, **order}
        return _client_id(asked.body) if route.name == "submit" else {}

    def meant(self, asked: Asked) -> Mapping[str, Json]:
        return meaning(asked.body)

    # --- the streams ---

    def say(self, line: Transaction) -> None:
        """A transaction to the newest stream of them; lost where there is none."""
        if (stream := self.newest("transactions")) is not None:
            stream.say(line)

    def newest(self, name: str) -> Stream | None:
        """The open stream of this name that was opened last."""
        found = [s for s in self.streams if s.name == name and s.open]
        return found[-1] if found else None

    def _stream(self, request: web.Request) -> Streaming | None:
        route = route_of(request.method, request.raw_path)
        if route is None or route.operation is not Operation.STREAM:
            return None
        return self._link

    async def _link(self, request: web.Request) -> web.StreamResponse:
        route = route_of(request.method, request.raw_path)
        assert route is not None
        name = route.name.removesuffix("-stream")
        bearer = request.headers.get("authorization")
        problem = request_problem(route, bearer, self.key, ACCOUNT, "")
        status = self.refuse_streams or (problem.status if problem else None)
        if status is not None:
            self.turned_away(name, status)
            text = problem.text if problem else "The stream is not available"
            return web.json_response({"errorMessage": text}, status=status)
        if self.headless:
            self.turned_away(name, None)
            await self._gone.wait()
            return web.Response(status=503)
        beat = self._beat if name == "transactions" else self._price_beat
        stream = Stream(len(self.streams) + 1, name, self.recorder, beat)
        await stream.begin(request)
        self.streams.append(stream)
        self.news.tell()
        try:
            return await stream.run()
        finally:
            self.news.tell()

    def _price_beat(self) -> dict[str, Json]:
        return {"type": "HEARTBEAT", "time": stamp(self.desk.now())}

    def _beat(self) -> dict[str, Json]:
        return {**self._price_beat(), "lastTransactionID": self.desk.ledger.last}

    # --- REST ---

    def _book(self, asked: Asked) -> Answered:
        request = asked.request
        route = route_of(request.method, request.raw_path)
        problem = self._against(asked)
        if route is None or problem is not None:
            return self._refused(asked, problem or Problem("Not Found", status=404))
        return answer(self.desk, route, asked.body)

    def _against(self, asked: Asked) -> Problem | None:
        request = asked.request
        route = route_of(request.method, request.raw_path)
        bearer = request.headers.get("authorization")
        return request_problem(route, bearer, self.key, ACCOUNT, asked.body)

    def _fault(self, asked: Asked) -> str | None:
        self._problem = self._against(asked)
        return None if self._problem is None else self._problem.text

    def _wrong(self, asked: Asked, found: Answered) -> str | None:
        return answer_fault(found.status, found.body)

    def _malformed(self, fault: str) -> Refuse:
        problem = self._problem or Problem(fault)
        return Refuse(problem.text, problem.reason, problem.status)

    async def _act(self, asked: Asked, conduct: Conduct | None) -> web.StreamResponse:
        if not isinstance(conduct, Refuse):
            return await super()._act(asked, conduct)
        # 422 is none of OANDA's: what a script leaves open is a bad request there.
        status = 400 if conduct.status == 422 else conduct.status
        problem = Problem(conduct.text, conduct.code, status)
        return await self._answered(asked, self._refused(asked, problem), begin=True)

    def _refused(self, asked: Asked, problem: Problem) -> Answered:
        request = asked.request
        route = route_of(request.method, request.raw_path)
        order = _order_of(asked.body)
        order_is_it = route is not None and route.name in {"submit", "replace"}
        if problem.reason is not None and order_is_it:
            return rejected(self.desk, order, problem)
        told: dict[str, Json] = {"errorMessage": problem.text}
        if problem.reason is not None:
            told["errorCode"] = problem.reason
        return Answered(problem.status, told)


def _order_of(body: str) -> Mapping[str, Json]:
    try:
        found = read(body or "{}")
    except ValueError:
        return {}
    order = found.get("order") if isinstance(found, dict) else None
    return order if isinstance(order, dict) else {}


def _client_id(body: str) -> dict[str, Json]:
    extensions = _order_of(body).get("clientExtensions")
    name = extensions.get("id") if isinstance(extensions, dict) else None
    return {"client_order_id": name} if isinstance(name, str) else {}
