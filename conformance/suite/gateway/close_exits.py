"""A close takes the exits of what it closes with it, and leaves none too large."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import LEGS, Bracket, State, bracket_on
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import number
from conformance.judge.positions import Closing, closings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_steps import closed, exit_ended, exits_placed, orders_listed

NEEDS = Needs(symbols=2, seconds=25)

WHOLE, PART = range(2)


async def script(strategy: Played) -> None:
    """Two brackets with exits far away; one is closed whole, one in part."""
    stream = await strategy.stream()
    whole, part = strategy.symbols
    last = await strategy.price(whole)
    far = {"stop_loss": str(last / 4), "take_profit": str(last * 4)}
    for symbol in (whole, part):
        entry = await strategy.place(symbol=symbol, quantity="5", **far)
        await strategy.announced(stream, entry.id, "ORDER_FILLED")
    for symbol in (whole, part):
        await exits_placed(strategy, stream, symbol)
    await closed(strategy, stream, whole)
    await closed(strategy, stream, part, body='{"quantity":"3"}')
    for order_type in ("STOP", "LIMIT"):
        await exit_ended(strategy, stream, whole, order_type, "ORDER_CANCELLED")
    await strategy.fence()
    for symbol in (whole, part):
        await orders_listed(strategy, symbol)


def _closed(transcript: Transcript, place: int) -> tuple[Bracket, Closing] | None:
    """A bracket that had its exits, and the close that was obeyed."""
    symbol = transcript.header.symbols[place]
    each = bracket_on(transcript, place)
    found = (c for c in closings(transcript, symbol) if c.exchange.status == 200)
    closing = next(found, None)
    if each is None or closing is None or closing.moved <= 0:
        return None
    return each, closing


def _exits(each: Bracket) -> list[State]:
    return [each.last(i) for kind in LEGS.values() for i in each.legs(kind)]


@check("EXI-67", occurs="a position with exits was closed")
def the_exits_of_a_closed_position_end(transcript: Transcript) -> Iterator[Observation]:
    found = _closed(transcript, WHOLE)
    if found is None:
        return
    each, closing = found
    if closing.after.quantity != 0:
        return
    for leg in _exits(each):
        yield occurred(closing.exchange, leg.entry)
        if leg.live:
            yield finding(
                f"The position was closed; its {leg.order.get('order_type')} exit "
                f"{leg.id} over {leg.order.get('quantity')} is still "
                f"{leg.order.get('status')}.",
                closing.exchange,
                closing.after.exchange,
                leg.entry,
                cause="Would it open a position that nobody asked for?",
            )


@check("EXI-68", occurs="a part of a position with exits was closed")
def exits_cover_no_more_than_remains(transcript: Transcript) -> Iterator[Observation]:
    found = _closed(transcript, PART)
    if found is None:
        return
    each, closing = found
    for leg in _exits(each):
        rests = number(leg.order, "remaining_quantity") or Decimal(0)
        yield occurred(closing.exchange, leg.entry)
        # An order that only reduces never trades more than is held.
        reduces = leg.order.get("reduce_only") is True
        if leg.live and not reduces and rests > abs(closing.after.quantity):
            yield finding(
                f"{closing.after.quantity} are left after a close of a part; the "
                f"{leg.order.get('order_type')} exit {leg.id} still trades {rests}, "
                "and is not reduce-only.",
                closing.exchange,
                closing.after.exchange,
                leg.entry,
                cause="Are exits not made smaller with their position?",
            )
