"""One open stream of OANDA's: JSON lines in a chunked answer, and heartbeats."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import How
from conformance.peers.engine.sockets import end_transport
from conformance.peers.venues.oanda.lines import line_fault

HEARTBEAT_SECONDS = 2.0
"""OANDA's own is 5 s: this is sooner than any Gateway's patience."""

Beat = Callable[[], dict[str, Json]]


class Stream:
    """One connection of a Gateway to a stream; `name` says to which."""

    def __init__(self, number: int, name: str, recorder: Recorder, beat: Beat) -> None:
        self.number = number
        self.name = name
        self.recorder = recorder
        self._beat = beat
        self._response = web.StreamResponse(
            headers={"content-type": "application/octet-stream"}
        )
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._transport: asyncio.Transport | None = None
        self._ended_by: tuple[str, str] | None = None
        self._told = False
        self._silent = False

    async def begin(self, request: web.Request) -> None:
        """Sends the headers of the answer."""
        self._response.enable_chunked_encoding()
        await self._response.prepare(request)
        transport = request.transport
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self.recorder.add(
            Party.GATEWAY,
            Kind.LINKED,
            link=self.number,
            stream=self.name,
            headers=dict(request.headers),
        )

    async def run(self) -> web.StreamResponse:
        """Says what there is to say, until the connection ends."""
        self._waiting.put_nowait(_bytes(self._beat()))
        try:
            with suppress(ConnectionError):
                while await self._says_on():
                    pass
                await self._response.write_eof()
        finally:
            self._tell_end()
        return self._response

    async def _says_on(self) -> bool:
        """Says the next line, or that it is still there; False once it is over."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                data = await self._waiting.get()
        except TimeoutError:
            if self._transport is None or self._transport.is_closing():
                raise ConnectionResetError from None
            await self._write(_bytes(self._beat()))
            return True
        try:
            if data is not None:
                await self._write(data)
        finally:
            self._waiting.task_done()
        return data is not None

    async def _write(self, data: bytes) -> None:
        if not self._silent:
            await self._response.write(data)

    @property
    def open(self) -> bool:
        """Whether the Gateway is still there, as far as we know."""
        return self._ended_by is None

    def say(self, line: dict[str, Json], *, deliberate: bool = False) -> None:
        """Sends one line; what OANDA does not document only where that is meant."""
        self._send(json.dumps(line), deliberate, line_fault(self.name, line))

    def say_raw(self, text: str) -> None:
        """Sends a line as it is, whatever it is."""
        self._send(text, True, None)

    def _send(self, text: str, deliberate: bool, fault: str | None) -> None:
        self.recorder.add(
            Party.VENUE,
            Kind.FRAME,
            link=self.number,
            stream=self.name,
            deliberate=deliberate,
            fault=fault,
            text=text,
        )
        self._waiting.put_nowait(text.encode() + b"\n")

    async def end(self, how: How | int) -> None:
        """Ends it: with the last chunk, or as networks do."""
        await self._drained()
        shown = "eof" if isinstance(how, int) else str(how)
        self._ended_by = ("us", shown)
        if how is How.SILENCE:
            self._silent = True
        elif isinstance(how, int):
            self._waiting.put_nowait(None)
        elif self._transport is not None:
            end_transport(self._transport, how)
        self._tell_end()

    async def _drained(self) -> None:
        """Returns once what was said before has left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._waiting.join()

    def _tell_end(self) -> None:
        if self._told:
            return
        self._told = True
        by, how = self._ended_by or ("the gateway", "")
        self._ended_by = (by, how)
        self.recorder.add(
            Party.VENUE if by == "us" else Party.GATEWAY,
            Kind.UNLINKED,
            link=self.number,
            stream=self.name,
            code=None,
            by=by,
            how=how,
        )


def _bytes(line: dict[str, Json]) -> bytes:
    return json.dumps(line).encode() + b"\n"
