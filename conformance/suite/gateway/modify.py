"""A modification that is accepted is in effect: the order shows it, and no more."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from conformance.evidence.transcript import Transcript
from conformance.judge.changes import (
    Change,
    Shown,
    after,
    before,
    differences,
    fenced,
    modifications,
    told,
)
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import number
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import Judgement, check

NEEDS = Needs()

UNKNOWN = "no-such-order-of-conformance"


async def script(strategy: Played) -> None:
    """Modifies resting orders of four kinds, one with nothing, and one unknown."""
    await strategy.stream()
    await _trailing(strategy)
    limit = await strategy.resting(quantity="2")
    for changes in (
        {"limit_price": "0.02"},
        {"quantity": "5"},
        {"quantity": "1"},
        {"limit_price": "0.03", "quantity": "4"},
    ):
        await _modify(strategy, limit.id, **changes)
    await _modify(strategy, (await strategy.resting(quantity="2")).id)
    exits = {"stop_loss": "0.005", "take_profit": "0.05"}
    bracket = await strategy.resting(quantity="2", **exits)
    await _modify(strategy, bracket.id, stop_loss="0.004")
    await _modify(strategy, bracket.id, take_profit="0.06")
    await _stop(strategy)
    await strategy.modify(UNKNOWN, quantity="2")
    await strategy.fence()


async def _modify(strategy: Played, order_id: str, **changes: str) -> None:
    await strategy.show(order_id)
    answer = await strategy.modify(order_id, **changes)
    order: Any = answer.field("order")
    shown = order.get("id") if isinstance(order, dict) else None
    await strategy.show(shown if isinstance(shown, str) else order_id)


async def _stop(strategy: Played) -> None:
    far = (await strategy.price() * 50).quantize(Decimal("0.01"))
    order = await strategy.place(order_type="STOP", stop_price=str(far), quantity="2")
    await _modify(strategy, order.id, stop_price=str(far * 2))


async def _trailing(strategy: Played) -> None:
    answer = await strategy.submit(
        order_type="TRAILING_STOP",
        side="SELL",
        trailing_type="PERCENT",
        trailing_distance="10",
    )
    order_id = answer.field("id")
    if isinstance(order_id, str):
        await _modify(strategy, order_id, trailing_distance="20")


def _effects(transcript: Transcript, name: str) -> Iterator[tuple[Change, Shown]]:
    """The accepted modifications that name a field, and the order as shown next."""
    for change in modifications(transcript):
        show = after(transcript, change) if change.accepted else None
        if name in change.changes and show is not None:
            yield change, show


def _shows(*names: str) -> Judgement:
    """A check: what was accepted for these fields is what the order shows."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for name in names:
            for change, (exchange, order) in _effects(transcript, name):
                yield occurred(change.exchange, exchange)
                if number(order, name) != Decimal(str(change.changes[name])):
                    yield finding(
                        f"{change.story}; the order shows {name} {order.get(name)} "
                        "afterwards.",
                        change.exchange,
                        exchange,
                        cause="Is this field accepted and ignored?",
                    )

    return judged


def _shows_or_refuses(*names: str) -> Judgement:
    """A check as `_shows`, that a refusal meets too."""
    shows = _shows(*names)

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for change in modifications(transcript):
            refused = change.refused or change.answered == 501
            if refused and set(names) & set(change.changes):
                yield occurred(change.exchange)
        yield from shows(transcript)

    return judged


limit_price_is_shown = check(
    "MOD-10", occurs="a modification of a limit price was accepted"
)(_shows("limit_price"))
stop_price_is_shown = check(
    "MOD-11", occurs="a modification of a stop price was accepted"
)(_shows("stop_price"))
quantity_is_shown = check("MOD-12", occurs="a modification of a quantity was accepted")(
    _shows("quantity")
)
exits_are_shown = check("MOD-13", occurs="a modification of exits was answered")(
    _shows_or_refuses("stop_loss", "take_profit")
)
trailing_distance_is_shown = check(
    "MOD-14", occurs="a modification of a trailing distance was answered"
)(_shows_or_refuses("trailing_distance"))


@check("MOD-18", occurs="an order was shown before and after a modification")
def what_is_not_named_stays(transcript: Transcript) -> Iterator[Observation]:
    return _unchanged(transcript, named=True)


@check("MOD-26", occurs="an order was shown before and after an empty modification")
def naming_nothing_changes_nothing(transcript: Transcript) -> Iterator[Observation]:
    return _unchanged(transcript, named=False)


def _unchanged(transcript: Transcript, *, named: bool) -> Iterator[Observation]:
    """Whether all that a modification did not name is shown as it was before."""
    for change in modifications(transcript):
        first, then = before(transcript, change), after(transcript, change)
        if bool(change.changes) != named or first is None or then is None:
            continue
        if (named and not change.accepted) or _traded(first, then):
            continue
        yield occurred(first[0], change.exchange, then[0])
        moved = differences(first[1], then[1], but=change.changes)
        if moved:
            yield finding(
                f"{change.story}, and yet {moved}.", first[0], change.exchange, then[0]
            )


def _traded(first: Shown, then: Shown) -> bool:
    """Whether the order was filled meanwhile, as a trailing stop may be."""
    return first[1].get("filled_quantity") != then[1].get("filled_quantity")


@check("MOD-19", occurs="a modification in place was accepted and a fence passed")
def a_modification_is_announced_once(transcript: Transcript) -> Iterator[Observation]:
    done = [
        change
        for change in modifications(transcript)
        if change.in_place and change.at < fenced(transcript) and _is_told(change)
    ]
    for order_id in dict.fromkeys(change.id for change in done):
        mine = [change.exchange for change in done if change.id == order_id]
        said = told(transcript, order_id, "ORDER_MODIFIED")
        yield occurred(*mine)
        if len(said) != len(mine):
            yield finding(
                f"Order {order_id} was modified {len(mine)} times, each answered with "
                f"200, and ORDER_MODIFIED was announced {len(said)} times.",
                *mine,
                *(each.entry for each in said),
            )


def _is_told(change: Change) -> bool:
    """Whether it changes what only the strategy changes: a trailing stop moves too."""
    return bool(change.changes) and "trailing_distance" not in change.changes


@check("MOD-20", occurs="a modification was accepted")
def the_result_names_the_order(transcript: Transcript) -> Iterator[Observation]:
    for change in modifications(transcript):
        if not change.accepted or change.order is None:
            continue
        yield occurred(change.exchange)
        if change.id not in (change.order.get("id"), change.previous):
            yield finding(
                f"{change.story} and order {change.order.get('id')}, with "
                f"{change.previous} as the one before.",
                change.exchange,
            )


@check("MOD-22", occurs="a modification was answered with the order's own id")
def in_place_names_no_order_before(transcript: Transcript) -> Iterator[Observation]:
    for change in modifications(transcript):
        if not change.in_place:
            continue
        yield occurred(change.exchange)
        if change.previous is not None:
            yield finding(
                f"{change.story}, its own id, and {change.previous} as the one before.",
                change.exchange,
            )


@check("MOD-24", occurs="an order that nobody placed was modified")
def an_unknown_order_is_not_found(transcript: Transcript) -> Iterator[Observation]:
    for change in modifications(transcript, UNKNOWN):
        if change.answered is None:
            continue
        yield occurred(change.exchange)
        if change.answered != 404:
            yield finding(f"{change.story}; there is no such order.", change.exchange)
