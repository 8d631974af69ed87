"""A modification that cannot be is refused, and leaves no trace."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.transcript import Transcript
from conformance.judge.changes import (
    Change,
    after,
    before,
    differences,
    fenced,
    modifications,
    told,
)
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, number
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.protocol.order_states import TERMINAL
from conformance.suite.check import check

NEEDS = Needs(seconds=30)

WORTHLESS = ("0", "-1")
EXITS: Mapping[str, str] = {"stop_loss": "0.005", "take_profit": "0.05"}
PRICES = ("limit_price", "stop_price", *EXITS)


async def script(strategy: Played) -> None:
    """Modifies ended orders, and live ones to values that no order can have."""
    stream = await strategy.stream()
    cancelled = await strategy.resting(quantity="2")
    bought = await strategy.bought(stream, "2")
    await strategy.cancel(cancelled.id)
    await strategy.announced(stream, cancelled.id, "ORDER_CANCELLED")
    await _modify(strategy, cancelled, quantity="3", limit_price="0.02")
    await _modify(strategy, bought, quantity="3")
    for value in WORTHLESS:
        resting = await strategy.resting(quantity="2")
        await _modify(strategy, resting, quantity=value)
        priced = await strategy.resting(quantity="2")
        await _modify(strategy, priced, limit_price=value)
        await _modify(strategy, await _stop(strategy), stop_price=value)
        for name in EXITS:
            bracket = await strategy.resting(quantity="2", **EXITS)
            await _modify(strategy, bracket, **{name: value})
    await strategy.fence()


async def _stop(strategy: Played) -> Placed:
    far = (await strategy.price() * 50).quantize(Decimal("0.01"))
    return await strategy.place(order_type="STOP", stop_price=str(far), quantity="2")


async def _modify(strategy: Played, order: Placed, **changes: str) -> None:
    path = f"/v1/orders/{quote(order.id, safe='')}"
    await strategy.show(order.id)
    await strategy.request("PATCH", path, json=changes, deliberate=True)
    await strategy.show(order.id)


def _had_ended(transcript: Transcript, change: Change) -> str | None:
    """How the order was shown to have ended before it was to be modified."""
    show = before(transcript, change)
    status = None if show is None else show[1].get("status")
    return str(status) if str(status) in TERMINAL else None


@check("MOD-23", occurs="an order that had ended was modified")
def an_ended_order_is_refused(transcript: Transcript) -> Iterator[Observation]:
    for change in modifications(transcript):
        status = _had_ended(transcript, change)
        if status is None or change.answered is None:
            continue
        yield occurred(change.exchange)
        if change.answered != 409:
            yield finding(
                f"{change.story}; the order was {status}.",
                change.exchange,
                key=f"modified-{status}",
            )


@check("MOD-25", occurs="an order was shown before and after a refused modification")
def a_refusal_leaves_no_trace(transcript: Transcript) -> Iterator[Observation]:
    for change in modifications(transcript):
        first, then = before(transcript, change), after(transcript, change)
        if not change.refused or first is None or then is None:
            continue
        said = told(transcript, change.id, "ORDER_MODIFIED")
        if change.at < fenced(transcript):
            yield occurred(first[0], change.exchange, then[0])
        moved = differences(first[1], then[1], but={})
        if moved or said:
            yield finding(
                f"{change.story}; {moved or 'nothing changed'}, and ORDER_MODIFIED was "
                f"announced {len(said)} times.",
                first[0],
                change.exchange,
                then[0],
                *(each.entry for each in said),
            )


def _worthless(transcript: Transcript, *names: str) -> Iterator[tuple[Change, str]]:
    """The modifications of live orders to zero or less, and what they name."""
    live = {order.id for order in accepted(transcript)}
    for change in modifications(transcript):
        judged = change.answered is not None and change.id in live
        for name in names:
            value = number(dict(change.changes), name)
            if judged and value is not None and value <= 0:
                yield change, name


@check("MOD-27", occurs="an order was to be modified to a quantity of zero or less")
def no_quantity_is_refused(transcript: Transcript) -> Iterator[Observation]:
    for change, name in _worthless(transcript, "quantity"):
        yield from _must_refuse(change, name)


@check("MOD-28", occurs="an order was to be modified to a price of zero or less")
def no_price_is_refused(transcript: Transcript) -> Iterator[Observation]:
    for change, name in _worthless(transcript, *PRICES):
        yield from _must_refuse(change, name)


def _must_refuse(change: Change, name: str) -> Iterator[Observation]:
    yield occurred(change.exchange)
    if change.exchange.status == 200:
        shown = (change.order or {}).get(name)
        yield finding(
            f"{change.story} and {name} {shown}.",
            change.exchange,
            cause="Are a modification's values not validated?",
            key=f"worthless-{name}",
        )
