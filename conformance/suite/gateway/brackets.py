"""A bracket's exits come with its entry's fill, cover it, and end with each other."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import Bracket, State, bracket, brackets
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, number
from conformance.judge.positions import holdings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import Heard
from conformance.suite.check import check

NEEDS = Needs(symbols=6, seconds=25)

TERMINAL = ("FILLED", "CANCELLED", "REJECTED", "EXPIRED")


async def script(strategy: Played) -> None:
    """Six brackets: both exits, one exit, none, cancelled, unfilled, one exit fills."""
    stream = await strategy.stream()
    both, single, none, cancelled, fires, waits = strategy.symbols
    last = await strategy.price(both)
    far = {"stop_loss": str(last / 4), "take_profit": str(last * 4)}
    entries = [
        await strategy.place(symbol=both, quantity="5", **far),
        await strategy.place(symbol=single, quantity="5", stop_loss=far["stop_loss"]),
        await strategy.place(symbol=none, quantity="5"),
        # Marketable at once: the take profit of a buy lies below the market.
        await strategy.place(
            symbol=fires,
            quantity="5",
            stop_loss=str(last / 4),
            take_profit=str(last * Decimal("0.9")),
        ),
    ]
    unfilled = await strategy.resting(symbol=cancelled, **far)
    await strategy.resting(symbol=waits, **far)
    for entry in entries:
        await strategy.announced(stream, entry.id, "ORDER_FILLED")
    await _legs_settle(strategy, both)
    await strategy.get(f"/v1/orders?symbol={waits}")
    await strategy.cancel(unfilled.id)
    await _one_fills(strategy, fires)
    await strategy.fence()
    for symbol in strategy.symbols:
        await strategy.get(f"/v1/orders?symbol={symbol}")
        await strategy.get(f"/v1/orders/history?symbol={symbol}")
        await strategy.positions(symbol)
    await strategy.show(entries[0].id)
    await _cancel_a_leg(strategy, both)


async def _legs_settle(strategy: Played, symbol: str) -> None:
    """Waits until both exits of the symbol are announced."""
    stream = strategy.open_streams[0]
    for kind in ("STOP", "LIMIT"):
        await strategy.wait(
            stream,
            f"the {kind} exit of {symbol}",
            _of(symbol, kind),
        )


def _of(symbol: str, kind: str, event: str | None = None) -> Callable[[Heard], bool]:
    def wanted(heard: Heard) -> bool:
        told = heard.order.get("symbol"), heard.order.get("order_type")
        return told == (symbol, kind) and event in (None, heard.event)

    return wanted


async def _one_fills(strategy: Played, symbol: str) -> None:
    """Waits until the take profit filled and the stop loss was cancelled."""
    stream = strategy.open_streams[0]
    for event, kind in (("ORDER_FILLED", "LIMIT"), ("ORDER_CANCELLED", "STOP")):
        await strategy.wait(
            stream,
            f"{event} of the {kind} exit of {symbol}",
            _of(symbol, kind, event),
        )


async def _cancel_a_leg(strategy: Played, symbol: str) -> None:
    """Cancels the stop loss by hand and looks at what is left."""
    reply = await strategy.get(f"/v1/orders?symbol={symbol}&status=OPEN")
    rows = reply.json if isinstance(reply.json, list) else []
    stops = [o["id"] for o in rows if o.get("order_type") == "STOP"]
    for order_id in stops[:1]:
        strategy.note(
            "case", "the stop loss is cancelled by hand", case="leg-cancelled"
        )
        await strategy.cancel(str(order_id))
        await strategy.fence()
        await strategy.show(str(order_id))
        await strategy.get(f"/v1/orders?symbol={quote(symbol)}")
        await strategy.positions(symbol)


BOTH, SINGLE, NONE, CANCELLED, FIRES, WAITS = range(6)
LEGS = {"stop_loss": "STOP", "take_profit": "LIMIT"}


def _on(transcript: Transcript, place: int) -> Bracket | None:
    symbol = transcript.header.symbols[place]
    found = (o for o in accepted(transcript) if o.fields.get("symbol") == symbol)
    order = next(found, None)
    return None if order is None else bracket(transcript, order)


def _filled(transcript: Transcript) -> Iterator[tuple[Bracket, State]]:
    for each in brackets(transcript):
        if each.filled is not None:
            yield each, each.filled


@check("EXI-10", occurs="an entry with exits was told filled")
def exits_come_with_the_fill(transcript: Transcript) -> Iterator[Observation]:
    for each, filled in _filled(transcript):
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
    waiting = _on(transcript, WAITS)
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
    for each, _ in _filled(transcript):
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
    for each, _ in _filled(transcript):
        for asked_for, order_type in LEGS.items():
            for order_id in each.legs(order_type):
                leg = each.last(order_id)
                name = "stop_price" if order_type == "STOP" else "limit_price"
                yield occurred(leg.entry)
                if number(leg.order, name) != number(each.entry.fields, asked_for):
                    yield finding(
                        f"The exit {leg.id} has {name} {leg.order.get(name)}; "
                        f"{each.entry.fields.get(asked_for)} was asked for.",
                        each.entry.exchange,
                        leg.entry,
                    )


@check("EXI-14", occurs="a filled entry's exits were told or shown")
def exits_cover_what_was_filled(transcript: Transcript) -> Iterator[Observation]:
    for each, filled in _filled(transcript):
        for order_type in LEGS.values():
            legs = [each.last(order_id) for order_id in each.legs(order_type)]
            if not legs:
                continue
            covered = sum(
                (number(leg.order, "quantity") or Decimal(0) for leg in legs),
                Decimal(0),
            )
            yield occurred(filled.entry, *(leg.entry for leg in legs))
            if covered != each.bought:
                yield finding(
                    f"The {order_type} exits of {each.entry.id} cover {covered}; "
                    f"{each.bought} of it was filled.",
                    filled.entry,
                    *(leg.entry for leg in legs),
                )


@check("EXI-15", occurs="a live exit was told or shown")
def a_live_exit_names_its_entry(transcript: Transcript) -> Iterator[Observation]:
    for each, _ in _filled(transcript):
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


@check("EXI-16", occurs="an entry with a stop loss alone was filled")
def one_price_makes_one_exit(transcript: Transcript) -> Iterator[Observation]:
    each = _on(transcript, SINGLE)
    if each is None or each.filled is None or not each.legs("STOP"):
        return
    yield occurred(each.filled.entry)
    for order_id in each.legs("LIMIT"):
        yield finding(
            f"The entry {each.entry.id} asked for a stop loss alone and got the LIMIT "
            f"exit {order_id}.",
            each.filled.entry,
            each.last(order_id).entry,
        )


@check("EXI-17", occurs="an entry without exits was filled")
def no_price_makes_no_exit(transcript: Transcript) -> Iterator[Observation]:
    each = _on(transcript, NONE)
    if each is None or each.filled is None:
        return
    yield occurred(each.filled.entry)
    for state in each.states:
        if each.entry.id == state.order.get("parent_order_id") or state.event:
            yield finding(
                f"The entry {each.entry.id} asked for no exits and the order "
                f"{state.id} came of it.",
                state.entry,
            )


@check("EXI-18", occurs="an entry with exits was cancelled before it filled")
def a_cancelled_entry_leaves_no_exits(
    transcript: Transcript,
) -> Iterator[Observation]:
    each = _on(transcript, CANCELLED)
    if each is None:
        return
    ended = [s for s in each.entry_states if s.order.get("status") == "CANCELLED"]
    if not ended:
        return
    yield occurred(ended[0].entry)
    for state in each.states:
        yield finding(
            f"The entry {each.entry.id} was cancelled unfilled, and the exit "
            f"{state.id} is there.",
            ended[0].entry,
            state.entry,
        )


@check("EXI-19", occurs="one exit of a bracket was told filled")
def the_other_exit_is_cancelled(transcript: Transcript) -> Iterator[Observation]:
    each = _on(transcript, FIRES)
    if each is None:
        return
    for order_id in each.legs("LIMIT"):
        leg = each.last(order_id)
        if leg.order.get("status") != "FILLED":
            continue
        for other in each.legs("STOP"):
            last = each.last(other)
            yield occurred(leg.entry, last.entry)
            if last.order.get("status") != "CANCELLED":
                yield finding(
                    f"The exit {order_id} was filled and the exit {other} is "
                    f"{last.order.get('status')}.",
                    leg.entry,
                    last.entry,
                )


@check("EXI-20", occurs="one exit of a bracket was told filled")
def exits_never_trade_more_than_the_entry(
    transcript: Transcript,
) -> Iterator[Observation]:
    for each, filled in _filled(transcript):
        legs = [each.last(i) for kind in LEGS.values() for i in each.legs(kind)]
        traded = sum(
            (number(leg.order, "filled_quantity") or Decimal(0) for leg in legs),
            Decimal(0),
        )
        if traded:
            yield occurred(filled.entry, *(leg.entry for leg in legs))
        if traded > each.bought:
            yield finding(
                f"The exits of {each.entry.id} traded {traded}; its fill was "
                f"{each.bought}.",
                filled.entry,
                *(leg.entry for leg in legs),
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
    for each, _ in _filled(transcript):
        for kind in LEGS.values():
            for order_id in each.legs(kind):
                states = [s for s in each.states if s.id == order_id]
                yield occurred(states[-1].entry)
                if all(s.event is None for s in states):
                    yield finding(
                        f"The exit {order_id} is shown and was never announced.",
                        states[-1].entry,
                    )


def _after_hand_cancel(transcript: Transcript) -> tuple[Bracket, int] | None:
    each = _on(transcript, BOTH)
    for entry in transcript.entries:
        facts = entry.data.get("facts") or {}
        if each is not None and facts.get("case") == "leg-cancelled":
            return each, entry.number
    return None


@check("EXI-23", occurs="a stop loss was cancelled by hand")
def an_exit_cancelled_by_hand_leaves_the_rest(
    transcript: Transcript,
) -> Iterator[Observation]:
    found = _after_hand_cancel(transcript)
    if found is None:
        return
    each, since = found
    for order_id in each.legs("LIMIT"):
        last = each.last(order_id)
        if last.entry.number > since:
            yield occurred(last.entry)
            if not last.live:
                yield finding(
                    f"The stop loss was cancelled by hand and the take profit "
                    f"{order_id} is {last.order.get('status')}.",
                    last.entry,
                )
    held = list(holdings(transcript, each.symbol))[-1]
    if held.exchange.request.number > since and held.quantity != each.bought:
        yield finding(
            f"After a stop loss was cancelled by hand {held.quantity} is held; "
            f"{each.bought} was bought.",
            held.exchange,
        )


@check("EXI-24", occurs="an exit that was cancelled by hand was asked for")
def an_ended_exit_names_no_entry(transcript: Transcript) -> Iterator[Observation]:
    found = _after_hand_cancel(transcript)
    if found is None:
        return
    each, since = found
    for state in each.states:
        if state.event is None and not state.live and state.entry.number > since:
            yield occurred(state.entry)
            if state.order.get("parent_order_id"):
                yield finding(
                    f"The exit {state.id} is {state.order.get('status')} and still "
                    f"names {state.order.get('parent_order_id')} as its entry.",
                    state.entry,
                )
