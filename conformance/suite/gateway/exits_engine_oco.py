"""Of an OCO group at the venue one fill ends the others, and two are told as two."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import Submitted, accepted, messages_of_type
from conformance.judge.venue import booked
from conformance.peers.engine.conduct import Hold
from conformance.peers.engine.engine import ONE_ORDER, ORDERS
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.suite.check import check
from conformance.suite.engine_exits import DOUBLE_EXIT, is_double_exit
from conformance.suite.exit_steps import an_exit, orders_listed

NEEDS = Needs(engine=True, symbols=4, seconds=30)


async def script(strategy: Played) -> None:
    """Of some groups one order fills; of one both do before anybody can act."""
    engine = strategy.engine
    engine.by_hand = True
    stream = await strategy.stream()
    await engine.linked()
    both, early, *ones = strategy.symbols
    groups = [await _group(strategy, stream, symbol) for symbol in ones]
    groups.append(await _group(strategy, stream, early, late=True))
    # The venue tells again that it is there, as it may: that changes nothing.
    engine.desk.tell_order(engine.order(groups[-1][1].id), "created")
    await strategy.fence()
    cancels = len(engine.calls("DELETE", ONE_ORDER))
    for profit, _ in groups:
        engine.fill(profit.id, "5", "110")
    await engine.called("DELETE", ONE_ORDER, cancels + len(groups))
    await strategy.fence()
    for symbol in (early, *ones):
        await orders_listed(strategy, symbol)
    profit, stop = await _group(strategy, stream, both)
    engine.fill(profit.id, "5", "110")
    engine.fill(stop.id, "5", "90")
    await strategy.announced(stream, stop.id, "ORDER_FILLED")
    await strategy.wait(stream, DOUBLE_EXIT, is_double_exit)
    await orders_listed(strategy, both)
    engine.by_hand = False


async def _group(
    strategy: Played, stream: PlayedStream, symbol: str, *, late: bool = False
) -> tuple[Placed, Placed]:
    """Holds 5 of a symbol, with a sell above and a sell below that end each other.

    With `late` the second is told on the stream a good while before it is answered.
    """
    engine = strategy.engine
    entry = await strategy.place(symbol=symbol, quantity="5")
    engine.fill(entry.id, "5", "100")
    await strategy.announced(stream, entry.id, "ORDER_FILLED")
    both = {"symbol": symbol, "side": "SELL", "quantity": "5"}
    both["oco_group_id"] = strategy.client_id()
    profit = await strategy.place(**both, order_type="LIMIT", limit_price="110")
    stop = {**both, "order_type": "STOP", "stop_price": "90"}
    if not late:
        return profit, await strategy.place(**stop)
    hold = Hold()
    engine.next("POST", ORDERS, hold)
    async with asyncio.TaskGroup() as tasks:
        placing = tasks.create_task(strategy.place(**stop))
        what = f"the stop of {symbol}"
        seconds = strategy.pace.patience / 4
        await strategy.wait(stream, what, an_exit(symbol, "STOP"), seconds)
        hold.release()
    return profit, placing.result()


def _groups(transcript: Transcript) -> Iterator[tuple[Submitted, ...]]:
    """The orders of each group that came to the venue."""
    found: dict[str, list[Submitted]] = {}
    for order in accepted(transcript):
        group = order.fields.get("oco_group_id")
        if group is not None:
            found.setdefault(str(group), []).append(order)
    return (tuple(group) for group in found.values())


def _fills(transcript: Transcript, group: tuple[Submitted, ...]) -> list[Entry]:
    """Where at the venue an order of the group was filled whole."""
    ids = {order.id for order in group}
    return [
        fill.entry
        for fill in booked(transcript, "filled")
        if fill.order in ids and fill.number("filled") >= fill.number("quantity")
    ]


def _told_double(transcript: Transcript, group: tuple[Submitted, ...]) -> list[Entry]:
    """Word of a double exit that does not name another symbol."""
    symbol = str(group[0].fields.get("symbol"))
    others = set(transcript.header.symbols) - {symbol}
    return [
        entry
        for entry, message in messages_of_type(transcript, "error")
        if message.get("code") == DOUBLE_EXIT
        and not any(other in entry.data["text"] for other in others)
    ]


@check("EXI-30", occurs="one order of an OCO group was filled at the venue")
def a_fill_cancels_the_others(transcript: Transcript) -> Iterator[Observation]:
    for group in _groups(transcript):
        fills = _fills(transcript, group)
        if len(fills) != 1:
            continue
        cancelled = {c.order for c in booked(transcript, "cancelled")}
        for order in group:
            if order.id == fills[0].data["order"]:
                continue
            yield occurred(*fills, order.exchange)
            if order.id not in cancelled:
                yield finding(
                    f"An order of the OCO group {order.fields['oco_group_id']} was "
                    f"filled; the order {order.id} of it still stands at the venue.",
                    *fills,
                    order.exchange,
                )


@check("EXI-21", occurs="both orders of an OCO group were filled at the venue")
def a_double_exit_is_told(transcript: Transcript) -> Iterator[Observation]:
    for group in _groups(transcript):
        fills = _fills(transcript, group)
        if len(fills) < 2:
            continue
        yield occurred(*fills)
        if not _told_double(transcript, group):
            sold = sum((Decimal(str(f.data["fill"])) for f in fills), Decimal(0))
            yield finding(
                f"Both orders of the OCO group {group[0].fields['oco_group_id']} over "
                f"5 filled, {sold} in all; no {DOUBLE_EXIT} was told.",
                *fills,
            )


@check("EXI-97", occurs="one order of an OCO group was filled at the venue")
def one_fill_is_no_double_exit(transcript: Transcript) -> Iterator[Observation]:
    for group in _groups(transcript):
        fills = _fills(transcript, group)
        if len(fills) != 1:
            continue
        yield occurred(*fills)
        for entry in _told_double(transcript, group):
            yield finding(
                f"One order of the OCO group {group[0].fields['oco_group_id']} filled; "
                f"{DOUBLE_EXIT} was told.",
                *fills,
                entry,
                cause="Is one fill heard twice?",
            )
