"""Whether a broker's answer or its stream is first, a fill is told, and told once."""

import asyncio
from collections.abc import Iterator

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.orders import number
from conformance.judge.races import RACE, races
from conformance.peers.engine.conduct import Hold
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import Heard, PlayedStream
from conformance.peers.venues.words import Ability, Operation
from conformance.protocol.order_states import TERMINAL
from conformance.suite.check import check

NEEDS = Needs(abilities=frozenset({Ability.STREAM}), seconds=60)

WHOLE, THIN = "5", "2"
ENDS = ("ORDER_FILLED", "ORDER_CANCELLED", "ORDER_REJECTED", "ORDER_EXPIRED")
FILLS = ("ORDER_FILLED", "ORDER_PARTIALLY_FILLED")
AT_ONCE: dict[str, Json] = {"quantity": WHOLE}


async def script(strategy: Played) -> None:
    """Fills of market orders and of one that rests, told in every order."""
    venue, limit = strategy.venue, strategy.venue.below(strategy.symbol)
    stream = await strategy.stream()
    if not await venue.listened():
        return
    await _both(strategy, stream, "both")
    await _answer_first(strategy, stream, "the answer first")
    await _stream_first(strategy, stream, "the stream first")
    if Ability.THIN in venue.can:
        venue.thin(strategy.symbol, THIN)
        part: dict[str, Json] = {**AT_ONCE, "time_in_force": "IOC"}
        await _answer_first(strategy, stream, "a part, the answer first", part)
        await _stream_first(strategy, stream, "a part, the stream first", part)
        venue.thin(strategy.symbol, None)
    before = ((WHOLE,), ()), "before it was acknowledged"
    await _while_it_is_taken(strategy, stream, limit, *before)
    if Ability.PARTS in venue.can:
        around = (("2",), ("1", "2")), "in parts around the acknowledgement"
        await _while_it_is_taken(strategy, stream, limit, *around)
    for order in strategy.opened:
        await strategy.show(order)
    await strategy.get(f"/v1/trades?symbol={strategy.symbol}")
    await strategy.positions()
    await strategy.fence(limit)


async def _both(strategy: Played, stream: PlayedStream, case: str) -> None:
    """Answer and stream tell it as they do, and the stream once more."""
    order = await strategy.place(**AT_ONCE)
    at_broker = (await strategy.venue.booked(order.client_id)).id
    _note(strategy, case, order.id, at_broker)
    await _ended(strategy, stream, order.client_id)
    strategy.venue.tell_again(at_broker)


async def _answer_first(
    strategy: Played,
    stream: PlayedStream,
    case: str,
    fields: dict[str, Json] = AT_ONCE,
) -> None:
    strategy.venue.keep_quiet()
    body = strategy.order(**fields)
    name = str(body["client_order_id"])
    order = (await strategy.submit(**body)).field("id")
    at_broker = (await strategy.venue.booked(name)).id
    _note(strategy, case, order, at_broker)
    await _ended(strategy, stream, name, strategy.pace.quiet)
    strategy.venue.tell()
    await _ended(strategy, stream, name)


async def _stream_first(
    strategy: Played,
    stream: PlayedStream,
    case: str,
    fields: dict[str, Json] = AT_ONCE,
) -> None:
    hold = Hold()
    strategy.venue.next(Operation.SUBMIT, hold)
    body = strategy.order(**fields)
    name = str(body["client_order_id"])
    asking = asyncio.ensure_future(strategy.submit(**body))
    at_broker = (await strategy.venue.booked(name)).id
    await _ended(strategy, stream, name, strategy.pace.quiet)
    hold.release()
    order = (await asking).field("id")
    _note(strategy, case, order, at_broker)
    await _ended(strategy, stream, name)


async def _while_it_is_taken(
    strategy: Played,
    stream: PlayedStream,
    limit: str,
    fills: tuple[tuple[str, ...], tuple[str, ...]],
    case: str,
) -> None:
    """An order that would rest fills before the broker answers that it took it.

    `fills` are what is filled before the answer and after it.
    """
    hold = Hold()
    strategy.venue.next(Operation.SUBMIT, hold)
    body = strategy.order(order_type="LIMIT", limit_price=limit, quantity=WHOLE)
    name = str(body["client_order_id"])
    asking = asyncio.ensure_future(strategy.submit(**body))
    at_broker = (await strategy.venue.booked(name)).id
    for quantity in fills[0]:
        strategy.venue.fill(at_broker, quantity, limit)
    await _told(strategy, stream, name, FILLS, strategy.pace.quiet)
    hold.release()
    order = (await asking).field("id")
    _note(strategy, case, order, at_broker)
    for quantity in fills[1]:
        strategy.venue.fill(at_broker, quantity, limit)
        strategy.venue.tell_again(at_broker)
    await _ended(strategy, stream, name)


