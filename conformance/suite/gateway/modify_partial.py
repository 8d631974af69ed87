"""A partly filled order keeps what was filled, whatever is asked of it next."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.changes import (
    Change,
    after,
    cancels,
    filled,
    modifications,
    told,
)
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(environment={"MOCK_PARTIAL_FILL_RATIO": "0.4"})

FILLS = ("ORDER_PARTIALLY_FILLED", "ORDER_FILLED")


async def script(strategy: Played) -> None:
    """Between two fills: cuts one order below what is filled, and cancels another."""
    stream = await strategy.stream()
    cut = await strategy.place(quantity="10")
    await strategy.announced(stream, cut.id, *FILLS)
    await strategy.modify(cut.id, quantity="3")
    ended = await strategy.place(quantity="10")
    await strategy.announced(stream, ended.id, *FILLS)
    await strategy.cancel(ended.id)
    later = await strategy.place(quantity="10")
    for order in (cut, later):
        await strategy.announced(stream, order.id, "ORDER_FILLED")
    for order in (cut, ended):
        await strategy.show(order.id)
    await strategy.fence()


def _told_filled(transcript: Transcript, change: Change) -> Decimal:
    """How much of the order had been told filled before it was to be changed."""
    fills = told(transcript, change.id, *FILLS)
    known = [filled(f.order) for f in fills if f.entry.number < change.at]
    return max(known, default=Decimal(0))


@check("MOD-17", occurs="a partly filled order was to be cut below what was filled")
def a_cut_below_the_fills_is_refused(transcript: Transcript) -> Iterator[Observation]:
    for change in modifications(transcript):
        wanted = Decimal(str(change.changes.get("quantity", "0")))
        had = _told_filled(transcript, change)
        if change.answered is None or wanted >= had:
            continue
        yield occurred(change.exchange)
        if change.exchange.status == 200:
            shown = (change.order or {}).get("quantity")
            yield finding(
                f"{change.story} and quantity {shown}, after {had} had been told "
                "filled.",
                change.exchange,
            )


@check("MOD-70", occurs="an order was cancelled between two fills, and another filled")
def a_cancel_between_fills_is_final(transcript: Transcript) -> Iterator[Observation]:
    for cancel in cancels(transcript):
        had, show = _told_filled(transcript, cancel), after(transcript, cancel)
        if not cancel.succeeded or not had or show is None:
            continue
        if not _another_filled(transcript, cancel):
            continue
        then, status = filled(show[1]), show[1].get("status")
        yield occurred(cancel.exchange, show[0])
        if status != "CANCELLED" or then < had or then > _told_in(cancel, then):
            yield finding(
                f"{cancel.story} and {(cancel.order or {}).get('status')} after {had} "
                f"had been told filled; it is shown {status} with {then} filled.",
                cancel.exchange,
                show[0],
            )


def _told_in(cancel: Change, otherwise: Decimal) -> Decimal:
    """How much was filled when the cancel was answered, if that was the end."""
    order = cancel.order or {}
    return filled(order) if order.get("status") == "CANCELLED" else otherwise


def _another_filled(transcript: Transcript, cancel: Change) -> bool:
    later = (
        order
        for order in accepted(transcript)
        if order.exchange.request.number > cancel.at
    )
    return any(told(transcript, str(order.id), "ORDER_FILLED") for order in later)
