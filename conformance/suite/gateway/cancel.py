"""A cancelled order ends, says so once, and takes no other order with it."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.changes import (
    Change,
    after,
    cancels,
    fenced,
    filled,
    is_live,
    told,
)
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, shown
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs()

FILLS = ("ORDER_PARTIALLY_FILLED", "ORDER_FILLED")
UNKNOWN = "no-such-order-of-conformance"


async def script(strategy: Played) -> None:
    """Cancels an order at rest, one about to fill, one that filled, and none."""
    stream = await strategy.stream()
    kept = await strategy.resting(quantity="3")
    resting = await strategy.resting(quantity="2")
    await strategy.cancel(resting.id)
    await strategy.announced(stream, resting.id, "ORDER_CANCELLED")
    racing = await strategy.place(quantity="1")
    await strategy.cancel(racing.id)
    bought = await strategy.bought(stream, "4")
    await strategy.cancel(bought.id)
    await strategy.cancel(UNKNOWN)
    await strategy.fence()
    for order in (kept, resting, racing, bought):
        await strategy.show(order.id)


def _cancelled(transcript: Transcript) -> Iterator[Change]:
    """The cancels that were answered with a success and a cancelled order."""
    for cancel in cancels(transcript):
        if cancel.succeeded and (cancel.order or {}).get("status") == "CANCELLED":
            yield cancel


def _of_live_orders(transcript: Transcript) -> Iterator[Change]:
    """The cancels of orders that nothing had told ended, nor did before the answer."""
    for order in accepted(transcript):
        cancel = next(cancels(transcript, order.id), None)
        if cancel is None or cancel.answered is None:
            continue
        if order.fields.get("order_type") == "LIMIT":
            yield cancel


@check("MOD-40", occurs="a resting order was cancelled and shown")
def a_cancel_ends_the_order(transcript: Transcript) -> Iterator[Observation]:
    for cancel in _of_live_orders(transcript):
        show = after(transcript, cancel)
        if show is None:
            continue
        yield occurred(cancel.exchange, show[0])
        if not cancel.succeeded or show[1].get("status") != "CANCELLED":
            yield finding(
                f"{cancel.story}, success "
                f"{'true' if cancel.succeeded else 'not told'}; the order rested, and "
                f"is shown {show[1].get('status')} afterwards.",
                cancel.exchange,
                show[0],
            )


@check("MOD-41", occurs="a cancel was answered with success and a fence passed")
def a_cancel_is_announced_once(transcript: Transcript) -> Iterator[Observation]:
    for cancel in _of_live_orders(transcript):
        if not cancel.succeeded or cancel.at > fenced(transcript):
            continue
        said = told(transcript, cancel.id, "ORDER_CANCELLED")
        yield occurred(cancel.exchange)
        if len(said) != 1:
            yield finding(
                f"Announced ORDER_CANCELLED {len(said)} times for order {cancel.id}, "
                "which was cancelled once.",
                cancel.exchange,
                *(each.entry for each in said),
            )


@check("MOD-42", occurs="an order about to fill was cancelled and a later one filled")
def a_cancelled_order_does_not_fill(transcript: Transcript) -> Iterator[Observation]:
    for cancel in _cancelled(transcript):
        show = after(transcript, cancel)
        if not _outlived(transcript, cancel) or show is None:
            continue
        had = filled(cancel.order or {})
        yield occurred(cancel.exchange, show[0])
        late = _fills_after_the_end(transcript, cancel.id)
        if filled(show[1]) > had or show[1].get("status") == "FILLED" or late:
            yield finding(
                f"{cancel.story}, CANCELLED with {had} filled; afterwards it is shown "
                f"{show[1].get('status')} with {filled(show[1])} filled, and {late} "
                "fills were announced after its cancellation.",
                cancel.exchange,
                show[0],
            )


def _outlived(transcript: Transcript, cancel: Change) -> bool:
    """Whether a market order that was sent after this cancel was told filled."""
    later = [
        order
        for order in accepted(transcript)
        if order.fields.get("order_type") == "MARKET"
        and order.exchange.request.number > cancel.at
    ]
    return any(told(transcript, str(o.id), "ORDER_FILLED") for o in later)


def _fills_after_the_end(transcript: Transcript, order_id: str) -> int:
    """How many fills of an order were announced after it was told cancelled."""
    ended = told(transcript, order_id, "ORDER_CANCELLED")
    if not ended:
        return 0
    fills = told(transcript, order_id, *FILLS)
    return sum(fill.entry.number > ended[0].entry.number for fill in fills)


def _of_filled_orders(transcript: Transcript) -> Iterator[Change]:
    for cancel in cancels(transcript):
        fills = told(transcript, cancel.id, "ORDER_FILLED")
        if cancel.answered and any(f.entry.number < cancel.at for f in fills):
            yield cancel


@check("MOD-43", occurs="a filled order was cancelled")
def a_filled_order_is_not_told_cancelled(
    transcript: Transcript,
) -> Iterator[Observation]:
    for cancel in _of_filled_orders(transcript):
        yield occurred(cancel.exchange)
        status = (cancel.order or {}).get("status")
        if cancel.succeeded or status in ("CANCELLED", "PENDING_CANCEL"):
            yield finding(
                f"{cancel.story}, success {'true' if cancel.succeeded else 'false'} "
                f"and status {status}; the order had been told filled.",
                cancel.exchange,
            )


@check("MOD-44", occurs="a filled order was cancelled and shown")
def a_filled_order_stays_filled(transcript: Transcript) -> Iterator[Observation]:
    for cancel in _of_filled_orders(transcript):
        show = after(transcript, cancel)
        if show is None:
            continue
        yield occurred(cancel.exchange, show[0])
        said = told(transcript, cancel.id, "ORDER_CANCELLED")
        if show[1].get("status") != "FILLED" or said:
            yield finding(
                f"Order {cancel.id} had been told filled, was cancelled, and is shown "
                f"{show[1].get('status')}; ORDER_CANCELLED was announced {len(said)} "
                "times.",
                cancel.exchange,
                show[0],
                *(each.entry for each in said),
            )


@check("MOD-45", occurs="an order that nobody placed was cancelled")
def an_unknown_order_is_not_found(transcript: Transcript) -> Iterator[Observation]:
    for cancel in cancels(transcript, UNKNOWN):
        if cancel.answered is None:
            continue
        yield occurred(cancel.exchange)
        if cancel.answered != 404:
            yield finding(
                f"{cancel.story}; there is no such order.",
                cancel.exchange,
                cause="Is a cancel answered without a look at the orders?",
            )


@check("MOD-47", occurs="an order was shown after another was cancelled")
def no_other_order_is_touched(transcript: Transcript) -> Iterator[Observation]:
    kept = next(accepted(transcript), None)
    others = [c for c in _cancelled(transcript) if kept and c.id != kept.id]
    if kept is None or kept.id is None or not others:
        return
    for exchange, order in shown(transcript, kept.id):
        own = any(c.at < exchange.request.number for c in cancels(transcript, kept.id))
        if own or exchange.request.number < others[0].at:
            continue
        yield occurred(others[0].exchange, exchange)
        if not is_live(order):
            yield finding(
                f"Order {kept.id} rested and was not cancelled; after order "
                f"{others[0].id} was, it is shown {order.get('status')}.",
                others[0].exchange,
                exchange,
            )


@check("MOD-52", occurs="a cancel was answered with success")
def a_success_shows_a_cancelled_order(
    transcript: Transcript,
) -> Iterator[Observation]:
    for cancel in cancels(transcript):
        if not cancel.succeeded or cancel.order is None:
            continue
        status = cancel.order.get("status")
        yield occurred(cancel.exchange)
        if status not in ("CANCELLED", "PENDING_CANCEL"):
            yield finding(
                f"{cancel.story} and success true; its order is {status}.",
                cancel.exchange,
            )