def _note(strategy: Played, case: str, order: Json, at_broker: str) -> None:
    if not isinstance(order, str):
        return  # What the answer refused is told by it.
    subscribed = strategy.environment.get("SUBSCRIPTIONS", "")
    strategy.note(
        RACE,
        f"order {order} was told: {case}",
        case=case,
        order=order,
        broker_order=at_broker,
        trades="trade_update" in subscribed,
    )


async def _ended(
    strategy: Played, stream: PlayedStream, name: str, seconds: float | None = None
) -> None:
    """Waits for the end of an order, by its client order id."""
    await _told(strategy, stream, name, ENDS, seconds)


async def _told(
    strategy: Played,
    stream: PlayedStream,
    name: str,
    events: tuple[str, ...],
    seconds: float | None = None,
) -> None:
    def wanted(heard: Heard) -> bool:
        return heard.order.get("client_order_id") == name and heard.event in events

    await strategy.wait(stream, f"word of {name}", wanted, seconds)


@check("LED-81", occurs="a broker filled an order and told of it")
def every_fill_is_announced(transcript: Transcript) -> Iterator[Observation]:
    for each in races(transcript):
        if not each.fills:
            continue
        yield occurred(each.note, *(fill.entry for fill in each.fills))
        if each.most != each.filled:
            yield finding(
                f"The broker filled {each.filled} of order {each.order} and told of "
                f"it ({each.case}); the strategy's stream told {each.most} filled.",
                each.note,
                *(fill.entry for fill in each.fills),
                *(said.entry for said in each.said),
            )


@check("LED-37", occurs="a broker told a fill by its answer and its stream, or twice")
def a_fill_told_twice_counts_once(transcript: Transcript) -> Iterator[Observation]:
    for each in races(transcript):
        if not each.fills:
            continue
        yield occurred(each.note, *(fill.entry for fill in each.fills))
        marks = [(said.event, said.order.get("filled_quantity")) for said in each.said]
        for mark in dict.fromkeys(marks):
            if mark[0] in (*FILLS, *ENDS) and marks.count(mark) > 1:
                yield finding(
                    f"{mark[0]} of order {each.order}, with {mark[1]} filled, was told "
                    f"{marks.count(mark)} times ({each.case}).",
                    each.note,
                    *(
                        s.entry
                        for s, m in zip(each.said, marks, strict=True)
                        if m == mark
                    ),
                )
        if len(each.trades) > len(each.fills):
            yield finding(
                f"The broker filled order {each.order} in {len(each.fills)} trades "
                f"({each.case}); {len(each.trades)} were told.",
                each.note,
                *each.trades,
            )


@check("LED-85", occurs="a broker filled an order and told of it")
def every_fill_is_told_as_a_trade(transcript: Transcript) -> Iterator[Observation]:
    for each in races(transcript):
        if not each.note.data["facts"]["trades"]:
            raise NotVerified("this broker has no trades to be subscribed to")
        if not each.fills:
            continue
        yield occurred(each.note, *(fill.entry for fill in each.fills))
        if len(each.trades) < len(each.fills):
            yield finding(
                f"The broker filled order {each.order} in {len(each.fills)} trades "
                f"({each.case}); {len(each.trades)} trade messages were told.",
                each.note,
                *(fill.entry for fill in each.fills),
            )


@check("MOD-50", occurs="a broker cancelled what it could not fill of an order")
def every_cancel_is_announced(transcript: Transcript) -> Iterator[Observation]:
    found = list(races(transcript))
    if found and not any(each.end for each in found):
        raise NotVerified("this broker is not played to fill a part at once")
    for each in found:
        if each.end is None:
            continue
        yield occurred(each.note, each.end.entry)
        if not any(each.times(event) for event in ENDS[1:]):
            yield finding(
                f"The broker cancelled order {each.order} with {each.filled} filled "
                f"({each.case}); the strategy's stream told "
                f"{', '.join(said.event for said in each.said) or 'nothing'} of it.",
                each.note,
                each.end.entry,
                *(said.entry for said in each.said),
            )


@check("ORD-79", occurs="an order had ended before its broker answered that it took it")
def an_early_end_is_final(transcript: Transcript) -> Iterator[Observation]:
    for each in races(transcript):
        if not each.fills:
            continue
        yield occurred(each.note)
        ended = [said for said in each.said if said.status in set(TERMINAL)]
        live = [said for said in each.said if said.status not in set(TERMINAL)]
        after = [s for s in live if ended and s.entry.number > ended[0].entry.number]
        if after:
            yield finding(
                f"Order {each.order} was told {ended[0].status} and then "
                f"{after[0].status} ({each.case}).",
                ended[0].entry,
                after[0].entry,
            )
        for look, row in each.looks:
            if row.get("status") not in set(TERMINAL):
                yield finding(
                    f"Order {each.order} had ended at the broker ({each.case}); it is "
                    f"shown {row.get('status')} with {number(row, 'filled_quantity')} "
                    "filled.",
                    each.note,
                    look,
                )
