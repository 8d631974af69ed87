"""An order that fills in parts tells each part, and what was filled stays filled."""

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import ZERO, quantity_of, whole_lists
from conformance.judge.orders import accepted, announcements, asked, number
from conformance.judge.positions import holdings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check

NEEDS = Needs(environment={"MOCK_PARTIAL_FILL_RATIO": "0.4"}, symbols=2)


async def script(strategy: Played) -> None:
    """Lets one order fill in parts; cancels another after its first part."""
    stream = await strategy.stream()
    await asyncio.gather(_whole(strategy, stream), _cut(strategy, stream))
    for name in strategy.symbols:
        await strategy.get(f"/v1/trades?symbol={quote(name, safe='')}")
        await strategy.positions(name)
    await strategy.fence()


async def _whole(strategy: Played, stream: PlayedStream) -> None:
    order = await strategy.bought(stream, "10")
    await strategy.show(order.id)


async def _cut(strategy: Played, stream: PlayedStream) -> None:
    order = await strategy.place(symbol=strategy.symbols[1], quantity="10")
    await strategy.announced(stream, order.id, "ORDER_PARTIALLY_FILLED")
    await strategy.cancel(order.id)
    await strategy.announced(stream, order.id, "ORDER_CANCELLED", "ORDER_FILLED")
    await strategy.show(order.id)


@check("LED-19", occurs="an order that had filled in parts was told filled")
def every_part_is_told(transcript: Transcript) -> Iterator[Observation]:
    for order in accepted(transcript):
        told = list(announcements(transcript, order_id=order.id))
        events = [a.event for a in told if "FILLED" in a.event]
        trades = _trades(transcript, order.id)
        if "ORDER_FILLED" not in events or len(trades) < 2:
            continue
        wanted = ["ORDER_PARTIALLY_FILLED"] * (len(trades) - 1) + ["ORDER_FILLED"]
        yield occurred(*(a.entry for a in told))
        if events != wanted:
            yield finding(
                f"Order {order.id} has {len(trades)} trades; announced were {events}.",
                *(a.entry for a in told),
            )


@check("LED-20", occurs="an order was told filled in part")
def every_part_is_a_trade(transcript: Transcript) -> Iterator[Observation]:
    for order in accepted(transcript):
        told = list(announcements(transcript, order_id=order.id))
        levels = {number(a.order, "filled_quantity") for a in told} - {None, ZERO}
        parts = [a for a in told if a.event == "ORDER_PARTIALLY_FILLED"]
        if not parts:
            continue
        yield occurred(*(a.entry for a in parts))
        trades = _trades(transcript, order.id)
        if len(trades) < len(levels):
            yield finding(
                f"Order {order.id} was told with {len(levels)} quantities filled, one "
                f"after the other; it has {len(trades)} trades.",
                *(a.entry for a in parts),
            )


def _trades(
    transcript: Transcript, order_id: str | None
) -> tuple[dict[str, object], ...]:
    """The trades of an order in the last list that leaves none of it out."""
    found: tuple[dict[str, object], ...] = ()
    for symbol in transcript.header.symbols:
        for listed in whole_lists(transcript, "symbol", symbol):
            found = listed.of("order_id", str(order_id)) or found
    return found


@check("LED-21", occurs="an order was told cancelled after a part of it was filled")
def what_was_filled_stays(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[1]
    for order in accepted(transcript):
        parts = [
            number(a.order, "filled_quantity") or ZERO
            for a in announcements(transcript, order_id=order.id)
        ]
        for shown in asked(transcript, "GET", "v1", "orders", order.id):
            body = shown.body if isinstance(shown.body, dict) else {}
            if body.get("status") != "CANCELLED" or not max(parts, default=ZERO):
                continue
            held = [h.quantity for h in holdings(transcript, symbol)][-1:]
            filled, most = number(body, "filled_quantity"), max(parts)
            traded = quantity_of(_trades(transcript, order.id))
            yield occurred(shown)
            if not filled == most == traded or held != [most]:
                yield finding(
                    f"Order {order.id} was cancelled when {most} was filled; it shows "
                    f"{filled} filled, trades of {traded} and a position of "
                    f"{[str(h) for h in held]}.",
                    shown,
                )
