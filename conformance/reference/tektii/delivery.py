"""What strategies are told, and what goes back to the Engine as processed."""

import asyncio
import json
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aiohttp

from conformance.reference.rendering import Rendering
from conformance.reference.stream import Stream
from conformance.reference.tektii.acks import Acknowledgements

Json = dict[str, Any]


class Delivery:
    """Tells strategies, and acknowledges to the Engine what they have processed."""

    stream: Stream
    rendering: Rendering
    acks: Acknowledgements
    _kept: list[Json]
    _socket: aiohttp.ClientWebSocketResponse | None
    _sending: set[asyncio.Task[None]]

    def pass_on(self, message: Json, frame: Json) -> None:
        """Tells the strategy under the Engine's id, where the Engine told it."""
        event_id = frame["event_id"]
        self.announce(
            message if event_id is None else {**message, "event_id": event_id}
        )

    def announce(self, message: Json) -> None:
        """Every message of the provider passes here."""
        stamp = self.rendering.instant(datetime.now(UTC))
        stamped = {**message, "timestamp": stamp}
        if self.stream.clients:
            self.deliver(stamped)
        else:
            self._kept.append(stamped)

    def deliver(self, message: Json) -> None:
        self.stream.broadcast(message)
        if "event_id" in message:
            self.acks.told(message["event_id"])

    def complain(self, text: str) -> None:
        self.announce({"type": "error", "code": "INTERNAL_ERROR", "message": text})

    def acknowledged(self, named: list[str]) -> None:
        """A strategy acknowledged: what it was told goes back to the Engine."""
        released = self.acks.release(named)
        if released:
            task = asyncio.ensure_future(self.send_ack(released))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def release(self, frame: Json) -> None:
        """Acknowledges what no strategy will be told."""
        if frame["event_id"] is not None:
            await self.send_ack([frame["event_id"]])

    async def send_ack(self, event_ids: list[str]) -> None:
        said = {
            "type": "event_ack",
            "correlation_id": str(uuid.uuid4()),
            "events_processed": event_ids,
        }
        if self._socket is not None:
            with suppress(ConnectionError):
                await self._socket.send_str(json.dumps(said))
