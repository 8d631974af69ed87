"""The Engine as a server: takes requests, misbehaves as told, writes it all down."""

import asyncio
import json
import logging
import re
import time
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import (
    Conduct,
    Cut,
    Drip,
    EventsFirst,
    Hold,
    How,
    Refuse,
    Status,
    When,
)
from conformance.peers.engine.desk import Desk
from conformance.peers.engine.link import Link
from conformance.peers.engine.operations import Answered, answer
from conformance.peers.engine.sockets import end_transport, write_slowly
from conformance.peers.waiting import Waiters
from conformance.spec.engine_contract import call_fault

BODY_LIMIT = 2 * 1024 * 1024
QUIET = logging.Logger("conformance.engine", logging.CRITICAL)
"""A Gateway's broken request is answered with 400, and is no news at our terminal."""

JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the Gateway; `entry` is its number in the transcript."""

    entry: int
    method: str
    target: str
    body: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What is done with the next request that fits."""

    method: str
    path: re.Pattern[str]
    conduct: Conduct

    def fits(self, method: str, path: str) -> bool:
        return self.method == method and self.path.fullmatch(path) is not None


@dataclass(slots=True)
class Asked:
    """A request that is being answered."""

    number: int
    request: web.Request
    began: float
    body: str = ""


class EngineServer:
    """Serves REST and the stream on one port, as long as it is not away."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.links: list[Link] = []
        self.calls: list[Call] = []
        self.acknowledged: dict[str, int] = {}
        """How often each event id was acknowledged, in the order of the first time."""
        self.told: list[str] = []
        self.plans: list[Planned] = []
        self.refuse_links: int | None = None
        """The status that the next upgrades are answered with; None grants them."""
        self.host = "127.0.0.1"
        self.port = 0
        self.desk = Desk(recorder, self.say)
        self._kept: list[dict[str, Json]] = []
        self.news = Waiters()
        self._runner: web.AppRunner | None = None
        self._gone = asyncio.Event()
        """It is set while it is away: then nothing is kept waiting."""
        self._number = 0
        self._runs = 1

    def hand_over(self, recorder: Recorder) -> None:
        """Writes down elsewhere; nothing is planned any more."""
        self.recorder = self.desk.recorder = recorder
        for link in self.links:
            link.recorder = recorder
        self.plans.clear()
        self.desk.by_hand = False
        self.desk.unknown_symbols = frozenset()

    def anew(self) -> None:
        """Empty books; what was acknowledged before belongs to the run before."""
        self._runs += 1
        self.desk = Desk(self.recorder, self.say, f"e{self._runs}-")
        self.acknowledged.clear()
        self.told.clear()
        self._kept.clear()

    # --- being there, being away ---

    async def listen(self, port: int = 0) -> None:
        """Serves on its host; raises OSError where the port is taken."""
        self._gone.clear()
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", self._dispatch)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=QUIET,
            handle_signals=False,
            shutdown_timeout=0.1,
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Serves no more, and drops every connection at once."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        self._gone.set()
        server = runner.server
        for site in list(runner.sites):
            await site.stop()
        for connection in list(server.connections) if server else ():
            if isinstance(connection.transport, asyncio.Transport):
                end_transport(connection.transport, How.RST)
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await runner.cleanup()

    # --- the stream ---

    def say(self, message: dict[str, Json], *, deliberate: bool = False) -> None:
        """To the newest link; kept for the next one where there is none."""
        self.told.append(str(message.get("event_id")))
        link = self.links[-1] if self.links else None
        if link is None:
            self._kept.append(message)
        elif link.open:
            link.say(message, deliberate=deliberate)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if self.refuse_links is not None:
            self.recorder.note(f"the Engine refuses its stream: {self.refuse_links}")
            return web.Response(status=self.refuse_links)
        link = Link(len(self.links) + 1, self.recorder, self._on_ack)
        await link.begin(request)
        self.links.append(link)
        kept, self._kept = self._kept, []
        for message in kept:
            link.say(message)
        self.news.tell()
        try:
            return await link.run()
        finally:
            self.news.tell()

    def _on_ack(self, ids: tuple[str, ...]) -> None:
        for name in ids:
            self.acknowledged[name] = self.acknowledged.get(name, 0) + 1
        self.news.tell()

    # --- REST ---

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/ws":
            return await self._link(request)
        conduct = self._planned(request.method, request.raw_path)
        self._number += 1
        asked = Asked(self._number, request, time.perf_counter())
        if isinstance(conduct, Cut) and conduct.when is When.BEFORE:
            self._called(asked)
            return await self._cut(asked, conduct, b"")
        with suppress(ConnectionError):
            asked.body = (await request.read()).decode("utf-8", "replace")
            fault = self._called(asked)
            if fault is not None and conduct is None:
                conduct = Refuse(fault, "INVALID_REQUEST", 400)
            return await self._act(asked, conduct)
        return web.Response(status=400)

    async def _act(self, asked: Asked, conduct: Conduct | None) -> web.StreamResponse:
        """Does with a request what was planned, or what it asks for."""
        match conduct:
            case None:
                return await self._answered(asked, self._book(asked), begin=True)
            case Refuse():
                return self._response(asked, conduct.status, conduct.body)
            case EventsFirst():
                found = self._book(asked)
                self._begin(found)
                return await self._answered(asked, found, begin=False)
            case Hold() | Drip():
                return await self._slowly(asked, conduct)
            case Status():
                taken = self._book(asked) if conduct.booked else None
                response = self._status(asked, conduct)
                self._begin(taken)
                return response
            case Cut():
                found = self._book(asked)
                text = json.dumps(found.body).encode()
                self._begin(found)
                return await self._cut(asked, conduct, text)

    def _book(self, asked: Asked) -> Answered:
        request = asked.request
        return answer(self.desk, request.method, request.raw_path, asked.body)

    def _begin(self, found: Answered | None) -> None:
        if found is not None and found.begun is not None:
            self.desk.begin(found.begun)

    async def _slowly(self, asked: Asked, conduct: Hold | Drip) -> web.StreamResponse:
        if isinstance(conduct, Hold):
            return await self._held(asked, conduct)
        return await self._dripped(asked, conduct)

    async def _held(self, asked: Asked, hold: Hold) -> web.StreamResponse:
        found = self._book(asked) if hold.booked else None
        self._begin(found)
        await hold.let_go.wait()
        if found is None:
            return await self._answered(asked, self._book(asked), begin=True)
        return await self._answered(asked, found, begin=False)

    async def _dripped(self, asked: Asked, drip: Drip) -> web.StreamResponse:
        found = self._book(asked)
        text = json.dumps(found.body)
        self._answer(asked, found.status, text, None)
        data = text.encode()
        response = web.StreamResponse(status=found.status, headers=JSON)
        response.content_length = len(data)
        await response.prepare(asked.request)
        await write_slowly(response, data, drip.pieces, drip.seconds)
        self._begin(found)
        return response

    async def _answered(
        self, asked: Asked, found: Answered, *, begin: bool
    ) -> web.StreamResponse:
        """Answers; what a new order brings is told once the answer has left."""
        response = self._response(asked, found.status, found.body)
        if begin and found.begun is not None:
            await response.prepare(asked.request)
            await response.write_eof()
            self._begin(found)
        return response

    async def _cut(self, asked: Asked, conduct: Cut, text: bytes) -> web.StreamResponse:
        """Ends the request's connection, with half of the answer sent or none."""
        self._answer(asked, None, None, f"{conduct.when}, {conduct.how}")
        response = web.StreamResponse(headers=JSON)
        if conduct.when is When.ANSWERED:
            response.content_length = len(text)
            await response.prepare(asked.request)
            await response.write(text[: len(text) // 2])
        transport = asked.request.transport
        if isinstance(transport, asyncio.Transport):
            end_transport(transport, conduct.how)
        if conduct.how is How.SILENCE:
            # Until the Engine goes: the Gateway may give up before.
            await self._gone.wait()
        return response

    def _status(self, asked: Asked, conduct: Status) -> web.Response:
        self._answer(asked, conduct.status, conduct.text, None)
        headers = {**JSON, **conduct.headers}
        return web.Response(status=conduct.status, text=conduct.text, headers=headers)

    def _response(self, asked: Asked, status: int, body: Json) -> web.Response:
        text = json.dumps(body)
        self._answer(asked, status, text, None)
        return web.Response(status=status, text=text, headers=JSON)

    # --- writing down ---

    def _planned(self, method: str, target: str) -> Conduct | None:
        path = target.partition("?")[0]
        for plan in self.plans:
            if plan.fits(method, path):
                self.plans.remove(plan)
                return plan.conduct
        return None

    def _called(self, asked: Asked) -> str | None:
        """Writes a request down; what is wrong with it, if anything is."""
        method, target = asked.request.method, asked.request.raw_path
        fault = call_fault(method, target, asked.body or None)
        entry = self.recorder.add(
            Party.GATEWAY,
            Kind.CALL,
            call=asked.number,
            method=method,
            target=target,
            headers=dict(asked.request.headers),
            body=asked.body or None,
            fault=fault,
        )
        self.calls.append(Call(entry.number, method, target, asked.body))
        self.news.tell()
        return fault

    def _answer(
        self, asked: Asked, status: int | None, body: str | None, fault: str | None
    ) -> None:
        self.recorder.add(
            Party.VENUE,
            Kind.ANSWER,
            call=asked.number,
            status=status,
            headers={},
            body=body,
            fault=fault,
            milliseconds=round((time.perf_counter() - asked.began) * 1000, 3),
        )
