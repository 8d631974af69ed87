"""Fills that race an answer or a cancel, and modifications that the venue refuses."""

import asyncio
from collections.abc import Iterator

from conformance.evidence.entry import Json, Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.changes import Change, modifications
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import announcements, number, shown
from conformance.judge.venue import booked
from conformance.peers.engine.conduct import Hold, Refuse
from conformance.peers.engine.engine import ONE_ORDER, ORDERS
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.peers.stream import PlayedStream
from conformance.protocol.order_states import TERMINAL
from conformance.suite.check import check

NEEDS = Needs(engine=True)

RACE = "race"


async def script(strategy: Played) -> None:
    """A fill before the answer, one while a cancel waits, two modifications."""
    engine = strategy.engine
    stream = await strategy.stream()
    await engine.linked()
    engine.by_hand = True
    await _filled_before_answered(strategy, stream)
    await _filled_while_cancelling(strategy, stream)
    await _modified(strategy, stream)
    await _modification_refused(strategy, stream)
    for order_id in strategy.opened:
        await strategy.show(order_id)
    await strategy.get(f"/v1/orders?symbol={strategy.symbol}")


async def _filled_before_answered(strategy: Played, stream: PlayedStream) -> None:
    hold = Hold()
    strategy.engine.next("POST", ORDERS, hold)
    body = strategy.order(quantity="2")
    asking = asyncio.ensure_future(strategy.request("POST", "/v1/orders", json=body))
    order = await strategy.engine.booked(str(body["client_order_id"]))
    strategy.note(RACE, "filled before it is answered", case="early", order=order.id)
    strategy.engine.fill(order.id, "2")
    await strategy.announced(stream, order.id, "ORDER_FILLED", seconds=1)
    hold.release()
    await asking
    await strategy.done(stream, order.id)
    await strategy.show(order.id)


async def _filled_while_cancelling(strategy: Played, stream: PlayedStream) -> None:
    order = await strategy.place(quantity="4")
    hold = Hold(booked=False)
    strategy.engine.next("DELETE", ONE_ORDER, hold)
    cancelling = asyncio.ensure_future(strategy.cancel(order.id))
    if await strategy.engine.called("DELETE", ONE_ORDER):
        strategy.note(RACE, "filled while it is cancelled", case="late", order=order.id)
        strategy.engine.fill(order.id, "1")
    hold.release()
    await cancelling
    await strategy.done(stream, order.id)


async def _modified(strategy: Played, stream: PlayedStream) -> None:
    order = await strategy.place(order_type="LIMIT", limit_price=FAR_BELOW)
    await strategy.announced(stream, order.id, "ORDER_CREATED")
    await strategy.modify(order.id, limit_price="0.02")


async def _modification_refused(strategy: Played, stream: PlayedStream) -> None:
    order = await strategy.place(order_type="LIMIT", limit_price=FAR_BELOW)
    await strategy.announced(stream, order.id, "ORDER_CREATED")
    strategy.engine.next("POST", ORDERS, Refuse("out of the band", "INVALID_PRICE"))
    strategy.note(RACE, "the venue refuses it", case="refused", order=order.id)
    await strategy.modify(order.id, limit_price="0.03")


def _races(transcript: Transcript, case: str) -> Iterator[tuple[int, str]]:
    for note in transcript.of_kind(Kind.NOTE):
        facts: Json = note.data.get("facts")
        if note.data.get("name") == RACE and facts["case"] == case:
            yield note.number, str(facts["order"])


@check("ORD-79", occurs="an order was filled before the venue answered its submit")
def an_early_fill_is_final(transcript: Transcript) -> Iterator[Observation]:
    for at, order in _races(transcript, "early"):
        if not any(b.order == order for b in booked(transcript, "filled")):
            continue
        said = list(announcements(transcript, None, order))
        looks = [(x, row) for x, row in shown(transcript, order)]
        yield occurred(at, *(each.entry for each in said))
        if not any(each.event == "ORDER_FILLED" for each in said):
            yield finding(
                f"Order {order} was filled before its submit was answered; that it "
                "filled was never announced.",
                at,
            )
        for look, row in looks:
            if row.get("status") != "FILLED":
                yield finding(
                    f"Order {order} was filled before its submit was answered; it is "
                    f"shown {row.get('status')}.",
                    look,
                )


@check("MOD-49", occurs="an order was filled in part while its cancel was pending")
def a_fill_beside_a_cancel_counts(transcript: Transcript) -> Iterator[Observation]:
    for at, order in _races(transcript, "late"):
        fills = [b for b in booked(transcript, "filled") if b.order == order]
        for fill in fills:
            told = [
                row
                for row in announcements(transcript, None, order)
                if number(row.order, "filled_quantity") == fill.number("filled")
            ]
            yield occurred(at, fill.entry)
            if not told:
                yield finding(
                    f"{fill.entry.data['fill']} of order {order} was filled while its "
                    "cancel was pending; no message told of it.",
                    fill.entry,
                )
            for look, row in shown(transcript, order):
                ended = str(row.get("status")) in TERMINAL
                if ended and number(row, "filled_quantity") != fill.number("filled"):
                    yield finding(
                        f"Order {order} ended with {fill.entry.data['filled']} filled "
                        f"at the venue and is shown with {row.get('filled_quantity')}.",
                        look,
                    )


def _replaced(transcript: Transcript) -> Iterator[tuple[Change, str]]:
    """The accepted modifications that gave an order another id, and that id."""
    for change in modifications(transcript):
        now = str((change.order or {}).get("id"))
        if change.accepted and now != change.id:
            yield change, now


@check("MOD-21", occurs="a modification gave an order another id")
def two_orders_never_live_together(transcript: Transcript) -> Iterator[Observation]:
    for change, now in _replaced(transcript):
        yield occurred(change.exchange)
        ended = [
            b.entry.number
            for b in booked(transcript)
            if b.order == change.id and b.what in {"cancelled", "filled"}
        ]
        begun = [
            b.entry.number for b in booked(transcript, "accepted") if b.order == now
        ]
        if begun and (not ended or ended[-1] > begun[0]):
            yield finding(
                f"Order {change.id} was replaced by {now}; the venue took the new one "
                "while the old one could still fill.",
                change.exchange,
                begun[0],
            )
        if change.previous != change.id:
            yield finding(
                f"Order {change.id} was replaced by {now}; previous_order_id is "
                f"{change.previous}.",
                change.exchange,
            )


@check("MOD-29", occurs="the venue refused what a modification asked for")
def a_refused_change_leaves_an_order(transcript: Transcript) -> Iterator[Observation]:
    for at, order in _races(transcript, "refused"):
        for change in modifications(transcript):
            if change.id != order or change.exchange.status is None:
                continue
            yield occurred(at, change.exchange)
            if change.accepted:
                yield finding(
                    f"The venue refused a modification of order {order}; it was "
                    f"answered with {change.exchange.status}.",
                    change.exchange,
                )
            if not _alive(transcript, order):
                yield finding(
                    f"The venue refused the new terms of order {order}; the old order "
                    "was cancelled for them, and none stands in its place.",
                    at,
                    change.exchange,
                    cause="Is an order cancelled before its successor is accepted?",
                )


def _alive(transcript: Transcript, order: str) -> bool:
    """Whether the order, or one with its client order id, stands at the end."""
    last: dict[str, str] = {}
    name = None
    for change in booked(transcript):
        last[change.order] = change.what
        if change.order == order:
            name = change.client_id
    same = {b.order for b in booked(transcript) if name and b.client_id == name}
    return any(last[each] == "accepted" for each in same | {order} if each in last)
