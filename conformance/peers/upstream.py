"""What any played upstream is as a server: takes requests, misbehaves as told, writes
it all down."""

import asyncio
import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from conformance.evidence.entry import ILLEGAL, Json, Kind, Party
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
from conformance.peers.engine.sockets import end_transport, write_slowly
from conformance.peers.waiting import Waiters

BODY_LIMIT = 2 * 1024 * 1024
QUIET = logging.Logger("conformance.upstream", logging.CRITICAL)
"""A Gateway's broken request is answered with 400, and is no news at our terminal."""

JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Answered:
    """A status, what becomes JSON, and what is done once it is said."""

    status: int
    body: Json
    then: Callable[[], object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the Gateway; `entry` is its number in the transcript."""

    entry: int
    method: str
    target: str
    body: str
    operation: str = ""
    """What it asks for, in the words of `Operation`; empty where that is not told."""


Streaming = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Plan(Protocol):
    """What is done with a request that fits."""

    @property
    def conduct(self) -> Conduct:
        """What is done."""

    def fits(self, method: str, target: str) -> bool:
        """Whether it is meant for this request."""

    def used(self) -> bool:
        """It was done once more; whether it is done with."""


@dataclass(slots=True)
class Asked:
    """A request that is being answered."""

    number: int
    request: web.Request
    began: float
    body: str = ""


class UpstreamServer(ABC):
    """Serves REST and a stream on one port, as long as it is not away.

    A subclass says what a request is answered with (`_book`), what is wrong with it
    (`_fault`), how a refusal looks (`_refusal`) and what a stream is (`_stream`).
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.calls: list[Call] = []
        self.plans: list[Plan] = []
        self.host = "127.0.0.1"
        self.port = 0
        self.news = Waiters()
        self._runner: web.AppRunner | None = None
        self._gone = asyncio.Event()
        """It is set while it is away: then nothing is kept waiting."""
        self._number = 0

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

    @property
    def listens(self) -> bool:
        """Whether it is there."""
        return self._runner is not None

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
                # A handler that is cancelled meanwhile does not cancel us.
                await asyncio.gather(runner.cleanup(), return_exceptions=True)

    # --- REST ---

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        stream = self._stream(request)
        if stream is not None:
            return await stream(request)
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
                conduct = self._malformed(fault)
            return await self._act(asked, conduct)
        return web.Response(status=400)

    async def _act(self, asked: Asked, conduct: Conduct | None) -> web.StreamResponse:
        """Does with a request what was planned, or what it asks for."""
        match conduct:
            case None:
                return await self._answered(asked, self._book(asked), begin=True)
            case Refuse():
                return self._response(asked, self._refusal(conduct))
            case EventsFirst():
                found = self._book(asked)
                self._begin(found)
                await asyncio.sleep(conduct.seconds)
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

    # --- what a subclass knows ---

    def _stream(self, request: web.Request) -> Streaming | None:
        """Who serves this request, if it asks for a stream."""
        return None

    @abstractmethod
    def _book(self, asked: Asked) -> Answered:
        """What a well-behaved upstream answers."""

    @abstractmethod
    def _fault(self, asked: Asked) -> str | None:
        """What is wrong with a request, by the upstream's own description."""

    def _operation(self, method: str, target: str) -> str:
        """What a request asks for, in our words."""
        return ""

    def _marks(self, asked: Asked) -> Mapping[str, Json]:
        """What else is written down of a request."""
        return {}

    def _refusal(self, refusal: Refuse) -> Answered:
        """How a clean no of a script looks here."""
        return Answered(refusal.status, refusal.body)

    def _malformed(self, fault: str) -> Refuse:
        """The no to a request that the description does not allow."""
        return Refuse(fault, "INVALID_REQUEST", 400)

    def _wrong(self, asked: Asked, found: Answered) -> str | None:
        """What is wrong with an answer of ours, by the upstream's own description."""
        return None

    # --- how it is answered ---

    def _begin(self, found: Answered | None) -> None:
        if found is not None and found.then is not None:
            found.then()

    async def _slowly(self, asked: Asked, conduct: Hold | Drip) -> web.StreamResponse:
        if isinstance(conduct, Hold):
            return await self._held(asked, conduct)
        return await self._dripped(asked, conduct)

    async def _held(self, asked: Asked, hold: Hold) -> web.StreamResponse:
        found = self._book(asked) if hold.booked else None
        self._begin(found)
        self.news.tell()
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
        response = self._response(asked, found)
        if begin and found.then is not None:
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

    def _response(self, asked: Asked, found: Answered) -> web.Response:
        text = json.dumps(found.body)
        self._said(asked, found, text)
        headers = {**JSON, **found.headers}
        return web.Response(status=found.status, text=text, headers=headers)

    # --- writing down ---

    def _said(self, asked: Asked, found: Answered, text: str | None) -> None:
        """Writes a good answer down, and what is wrong with it, if anything is."""
        wrong = self._wrong(asked, found)
        self._answer(asked, found.status, text, wrong and f"{ILLEGAL}{wrong}")

    def _planned(self, method: str, target: str) -> Conduct | None:
        for plan in self.plans:
            if plan.fits(method, target):
                if plan.used():
                    self.plans.remove(plan)
                return plan.conduct
        return None

    def _called(self, asked: Asked) -> str | None:
        """Writes a request down; what is wrong with it, if anything is."""
        method, target = asked.request.method, asked.request.raw_path
        fault = self._fault(asked)
        operation = self._operation(method, target)
        entry = self.recorder.add(
            Party.GATEWAY,
            Kind.CALL,
            call=asked.number,
            method=method,
            target=target,
            headers=dict(asked.request.headers),
            body=asked.body or None,
            fault=fault,
            **self._marks(asked),
        )
        call = Call(entry.number, method, target, asked.body, operation)
        self.calls.append(call)
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
