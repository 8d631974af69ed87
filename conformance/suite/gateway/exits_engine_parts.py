"""Exits at the venue follow what is held there: parts filled, closed, or gone."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.errors import StepFailed
from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.protection import unprotected
from conformance.judge.venue import booked
from conformance.judge.venue_exits import Attached, attached, end_of, held_at
from conformance.peers.engine.engine import ONE_ORDER
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.engine_exits import PRICES, note_exposure, standing
from conformance.suite.exit_steps import exit_ended, exits_placed, position_path

NEEDS = Needs(engine=True, symbols=8, seconds=40)

TRANCHE, PART = 0, 1
CLOSED, SOLD = range(2, 6), range(6, 8)


async def script(strategy: Played) -> None:
    """A tranche's exit fills, a part of an exit does, a close and another sale do."""
    engine = strategy.engine
    engine.by_hand = engine.desk.names_positions = True
    stream = await strategy.stream()
    await engine.linked()
    entries = [
        await strategy.place(symbol=symbol, quantity="5", **PRICES["BUY"])
        for symbol in strategy.symbols
    ]
    tranche, part, *gone = strategy.symbols
    engine.fill(entries[TRANCHE].id, "2", "100")
    for entry in entries[PART:]:
        engine.fill(entry.id, "5", "100")
    for symbol in strategy.symbols:
        await exits_placed(strategy, stream, symbol)
    engine.fill(entries[TRANCHE].id, "3", "100")
    await strategy.announced(stream, entries[TRANCHE].id, "ORDER_FILLED")
    await strategy.fence()
    for order_id, _ in standing(engine, tranche, "LIMIT")[:1]:
        engine.fill(order_id, "2")
    for order_id, _ in standing(engine, part, "LIMIT")[:1]:
        engine.fill(order_id, "2")
    ends = [await _closing(strategy, strategy.symbols[place]) for place in CLOSED]
    for place in SOLD:
        symbol = strategy.symbols[place]
        sale = await strategy.place(symbol=symbol, side="SELL", quantity="5")
        ends.append(sale.id)
    await exit_ended(strategy, stream, tranche, "STOP", "ORDER_CANCELLED")
    cancels = len(engine.calls("DELETE", ONE_ORDER))
    # All at once, as an Engine tells of one moment of the market.
    for order_id in ends:
        engine.fill(order_id, "5", "100")
    await engine.called("DELETE", ONE_ORDER, cancels + 2 * len(gone))
    await strategy.fence()
    note_exposure(strategy)
    engine.by_hand = False


async def _closing(strategy: Played, symbol: str) -> str:
    """The order that closes the position in a symbol."""
    for held in await strategy.positions(symbol):
        answer = await strategy.delete(position_path(held))
        return str(answer.field("id"))
    raise StepFailed(f"a position in {symbol}", "none is listed")


def _on(transcript: Transcript, *places: int) -> Iterator[Attached]:
    wanted = {transcript.header.symbols[place] for place in places}
    return (each for each in attached(transcript) if each.symbol in wanted)


def _last_fill(transcript: Transcript, symbol: str) -> Entry | None:
    fills = [
        f.entry
        for f in booked(transcript, "filled")
        if f.entry.data["symbol"] == symbol
    ]
    return fills[-1] if fills else None


@check("EXI-36", occurs="an exit of a part of a position filled at the venue")
def what_is_left_keeps_its_stop(transcript: Transcript) -> Iterator[Observation]:
    for each in _on(transcript, TRANCHE, PART):
        last = _last_fill(transcript, each.symbol)
        held = held_at(transcript, each.symbol, end_of(transcript).number)
        if last is None or not 0 < held < each.filled(last.number):
            continue
        yield occurred(last)
        # Where the venue has no change of orders, a smaller one leaves a moment open.
        gaps = [g for g in unprotected(transcript, each.symbol) if g.ended is None]
        for gap in gaps:
            yield finding(
                f"{held} of {each.entry.id} are held after an exit of a part of it "
                f"filled: {gap}.",
                last,
                gap.began,
                cause="Are the exits of every part cancelled with those of one?",
            )


@check("EXI-68", occurs="an exit of a part of a position filled at the venue")
def no_exit_trades_more_than_is_left(transcript: Transcript) -> Iterator[Observation]:
    for each in _on(transcript, TRANCHE, PART):
        at = end_of(transcript).number
        last = _last_fill(transcript, each.symbol)
        held = held_at(transcript, each.symbol, at)
        if last is None or not 0 < held < each.filled(at):
            continue
        for kind in ("stop", "limit"):
            free = [
                leg
                for leg in each.standing(kind, at)
                if leg.fields.get("reduce_only") is not True
            ]
            yield occurred(last)
            trades = sum((leg.left(at) for leg in free), Decimal(0))
            if trades > held:
                yield finding(
                    f"{held} of {each.entry.id} are held; its {kind} exits at the "
                    f"venue, which are not reduce-only, trade {trades}.",
                    last,
                    *(leg.call.asked for leg in free),
                )


def _gone(transcript: Transcript, *places: int) -> Iterator[Observation]:
    at = end_of(transcript).number
    for each in _on(transcript, *places):
        last = _last_fill(transcript, each.symbol)
        held = held_at(transcript, each.symbol, at)
        if last is None or held or not each.filled(at):
            continue
        yield occurred(last)
        for kind in ("stop", "limit"):
            for leg in each.standing(kind, at):
                yield finding(
                    f"Nothing of {each.entry.id} is held any more; its {kind} exit "
                    f"{leg.order} over {leg.left(at)} still stands at the venue.",
                    last,
                    leg.call.asked,
                    cause="Are exits left behind when their position goes?",
                )


@check("EXI-67", occurs="a position with exits was closed at the venue")
def a_close_ends_the_exits_at_the_venue(
    transcript: Transcript,
) -> Iterator[Observation]:
    yield from _gone(transcript, *CLOSED)


@check("EXI-39", occurs="a position with exits was sold by another order at the venue")
def a_sale_ends_the_exits_at_the_venue(
    transcript: Transcript,
) -> Iterator[Observation]:
    yield from _gone(transcript, *SOLD)
