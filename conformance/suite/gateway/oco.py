"""One order of an OCO group cancels the others of its group, and nothing else."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import State, states
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import Submitted, accepted, asked, shown, submitted
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_steps import orders_listed

NEEDS = Needs(symbols=3, seconds=25)

FIRES, BY_HAND, LATE = range(3)


async def script(strategy: Played) -> None:
    """A group of which one fills, beside others; one cancelled by hand; a latecomer."""
    stream = await strategy.stream()
    fires, by_hand, late = strategy.symbols
    groups = [f"{strategy.prefix}-{name}" for name in ("fires", "beside", "by-hand")]
    rests = {"symbol": fires, "oco_group_id": groups[0]}
    waiting = [await strategy.resting(**rests), await strategy.resting(**rests)]
    await strategy.resting(symbol=fires, oco_group_id=groups[1])
    await strategy.resting(symbol=fires)
    held = {"symbol": by_hand, "oco_group_id": groups[2]}
    first, _ = await strategy.resting(**held), await strategy.resting(**held)
    await orders_listed(strategy, fires)
    market = await strategy.place(**rests)
    await strategy.cancel(first.id)
    await strategy.announced(stream, market.id, "ORDER_FILLED")
    for order in waiting:
        await strategy.announced(stream, order.id, "ORDER_CANCELLED")
    await strategy.announced(stream, first.id, "ORDER_CANCELLED")
    await _come_late(strategy, late, groups[0])
    await strategy.fence()
    for symbol in strategy.symbols:
        await orders_listed(strategy, symbol)


async def _come_late(strategy: Played, symbol: str, group: str) -> None:
    """A market order joins a group that has filled."""
    reply = await strategy.submit(symbol=symbol, oco_group_id=group)
    order_id = reply.field("id")
    if isinstance(order_id, str):
        await strategy.done(strategy.open_streams[0], order_id)


def _members(transcript: Transcript, name: str) -> list[Submitted]:
    group = f"{transcript.header.prefix}-{name}"
    return [o for o in accepted(transcript) if o.fields.get("oco_group_id") == group]


def _last(transcript: Transcript, order: Submitted) -> State | None:
    """How an order was told or shown last."""
    told = states(transcript, str(order.fields.get("symbol")))
    return next((s for s in reversed(list(told)) if s.id == order.id), None)


def _cancelled_by_us(transcript: Transcript) -> set[str]:
    cancels = asked(transcript, "DELETE", "v1", "orders", None)
    return {cancel.segments[-1] for cancel in cancels}


def _fired(transcript: Transcript) -> State | None:
    """The fill of the group that was to fill."""
    for order in _members(transcript, "fires"):
        last = _last(transcript, order)
        if last is not None and last.order.get("status") == "FILLED":
            return last
    return None


@check("EXI-30", occurs="one order of an OCO group was filled")
def a_fill_cancels_the_others(transcript: Transcript) -> Iterator[Observation]:
    fired = _fired(transcript)
    symbol = transcript.header.symbols[FIRES]
    for order in _members(transcript, "fires"):
        last = _last(transcript, order)
        if fired is None or last is None or order.id == fired.id:
            continue
        if order.fields.get("symbol") != symbol:
            continue
        yield occurred(fired.entry, last.entry)
        if last.order.get("status") != "CANCELLED":
            yield finding(
                f"The order {fired.id} of the OCO group was filled and the order "
                f"{order.id} of it is {last.order.get('status')}.",
                order.exchange,
                fired.entry,
                last.entry,
            )


@check("EXI-31", occurs="an order of an OCO group was shown by GET")
def orders_show_their_group(transcript: Transcript) -> Iterator[Observation]:
    asked_for = {o.id: o.fields.get("oco_group_id") for o in accepted(transcript)}
    for exchange, order in shown(transcript):
        group = asked_for.get(str(order.get("id")))
        if group is None:
            continue
        yield occurred(exchange)
        if order.get("oco_group_id") != group:
            yield finding(
                f"The order {order.get('id')} was sent with the OCO group {group} and "
                f"shows {order.get('oco_group_id')}.",
                exchange,
            )


@check("EXI-32", occurs="orders outside an OCO group rested while it filled")
def no_order_outside_the_group_is_touched(
    transcript: Transcript,
) -> Iterator[Observation]:
    fired = _fired(transcript)
    if fired is None:
        return
    inside = {order.id for order in _members(transcript, "fires")}
    for order in accepted(transcript):
        last = _last(transcript, order)
        beside = order.fields.get("symbol") == transcript.header.symbols[FIRES]
        ours = order.id in inside | _cancelled_by_us(transcript)
        if last is None or not beside or ours:
            continue
        yield occurred(fired.entry, last.entry)
        if not last.live:
            yield finding(
                f"The order {fired.id} of another OCO group was filled and the order "
                f"{order.id} is {last.order.get('status')}.",
                order.exchange,
                fired.entry,
                last.entry,
            )


@check("EXI-33", occurs="an order of an OCO group was cancelled by hand")
def a_cancel_by_hand_keeps_the_others(transcript: Transcript) -> Iterator[Observation]:
    members = _members(transcript, "by-hand")
    lasts = {o.id: _last(transcript, o) for o in members}
    ended = [lasts[o.id] for o in members if o.id in _cancelled_by_us(transcript)]
    for order in members:
        last = lasts[order.id]
        if last is None or order.id in _cancelled_by_us(transcript):
            continue
        for other in ended:
            if other is None or other.live:
                continue
            yield occurred(other.entry, last.entry)
            if not last.live:
                yield finding(
                    f"The order {other.id} of an OCO group was cancelled by hand and "
                    f"the order {order.id} is {last.order.get('status')}.",
                    other.entry,
                    last.entry,
                )


@check("EXI-34", occurs="an order joined an OCO group that had filled")
def a_latecomer_does_not_fill(transcript: Transcript) -> Iterator[Observation]:
    fired = _fired(transcript)
    for order in submitted(transcript):
        late = order.fields.get("symbol") == transcript.header.symbols[LATE]
        if fired is None or not late:
            continue
        last = _last(transcript, order)
        yield occurred(fired.entry, order.exchange)
        if last is not None and last.order.get("status") == "FILLED":
            yield finding(
                f"The order {fired.id} of an OCO group was filled; the order "
                f"{order.id}, which joined the group after that, was filled as well.",
                fired.entry,
                order.exchange,
                last.entry,
                cause="Does the group end with its first fill?",
            )
