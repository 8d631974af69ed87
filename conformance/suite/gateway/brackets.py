"""A bracket's exits come with its entry's fill and cover it, and not before."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import (
    LEGS,
    bracket_on,
    brackets,
    filled_brackets,
)
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import number
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_checks import covering
from conformance.suite.exit_steps import exits_placed, orders_listed

NEEDS = Needs(symbols=7, seconds=25)

BOTH, LOSS, PROFIT, NONE, CANCELLED, WAITS, SHORT = range(7)


async def script(strategy: Played) -> None:
    """Entries with both exits, one and none; cancelled, unfilled and short."""
    stream = await strategy.stream()
    both, loss, profit, none, cancelled, waits, short = strategy.symbols
    last = await strategy.price(both)
    far = {"stop_loss": str(last / 4), "take_profit": str(last * 4)}
    turned = {"stop_loss": far["take_profit"], "take_profit": far["stop_loss"]}
    entries = [
        await strategy.place(symbol=both, quantity="5", **far),
        await strategy.place(symbol=loss, quantity="5", stop_loss=far["stop_loss"]),
        await strategy.place(symbol=profit, quantity="5", take_profit=str(last * 4)),
        await strategy.place(symbol=none, quantity="5"),
        await strategy.place(symbol=short, quantity="5", side="SELL", **turned),
    ]
    unfilled = await strategy.resting(symbol=cancelled, **far)
    await strategy.resting(symbol=waits, **far)
    for entry in entries:
        await strategy.announced(stream, entry.id, "ORDER_FILLED")
    for symbol in (both, short):
        await exits_placed(strategy, stream, symbol)
    await strategy.cancel(unfilled.id)
    await strategy.fence()
    for symbol in strategy.symbols:
        await orders_listed(strategy, symbol)
    await strategy.show(entries[0].id)


@check("EXI-10", occurs="an entry with exits was told filled")
def exits_come_with_the_fill(transcript: Transcript) -> Iterator[Observation]:
    for each, filled in filled_brackets(transcript):
        for asked_for, order_type in LEGS.items():
            if asked_for not in each.entry.fields:
                continue
            yield occurred(filled.entry)
            if not each.legs(order_type):
                yield finding(
                    f"The entry {each.entry.id} with {asked_for} "
                    f"{each.entry.fields[asked_for]} was filled and no {order_type} "
                    "order came of it.",
                    each.entry.exchange,
                    filled.entry,
                )


@check(
    "EXI-11", occurs="an entry with exits rested while its symbol's orders were listed"
)
def no_exit_before_the_fill(transcript: Transcript) -> Iterator[Observation]:
    waiting = bracket_on(transcript, WAITS)
    if waiting is None or waiting.filled is not None:
        return
    for state in waiting.entry_states:
        if state.event is None:
            yield occurred(state.entry)
    for state in waiting.states:
        yield finding(
            f"The exit {state.id} ({state.order.get('order_type')}) is there while its "
            f"entry {waiting.entry.id} is not filled.",
            waiting.entry.exchange,
            state.entry,
        )


@check("EXI-12", occurs="an exit was told or shown")
def exits_are_on_the_other_side(transcript: Transcript) -> Iterator[Observation]:
    for each, _ in filled_brackets(transcript):
        for leg in {s.id: s for s in each.states}.values():
            yield occurred(leg.entry)
            if leg.order.get("side") == each.entry.fields.get("side"):
                yield finding(
                    f"The exit {leg.id} is a {leg.order.get('side')}, as its entry is.",
                    each.entry.exchange,
                    leg.entry,
                )


@check("EXI-13", occurs="an exit was told or shown")
def exits_rest_at_the_prices_asked_for(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each, _ in filled_brackets(transcript):
        for asked_for, order_type in LEGS.items():
            if asked_for not in each.entry.fields:
                continue
            for leg in map(each.last, each.legs(order_type)):
                name = "stop_price" if order_type == "STOP" else "limit_price"
                yield occurred(leg.entry)
                if number(leg.order, name) != number(each.entry.fields, asked_for):
                    yield finding(
                        f"The exit {leg.id} has {name} {leg.order.get(name)}; "
                        f"{each.entry.fields[asked_for]} was asked for.",
                        each.entry.exchange,
                        leg.entry,
                    )


exits_cover_what_was_filled = check(
    "EXI-14", occurs="a filled entry's exits were told or shown"
)(covering(BOTH, LOSS, PROFIT, SHORT))


@check("EXI-15", occurs="a live exit was told or shown")
def a_live_exit_names_its_entry(transcript: Transcript) -> Iterator[Observation]:
    for each, _ in filled_brackets(transcript):
        for state in each.states:
            # An event that ends the order may come when the link is gone already.
            if not state.live:
                continue
            yield occurred(state.entry)
            if state.order.get("parent_order_id") != each.entry.id:
                yield finding(
                    f"The exit {state.id} is live and names "
                    f"{state.order.get('parent_order_id')} as its entry, which is "
                    f"{each.entry.id}.",
                    state.entry,
                )


@check("EXI-16", occurs="an entry with one of the two prices was filled")
def one_price_makes_one_exit(transcript: Transcript) -> Iterator[Observation]:
    for place, kind, other in ((LOSS, "STOP", "LIMIT"), (PROFIT, "LIMIT", "STOP")):
        each = bracket_on(transcript, place)
        if each is None or each.filled is None or not each.legs(kind):
            continue
        yield occurred(each.filled.entry)
        for order_id in each.legs(other):
            yield finding(
                f"The entry {each.entry.id} asked for a {kind} exit alone and got the "
                f"{other} exit {order_id} as well.",
                each.filled.entry,
                each.last(order_id).entry,
            )


@check("EXI-17", occurs="an entry without exits was filled")
def no_price_makes_no_exit(transcript: Transcript) -> Iterator[Observation]:
    each = bracket_on(transcript, NONE)
    if each is None or each.filled is None:
        return
    yield occurred(each.filled.entry)
    for state in each.states:
        yield finding(
            f"The entry {each.entry.id} asked for no exits and the order "
            f"{state.id} came of it.",
            state.entry,
        )


@check("EXI-18", occurs="an entry with exits was cancelled before it filled")
def a_cancelled_entry_leaves_no_exits(
    transcript: Transcript,
) -> Iterator[Observation]:
    each = bracket_on(transcript, CANCELLED)
    if each is None:
        return
    ended = [s for s in each.entry_states if s.order.get("status") == "CANCELLED"]
    if not ended:
        return
    yield occurred(ended[0].entry)
    for state in each.states:
        if state.live and state.entry.number > ended[0].entry.number:
            yield finding(
                f"The entry {each.entry.id} was cancelled unfilled, and the exit "
                f"{state.id} is there.",
                ended[0].entry,
                state.entry,
            )


@check("EXI-25", occurs="an entry with exits was shown by GET")
def the_entry_shows_its_exits(transcript: Transcript) -> Iterator[Observation]:
    for each in brackets(transcript):
        for state in each.entry_states:
            if state.event is not None:
                continue
            yield occurred(state.entry)
            for name in LEGS:
                want, have = number(each.entry.fields, name), number(state.order, name)
                if want is not None and want != have:
                    yield finding(
                        f"The order {each.entry.id} was sent with {name} {want} and "
                        f"shows {have}.",
                        each.entry.exchange,
                        state.entry,
                    )


@check("EXI-90", occurs="an exit was shown by GET")
def the_placing_of_exits_is_announced(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each, _ in filled_brackets(transcript):
        for kind in LEGS.values():
            for order_id in each.legs(kind):
                states = [s for s in each.states if s.id == order_id]
                yield occurred(states[-1].entry)
                if all(s.event is None for s in states):
                    yield finding(
                        f"The exit {order_id} is shown and was never announced.",
                        states[-1].entry,
                    )
