"""The Engine's stream to one Gateway: events go down, acknowledgements come back."""

import asyncio
import base64
import json
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSMessage, WSMsgType, web

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import How
from conformance.peers.engine.sockets import end_transport
from conformance.spec.engine_contract import event_fault, said_fault

FLOOD = 16 * 1024 * 1024
"""Characters that are heard beyond what events call for: then we hang up."""

OVERHEAD = 256
"""What the keeping of a frame costs beside its characters."""

FOR_EACH_EVENT = 1024
"""So much may be said to acknowledge one event: a long backtest is no flood."""

Acknowledged = Callable[[tuple[str, ...]], None]


class Link:
    """One connection that a Gateway opened to the Engine's stream."""

    def __init__(
        self, number: int, recorder: Recorder, acknowledged: Acknowledged
    ) -> None:
        self.number = number
        self.socket = web.WebSocketResponse(compress=False, timeout=1.0, autoping=True)
        self.recorder = recorder
        self._acknowledged = acknowledged
        self._waiting: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._transport: asyncio.Transport | None = None
        self._ended_by: tuple[str, str] | None = None
        self._told = False
        self._allowed = FLOOD

    async def begin(self, request: web.Request) -> None:
        """Grants the upgrade."""
        await self.socket.prepare(request)
        transport = request.transport
        self._transport = (
            transport if isinstance(transport, asyncio.Transport) else None
        )
        self.recorder.add(
            Party.GATEWAY,
            Kind.LINKED,
            link=self.number,
            headers=dict(request.headers),
        )

    async def run(self) -> web.WebSocketResponse:
        """Hears and says, until the connection ends."""
        writer = asyncio.create_task(self._write())
        try:
            async for message in self.socket:
                self._hear(message)
                self._allowed -= _size(message) + OVERHEAD
                if self._allowed < 0:
                    self._flee()
                    break
        finally:
            writer.cancel()
            self._tell_end()
        return self.socket

    def _flee(self) -> None:
        self._ended_by = ("us", "flooded")
        self.recorder.note(
            f"more was said on link {self.number} than we listen to: we hang up",
            name="flooded",
            facts={"link": self.number},
        )
        if self._transport is not None:
            end_transport(self._transport, How.RST)

    @property
    def open(self) -> bool:
        """Whether the Gateway is still there, as far as we know."""
        return self._ended_by is None and not self.socket.closed

    def say(self, message: dict[str, Json], *, deliberate: bool = False) -> None:
        """Sends one event; an illegal one only where that is meant."""
        fault = event_fault(message)
        self._send(json.dumps(message), deliberate or fault is not None, fault)

    def say_raw(self, data: str | bytes) -> None:
        """Sends a frame that is no message: text as it is, bytes as binary."""
        self._send(data, True, None)

    def _send(self, data: str | bytes, deliberate: bool, fault: str | None) -> None:
        if isinstance(data, bytes):
            shown = {"bytes": base64.b64encode(data[:4096]).decode()}
        else:
            shown = {"text": data}
        self.recorder.add(
            Party.VENUE,
            Kind.FRAME,
            link=self.number,
            deliberate=deliberate,
            fault=fault,
            **shown,
        )
        self._allowed += FOR_EACH_EVENT
        self._waiting.put_nowait(data)

    async def end(self, how: How | int) -> None:
        """Ends it: a number closes with this code, else the connection just goes."""
        await self._drained()
        if isinstance(how, int):
            self._ended_by = ("us", f"close {how}")
            with suppress(ConnectionError):
                await self.socket.close(code=how)
            return
        self._ended_by = ("us", str(how))
        if self._transport is not None:
            end_transport(self._transport, how)
        if how is How.SILENCE:
            self._tell_end()

    async def _drained(self) -> None:
        """Returns once what was said before has left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._waiting.join()

    async def _write(self) -> None:
        with suppress(ConnectionError):
            while True:
                data = await self._waiting.get()
                try:
                    if isinstance(data, bytes):
                        await self.socket.send_bytes(data)
                    else:
                        await self.socket.send_str(data)
                finally:
                    self._waiting.task_done()

    def _hear(self, message: WSMessage) -> None:
        if message.type is WSMsgType.ERROR:
            self._heard(text="", fault=f"the frame cannot be read: {message.data}")
            return
        if message.type is not WSMsgType.TEXT:
            shown = base64.b64encode(message.data or b"").decode()
            self._heard(bytes=shown, fault="the frame is binary")
            return
        said = _parsed(message.data)
        fault = said_fault(said)
        self._heard(text=message.data, fault=fault)
        if fault is None and said["type"] == "event_ack":
            self._acknowledged(tuple(said["events_processed"]))

    def _heard(self, **data: Json) -> None:
        self.recorder.add(Party.GATEWAY, Kind.FRAME, link=self.number, **data)

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
            code=self.socket.close_code,
            by=by,
            how=how,
        )


def _size(message: WSMessage) -> int:
    return len(message.data) if isinstance(message.data, (str, bytes)) else 0


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
