"""The steps of scripts that lose a broker's streams and have them opened again."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.judge.losses import AGAIN, MEASURED, QUOTED
from conformance.peers.engine.conduct import How
from conformance.peers.played import Placed, Played
from conformance.peers.stream import Heard, PlayedStream

SOON: Mapping[str, str] = {
    "RECONNECT_INITIAL_BACKOFF_MS": "100",
    "RECONNECT_MAX_BACKOFF_MS": "400",
    "RECONNECT_MAX_DURATION_SECS": "60",
}
"""A lost stream is tried again within half a second."""

OPENING = 2
"""How often a usual wait the streams may take until they are opened again."""

QUANTITY = "3"
BEFORE, AFTER = ("101.5", "101.7"), ("102.5", "102.7")
"""Bid and ask of the quotes that are told before the loss and after it."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What stands when the streams are lost: one order is filled, the others rest."""

    stream: PlayedStream
    orders: tuple[Placed, ...]
    at_broker: tuple[str, ...]


async def begin(strategy: Played) -> Begun:
    """A strategy on its stream, with four orders of which one is filled."""
    venue = strategy.venue
    stream = await strategy.stream()
    await venue.listened()
    orders = tuple([await resting(strategy) for _ in range(4)])
    booked = [await venue.booked(order.client_id) for order in orders]
    begun = Begun(stream, orders, tuple(order.id for order in booked))
    await fill(strategy, begun, 0)
    await strategy.announced(stream, orders[0].id, "ORDER_FILLED")
    await _quote(strategy, stream, *BEFORE)
    await measure(strategy, "before")
    return begun


async def resting(strategy: Played) -> Placed:
    """An order that rests."""
    limit = strategy.venue.below(strategy.symbol)
    return await strategy.place(
        order_type="LIMIT", limit_price=limit, quantity=QUANTITY
    )


async def fill(strategy: Played, begun: Begun, place: int) -> None:
    """Fills one of the orders at the broker."""
    limit = strategy.venue.below(strategy.symbol)
    strategy.venue.fill(begun.at_broker[place], QUANTITY, limit)


async def change_meanwhile(strategy: Played, begun: Begun) -> None:
    """Fills the second order and cancels the third, which no stream can tell."""
    await fill(strategy, begun, 1)
    strategy.venue.cancel(begun.at_broker[2])


async def _quote(strategy: Played, stream: PlayedStream, bid: str, ask: str) -> None:
    since = len(stream.heard)
    strategy.note(QUOTED, f"the venue bids {bid}", bid=bid)
    strategy.venue.quote(strategy.symbol, bid, ask)

    def quoted(heard: Heard) -> bool:
        return heard.type == "quote"

    await strategy.wait(stream, "a quote", quoted, since=since)


async def lose(
    strategy: Played, stream: PlayedStream, how: How | int, **then: Any
) -> None:
    """Loses the streams, waits until that is told, and looks what else says so."""
    since = len(stream.heard)
    await strategy.venue.lose_streams(how, **then)
    await noticed(strategy, stream, since)
    for path in ("/health", "/v1/status"):
        await strategy.get(path)


async def noticed(strategy: Played, stream: PlayedStream, since: int) -> None:
    """Waits until the strategy is told that the streams are lost."""
    await asyncio.gather(
        heard(strategy, stream, "BROKER_DISCONNECTED", since),
        heard(strategy, stream, "STALE", since),
    )


async def heard(
    strategy: Played,
    stream: PlayedStream,
    event: str,
    since: int,
    seconds: float | None = None,
) -> Heard | None:
    """The first message of this event from there on."""

    def wanted(message: Heard) -> bool:
        return message.event == event

    return await strategy.wait(stream, event, wanted, seconds, since)


async def go_on(
    strategy: Played,
    begun: Begun,
    since: int,
    seconds: float | None = None,
    *,
    missed: bool = False,
) -> None:
    """Waits for the streams to be opened, and sees whether everything goes on.

    `missed` says that orders changed meanwhile, which is to be told then.
    """
    venue, stream, orders = strategy.venue, begun.stream, begun.orders
    patience = strategy.pace.patience * OPENING if seconds is None else seconds
    if not await venue.listened(patience):
        return
    awaited = [heard(strategy, stream, "BROKER_RECONNECTED", since)]
    if missed:
        awaited.append(strategy.announced(stream, orders[1].id, "ORDER_FILLED"))
        awaited.append(strategy.announced(stream, orders[2].id, "ORDER_CANCELLED"))
    await asyncio.gather(*awaited)
    if venue.listening:
        await _quote(strategy, stream, *AFTER)
    strategy.note(AGAIN, f"order {orders[3].id} is filled", order=begun.at_broker[3])
    await fill(strategy, begun, 3)
    await strategy.announced(stream, orders[3].id, "ORDER_FILLED")
    for order in orders:
        await strategy.show(order.id)
    await strategy.get(f"/v1/positions?symbol={strategy.symbol}")
    await strategy.fence(venue.below(strategy.symbol))
    await measure(strategy, "after")


async def measure(strategy: Played, name: str) -> None:
    """Reads the metrics."""
    reply = await strategy.get("/metrics")
    strategy.note(MEASURED, name, case=name, exchange=reply.exchange)
