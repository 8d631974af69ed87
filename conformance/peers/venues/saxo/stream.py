"""Saxo's stream to one Gateway: framed messages, several of them under one socket."""

import asyncio
import base64
import json
import struct
from itertools import count

from aiohttp import WSMessage

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.link import Link
from conformance.peers.venues.saxo.contract import message_fault

HEARTBEAT_SECONDS = 10.0


def framed(number: int, reference: str, payload: bytes, form: int = 0) -> bytes:
    """One message: id, two bytes that are reserved, reference, format, payload."""
    name = reference.encode("ascii")
    head = struct.pack("<QHB", number, 0, len(name)) + name
    return head + struct.pack("<BI", form, len(payload)) + payload


class SaxoLink(Link):
    """One connection to the stream, under a context id of the Gateway's."""

    def __init__(self, number: int, recorder: Recorder, context: str) -> None:
        super().__init__(number, recorder, lambda ids: None)
        self.context = context
        self.references: dict[str, str] = {}
        """Reference ids by what they were subscribed for."""
        self._numbers = count(1)

    def tell(self, reference: str, payload: Json, *, deliberate: bool = False) -> str:
        """Sends one message; its id, which is returned, is in the frame."""
        number = next(self._numbers)
        text = json.dumps(payload)
        fault = message_fault(reference, payload)
        self.recorder.add(
            Party.VENUE,
            Kind.FRAME,
            link=self.number,
            deliberate=deliberate,
            fault=fault,
            reference=reference,
            text=text,
        )
        self._waiting.put_nowait(framed(number, reference, text.encode()))
        return f"{self.number}-{number}"

    def control(self, reference: str, **more: Json) -> str:
        """Sends a control message."""
        return self.tell(reference, [{"ReferenceId": reference, **more}])

    async def beat(self) -> None:
        """Says now and then that it is there."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if not self.open:
                return
            beats: list[Json] = [
                {"OriginatingReferenceId": name, "Reason": "NoNewData"}
                for name in self.references.values()
            ]
            self.control("_heartbeat", Heartbeats=beats)

    def _hear(self, message: WSMessage) -> None:
        data = message.data
        shown = data.encode() if isinstance(data, str) else bytes(data or b"")
        self._heard(
            bytes=base64.b64encode(shown).decode(),
            fault="nothing is said to this stream",
        )
