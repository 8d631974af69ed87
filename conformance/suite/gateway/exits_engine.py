"""A bracket's exits come to the venue with the fill, in its size, and end together."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import filled_brackets
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.venue_exits import (
    attached,
    end_of,
    listed_at,
    position_named,
)
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check
from conformance.suite.engine_exits import (
    PRICES,
    left_alone,
    note_exposure,
    standing,
)
from conformance.suite.exit_steps import exit_ended, exits_placed, orders_listed

NEEDS = Needs(engine=True, symbols=5, seconds=30)


async def script(strategy: Played) -> None:
    """Whole, in two parts, in part and then cancelled, long and short."""
    engine = strategy.engine
    engine.by_hand = engine.desk.names_positions = True
    stream = await strategy.stream()
    await engine.linked()
    whole, parts, short, plain, cut = strategy.symbols
    entries = [
        await strategy.place(symbol=whole, quantity="5", **PRICES["BUY"]),
        await strategy.place(symbol=parts, quantity="5", **PRICES["BUY"]),
        await strategy.place(symbol=short, side="SELL", quantity="3", **PRICES["SELL"]),
        await strategy.place(symbol=plain, quantity="2"),
        await strategy.place(symbol=cut, quantity="5", **PRICES["BUY"]),
    ]
    await strategy.fence()
    engine.fill(entries[0].id, "5", "100")
    engine.fill(entries[1].id, "2", "100")
    engine.fill(entries[4].id, "2", "100")
    # From here on the venue does not say which position a fill went into.
    engine.desk.names_positions = False
    engine.fill(entries[2].id, "3", "100")
    engine.fill(entries[3].id, "2", "100")
    await _told_filled(strategy, stream, entries)
    engine.desk.names_positions = True
    engine.fill(entries[1].id, "3", "101")
    await strategy.announced(stream, entries[1].id, "ORDER_FILLED")
    engine.cancel(entries[4].id)
    await strategy.announced(stream, entries[4].id, "ORDER_CANCELLED")
    for symbol in (whole, parts, short, cut):
        await exits_placed(strategy, stream, symbol)
    await strategy.fence()
    for symbol in strategy.symbols:
        await orders_listed(strategy, symbol)
    for symbol in (whole, short):
        for order_id, left in standing(engine, symbol, "LIMIT"):
            engine.fill(order_id, left)
        await exit_ended(strategy, stream, symbol, "STOP", "ORDER_CANCELLED")
        await orders_listed(strategy, symbol)
    note_exposure(strategy)
    engine.by_hand = False


async def _told_filled(
    strategy: Played, stream: PlayedStream, entries: list[Placed]
) -> None:
    for entry in entries:
        await strategy.announced(
            stream, entry.id, "ORDER_FILLED", "ORDER_PARTIALLY_FILLED"
        )


@check("EXI-11", occurs="an entry with exits waited for its fill")
def none_is_sent_before_the_fill(transcript: Transcript) -> Iterator[Observation]:
    for each in attached(transcript):
        first = each.fills[0].entry if each.fills else end_of(transcript)
        yield occurred(each.entry.exchange, first)
        for sent in each.exits:
            if sent.call.asked.number < first.number:
                yield finding(
                    f"A {sent.kind} exit of {each.entry.id} was sent to the venue "
                    "before any of it was filled.",
                    each.entry.exchange,
                    sent.call.asked,
                )


@check("EXI-14", occurs="an entry with exits was filled at the venue")
def as_much_stands_as_was_filled(transcript: Transcript) -> Iterator[Observation]:
    for each in attached(transcript):
        at = listed_at(transcript, each.symbol)
        bought = each.filled(at)
        for kind in ("stop", "limit") if bought else ():
            legs = each.standing(kind, at)
            covered = sum(leg.left(at) for leg in legs)
            where = (*(f.entry for f in each.fills), *(s.call.asked for s in legs))
            yield occurred(*where)
            if covered != bought:
                yield finding(
                    f"{bought} of {each.entry.id} were filled at the venue; its {kind} "
                    f"exits that stand there cover {covered}.",
                    *where,
                )


@check("EXI-15", occurs="an exit was live at the venue and told or shown")
def a_live_exit_names_its_entry(transcript: Transcript) -> Iterator[Observation]:
    for each, _ in filled_brackets(transcript):
        for state in each.states:
            if not state.live:
                continue
            yield occurred(state.entry)
            named = state.order.get("parent_order_id")
            if named != each.entry.id:
                yield finding(
                    f"The exit {state.id} is live and names {named} as its entry, "
                    f"which is {each.entry.id}.",
                    state.entry,
                )


@check("EXI-19", occurs="an exit was filled whole at the venue")
def the_other_exit_is_cancelled_at_the_venue(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each in attached(transcript):
        for sent in each.exits:
            filled = [c.entry for c in sent.changes if c.what == "filled"]
            end = end_of(transcript)
            if not filled or sent.left(end.number):
                continue
            other = "stop" if sent.kind == "limit" else "limit"
            yield occurred(*filled)
            for left in each.standing(other, end.number):
                yield finding(
                    f"The {sent.kind} exit {sent.order} of {each.entry.id} was filled; "
                    f"its {other} exit {left.order} over {left.left(end.number)} "
                    "still stands at the venue.",
                    *filled,
                    left.call.asked,
                )


@check("EXI-94", occurs="the venue named an entry's position with its fill")
def exits_are_for_the_position(transcript: Transcript) -> Iterator[Observation]:
    for each in attached(transcript):
        for sent in each.exits:
            named = position_named(transcript, each.entry.id, sent.call.asked.number)
            if named is None:
                continue
            entry, position = named
            yield occurred(entry, sent.call.asked)
            target = sent.fields.get("position_id")
            if target != position or sent.fields.get("reduce_only") is not True:
                yield finding(
                    f"The venue said that {each.entry.id} filled into the position "
                    f"{position}; its {sent.kind} exit was sent for the position "
                    f"{target}, reduce_only {sent.fields.get('reduce_only')}.",
                    entry,
                    sent.call.asked,
                )


@check("EXI-95", occurs="an exit was sent to the venue")
def exits_are_sent_to_reduce_only(transcript: Transcript) -> Iterator[Observation]:
    for each in attached(transcript):
        for sent in each.exits:
            yield occurred(sent.call.asked)
            if sent.fields.get("reduce_only") is not True:
                yield finding(
                    f"The {sent.kind} exit of {each.entry.id} was sent to the venue "
                    f"with reduce_only {sent.fields.get('reduce_only')}: it would "
                    "trade where nothing is held any more.",
                    sent.call.asked,
                    cause="Is it only told to reduce where the venue names a position?",
                )


@check("EXI-96", occurs="an entry with a stop loss was filled at the venue")
def nothing_is_unprotected_in_silence(
    transcript: Transcript,
) -> Iterator[Observation]:
    for symbol in transcript.header.symbols:
        yield from left_alone(transcript, symbol, protected=True)
