"""Saxo's OpenAPI as a server: REST, and the stream that subscriptions feed."""

import asyncio
import re
from collections.abc import Mapping

from aiohttp import web

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Refuse
from conformance.peers.upstream import Answered, Asked, Streaming
from conformance.peers.venues.saxo.answers import answer, balance, quote, refusal
from conformance.peers.venues.saxo.contract import answer_fault
from conformance.peers.venues.saxo.desk import BALANCE, ORDERS, SaxoDesk
from conformance.peers.venues.saxo.instruments import instrument_of
from conformance.peers.venues.saxo.meaning import meaning
from conformance.peers.venues.saxo.requests import (
    CONNECT,
    INVALID,
    ORDER,
    UNAUTHORIZED,
    UNKNOWN,
    fault_of,
    operation_of,
    parsed,
    path_of,
)
from conformance.peers.venues.saxo.stream import SaxoLink
from conformance.peers.venues.wire import VenueServer
from conformance.peers.venues.words import Operation

CONTEXT = re.compile(r"[A-Za-z0-9-]{1,50}")


class SaxoServer(VenueServer):
    """Refuses what the real one refuses before it looks at its books."""

    def __init__(self, recorder: Recorder, token: str) -> None:
        super().__init__(recorder)
        self.token = token
        self.desk = SaxoDesk(recorder, self.publish)
        self.links: list[SaxoLink] = []
        self.opened = 0
        """How often the stream of orders was subscribed to."""
        self.refuse_links: int | None = None
        self.headless = False
        """Whether the next streams are not even answered."""
        self.kept: list[tuple[str, Json]] | None = None
        """What a script keeps from the stream; None where it is told at once."""
        self._subscribed: dict[str, dict[str, str]] = {}

    def operation(self, method: str, target: str) -> Operation:
        return operation_of(method, target)

    def named(self, asked: Asked) -> Mapping[str, Json]:
        body = parsed(asked.body)
        found = ORDER.fullmatch(path_of(asked.request.raw_path))
        order = body.get("OrderId") if found is None else found[1]
        named = {"client_order_id": body.get("ExternalReference"), "order": order}
        return {name: str(value) for name, value in named.items() if value}

    def meant(self, asked: Asked) -> Mapping[str, Json]:
        return meaning(asked.body)

    # --- REST ---

    def _fault(self, asked: Asked) -> str | None:
        request = asked.request
        told = request.headers.get("Authorization", "")
        target = request.raw_path
        return fault_of(request.method, target, asked.body, told, self.token)

    def _malformed(self, fault: str) -> Refuse:
        code, _, text = fault.partition(" ")
        return Refuse(text, code, {UNAUTHORIZED: 401, UNKNOWN: 404}.get(code, 400))

    def _refusal(self, refuse: Refuse) -> Answered:
        if refuse.code in {UNAUTHORIZED, UNKNOWN, INVALID}:
            told = {"ErrorCode": refuse.code, "Message": refuse.text}
            return Answered(refuse.status, told)
        # 422 is what a script means that names no status; Saxo has none.
        status = 400 if refuse.status == 422 else refuse.status
        return refusal(Refuse(refuse.text, refuse.code, status))

    def _book(self, asked: Asked) -> Answered:
        request = asked.request
        body = parsed(asked.body)
        if path_of(request.raw_path).endswith("/subscriptions"):
            return self._subscribe(path_of(request.raw_path), body)
        return answer(self.desk, request.method, request.raw_path, body)

    def _wrong(self, asked: Asked, found: Answered) -> str | None:
        request = asked.request
        return answer_fault(request.method, request.raw_path, found.status, found.body)

    # --- subscriptions ---

    def _subscribe(self, path: str, body: Mapping[str, Json]) -> Answered:
        arguments = body["Arguments"]
        if "infoprices" in path:
            found = instrument_of(arguments.get("Uic"), arguments.get("AssetType"))
            if found is None:
                return refusal(Refuse("The Uic is not valid", "InvalidUic", 400))
            snapshot = {"Quote": quote(self.desk, found.symbol)}
            return self._granted(path, body, found.symbol, snapshot)
        if "orders" in path:
            rows = [self.desk.shown(order) for order in self.desk.live()]
            return self._granted(path, body, ORDERS, {"Data": rows})
        return self._granted(path, body, BALANCE, balance(self.desk))

    def _granted(
        self, path: str, body: Mapping[str, Json], what: str, snapshot: Json
    ) -> Answered:
        context, reference = str(body["ContextId"]), str(body["ReferenceId"])
        told = {
            "ContextId": context,
            "ReferenceId": reference,
            "Format": "application/json",
            "InactivityTimeout": 30,
            "RefreshRate": max(int(body.get("RefreshRate", 0)), 100),
            "State": "Active",
            "Snapshot": snapshot,
        }
        where = {"location": f"{path}/{context}/{reference}"}
        self._subscribed.setdefault(context, {})[what] = reference
        return Answered(201, told, lambda: self._began(what), where)

    def _began(self, what: str) -> None:
        if what == ORDERS:
            self.opened += 1
            self.news.tell()

    # --- the stream ---

    @property
    def link(self) -> SaxoLink | None:
        """The newest connection that is open."""
        found = self.links[-1] if self.links else None
        return found if found is not None and found.open else None

    def publish(self, what: str, payload: Json, *, deliberate: bool = False) -> str:
        """To who subscribed to this; empty where nobody is there: then it is lost."""
        link = self.link
        if self.kept is not None and what == ORDERS:
            self.kept.append((what, payload))
            return ""
        if link is None or what not in link.references:
            return ""
        return link.tell(link.references[what], payload, deliberate=deliberate)

    def _stream(self, request: web.Request) -> Streaming | None:
        return self._link if request.path == CONNECT else None

    async def _link(self, request: web.Request) -> web.StreamResponse:
        context = request.query.get("contextId", "")
        status = self._no(request, context)
        if status is not None:
            self.turned_away("all", status)
            return web.Response(status=status)
        if self.headless:
            self.turned_away("all", None)
            await self._gone.wait()
            return web.Response(status=503)
        link = SaxoLink(len(self.links) + 1, self.recorder, context)
        link.references = self._subscribed.setdefault(context, {})
        await link.begin(request)
        self.links.append(link)
        self.news.tell()
        beats = asyncio.create_task(link.beat())
        try:
            return await link.run()
        finally:
            beats.cancel()
            self.news.tell()

    def _no(self, request: web.Request, context: str) -> int | None:
        """The status that a stream is refused with."""
        if self.refuse_links is not None:
            return self.refuse_links
        if request.headers.get("Authorization", "") != f"Bearer {self.token}":
            return 401
        if CONTEXT.fullmatch(context) is None:
            return 400
        same = [link for link in self.links if link.open and link.context == context]
        return 409 if same else None
