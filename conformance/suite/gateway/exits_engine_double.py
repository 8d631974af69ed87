"""Exits that both fill, or that cannot be cancelled, are told as they are."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import announcements, messages_of_type, shown
from conformance.judge.positions import holdings
from conformance.judge.venue_exits import Attached, attached, failed_cancels
from conformance.peers.engine.conduct import Status
from conformance.peers.engine.engine import ONE_ORDER
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.engine_exits import (
    DOUBLE_EXIT,
    PRICES,
    is_double_exit,
    standing,
)
from conformance.suite.exit_steps import exit_ended, exits_placed, orders_listed

NEEDS = Needs(engine=True, symbols=2, seconds=30)

DOWN = Status(500, '{"error": {"message": "internal error"}}')
TRIES = 8


async def script(strategy: Played) -> None:
    """Both exits of one fill at once; of one the other cannot be cancelled."""
    engine = strategy.engine
    engine.by_hand = engine.desk.names_positions = True
    stream = await strategy.stream()
    await engine.linked()
    twice, stuck = strategy.symbols
    for symbol in strategy.symbols:
        entry = await strategy.place(symbol=symbol, quantity="5", **PRICES["BUY"])
        engine.fill(entry.id, "5", "100")
        await exits_placed(strategy, stream, symbol)
    engine.next("DELETE", ONE_ORDER, *[DOWN] * TRIES)
    for order_id, left in standing(engine, stuck, "LIMIT"):
        engine.fill(order_id, left)
    await exit_ended(strategy, stream, stuck, "LIMIT", "ORDER_FILLED")
    half = strategy.pace.patience / 2
    await exit_ended(strategy, stream, stuck, "STOP", "ORDER_CANCELLED", half)
    for order_id, _ in standing(engine, stuck, "STOP"):
        await strategy.show(order_id)
    await orders_listed(strategy, stuck)
    engine.plainly()
    for kind in ("LIMIT", "STOP"):
        for order_id, left in standing(engine, twice, kind):
            engine.fill(order_id, left)
    await strategy.wait(stream, DOUBLE_EXIT, is_double_exit)
    await orders_listed(strategy, twice)
    engine.by_hand = False


def _sold(each: Attached) -> Decimal:
    """How much its exits traded at the venue."""
    fills = (c for s in each.exits for c in s.changes if c.what == "filled")
    return sum((fill.number("fill") for fill in fills), Decimal(0))


@check("EXI-21", occurs="both exits of an entry were filled at the venue")
def a_double_exit_is_told(transcript: Transcript) -> Iterator[Observation]:
    for each in attached(transcript):
        bought = sum((f.number("fill") for f in each.fills), Decimal(0))
        sold = _sold(each)
        if not bought or sold <= bought:
            continue
        fills = [c.entry for s in each.exits for c in s.changes if c.what == "filled"]
        yield occurred(*fills)
        told = [
            entry
            for entry, message in messages_of_type(transcript, "error")
            if message.get("code") == DOUBLE_EXIT
        ]
        what = f"Both exits of {each.entry.id} over {bought} filled, {sold} in all"
        if not told:
            yield finding(f"{what}; no {DOUBLE_EXIT} was told.", *fills)
        sign = 1 if each.entry.fields.get("side") == "BUY" else -1
        left = (bought - sold) * sign
        after = [
            h
            for h in holdings(transcript, each.symbol)
            if h.exchange.request.number > fills[-1].number
        ]
        if after and after[-1].quantity != left:
            yield finding(
                f"{what}; {left} are held at the venue and {after[-1].quantity} are "
                "shown.",
                *fills,
                after[-1].exchange,
            )


@check("EXI-92", occurs="the cancel of an exit failed when the other filled")
def a_failed_cancel_is_told_as_none(transcript: Transcript) -> Iterator[Observation]:
    for each in attached(transcript):
        for sent, call in failed_cancels(transcript, each):
            yield occurred(call.asked)
            ends = [c.entry.number for c in sent.changes if c.what == "cancelled"]
            until = ends[0] if ends else transcript.entries[-1].number
            told = [
                a.entry
                for a in announcements(transcript, order_id=sent.order)
                if a.status == "CANCELLED"
            ]
            seen = [
                exchange.response
                for exchange, order in shown(transcript, sent.order)
                if order.get("status") == "CANCELLED"
            ]
            for entry in (*told, *seen):
                if entry is not None and entry.number < until:
                    yield finding(
                        f"The venue failed the cancel of the exit {sent.order} of "
                        f"{each.entry.id} with {call.status} and it stands there; the "
                        "strategy was told that it is cancelled.",
                        call.asked,
                        entry,
                    )
