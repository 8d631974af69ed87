"""The strategy that a script plays, as one who hears streams and waits on them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conformance.errors import StepFailed
from conformance.evidence.entry import Json
from conformance.peers.stream import Heard, PlayedStream, Refusal, open_stream
from conformance.peers.trader import FAR_BELOW, Placed, Trader


@dataclass
class Listener(Trader):
    """Opens streams, waits for what they tell, and acknowledges it."""

    _streams: list[PlayedStream] = field(default_factory=list)

    @property
    def open_streams(self) -> tuple[PlayedStream, ...]:
        """The streams that this script opened, in order."""
        return tuple(self._streams)

    async def stream(self, name: str = "stream-1", **options: Any) -> PlayedStream:
        """Opens a stream; StepFailed where the upgrade is refused."""
        opened = await self.try_stream(name, **options)
        if isinstance(opened, Refusal):
            raise StepFailed(
                "the upgrade to the stream", f"{opened.status} {opened.text}"
            )
        return opened

    async def try_stream(
        self, name: str = "stream-1", **options: Any
    ) -> PlayedStream | Refusal:
        """Opens a stream, or returns how the upgrade was refused."""
        address = self.instance.address
        options.setdefault("seconds", self.pace.answer)
        opened = await open_stream(name, address, self.recorder, **options)
        if isinstance(opened, PlayedStream):
            self._streams.append(opened)
        return opened

    async def announced(
        self,
        stream: PlayedStream,
        order_id: str,
        *events: str,
        seconds: float | None = None,
        since: int = 0,
    ) -> Heard | None:
        """The first message that announces one of these events of an order."""

        def wanted(heard: Heard) -> bool:
            return heard.order.get("id") == order_id and heard.event in events

        return await self.wait(
            stream, f"{' or '.join(events)} of {order_id}", wanted, seconds, since
        )

    async def wait(
        self,
        stream: PlayedStream,
        what: str,
        wanted: Callable[[Heard], bool],
        seconds: float | None = None,
        since: int = 0,
    ) -> Heard | None:
        """The first wanted message, or None; the transcript says which."""
        budget = self.pace.patience if seconds is None else seconds
        return await stream.wait(what, wanted, seconds=budget, since=since)

    async def done(self, stream: PlayedStream, order_id: str) -> Heard | None:
        """Waits for an order's terminal event."""
        ends = ("ORDER_FILLED", "ORDER_CANCELLED", "ORDER_REJECTED", "ORDER_EXPIRED")
        return await self.announced(stream, order_id, *ends)

    async def bought(
        self, stream: PlayedStream, quantity: str, side: str = "BUY", **fields: Json
    ) -> Placed:
        """A market order, filled; StepFailed where no fill was announced or shown."""
        order = await self.place(side=side, quantity=quantity, **fields)
        heard = await self.announced(stream, order.id, "ORDER_FILLED")
        if heard is None:
            shown = await self.show(order.id)
            if shown.field("status") != "FILLED":
                raise StepFailed(f"a market order of {quantity}", f"no fill: {shown}")
        return order

    async def acknowledge(self, stream: PlayedStream, *event_ids: str) -> bool:
        """Says that these events were processed, in one message."""
        self._count += 1
        return await stream.send(
            {
                "type": "event_ack",
                "correlation_id": f"{self.prefix}-ack-{self._count}",
                "events_processed": list(event_ids),
                "timestamp": int(time.time() * 1000),
            }
        )

    async def told(self, stream: PlayedStream, event_id: str) -> Heard | None:
        """The first message that carries this event id."""

        def wanted(heard: Heard) -> bool:
            return (
                isinstance(heard.json, dict) and heard.json.get("event_id") == event_id
            )

        return await self.wait(stream, f"event {event_id}", wanted)

    async def fence(self, limit: str = FAR_BELOW) -> bool:
        """Whether a marker order, sent now, was announced on every open stream.

        A client's stream keeps its provider's order: once the marker is announced,
        nothing that happened before it is still to come.
        """
        marker = await self.place(
            order_type="LIMIT", limit_price=limit, client_order_id=self.client_id()
        )
        passed = True
        for stream in self._streams:
            if not stream.closed:
                heard = await self.announced(stream, marker.id, "ORDER_CREATED")
                passed = passed and heard is not None
        await self.cancel(marker.id)
        self.recorder.note(
            f"fence {marker.id} {'passed' if passed else 'was not announced'}",
            name="fence",
            facts={"order": marker.id, "passed": passed},
        )
        return passed
