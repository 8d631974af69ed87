"""What a broker filled, cancelled or let expire is what an order shows."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.at_broker import CANCELLED, Look, looks
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import number
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.broker_orders import QUANTITY, resting_at_broker
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(seconds=40)

PARTS = (("1", 0), ("0.5", 2), ("1.5", 1))
"""How much is filled at a time, and how many steps below the limit."""

STEP = Decimal("0.5")
EXACT = Decimal("1e-8")
"""An average is told with eight places at least."""


async def script(strategy: Played) -> None:
    """Fills one order, one in parts; one is cut and one expires, filled in part."""
    venue = strategy.venue
    venue.by_hand = True
    await _filled(strategy, "whole", ((QUANTITY, 1),))
    if Ability.PARTS in venue.can:
        await _filled(strategy, "parts", PARTS)
    await _ended_below(strategy, "cut", venue.cancel)
    await _ended_below(strategy, "expired", venue.expire)
    await strategy.positions()


async def _filled(
    strategy: Played, case: str, parts: Sequence[tuple[str, int]]
) -> None:
    limit = Decimal(strategy.venue.below(strategy.symbol))
    placed, broker_order = await resting_at_broker(strategy, case)
    for quantity, steps in parts:
        strategy.venue.fill(broker_order, quantity, str(limit - steps * STEP))
        await strategy.show(placed.id)


async def _ended_below(
    strategy: Played, case: str, end: Callable[[str], object]
) -> None:
    placed, broker_order = await resting_at_broker(strategy, case)
    if Ability.PARTS in strategy.venue.can:
        limit = strategy.venue.below(strategy.symbol)
        strategy.venue.fill(broker_order, "1", limit)
    end(broker_order)
    await strategy.show(placed.id)


@check("BRO-50", occurs="an order that its broker had filled in part was shown")
def an_order_shows_what_its_broker_filled(
    transcript: Transcript,
) -> Iterator[Observation]:
    for look in looks(transcript):
        if not look.fills:
            continue
        yield occurred(look.exchange, *(f.entry for f in look.fills))
        if not look.row:
            yield _finding(look, "no order")
            continue
        told = number(look.row, "filled_quantity")
        if told != look.filled:
            yield _finding(look, f"filled_quantity {look.row.get('filled_quantity')}")
        average = number(look.row, "average_fill_price")
        if average is None or abs(average - (look.average or 0)) > EXACT:
            shown = look.row.get("average_fill_price")
            yield _finding(look, f"average_fill_price {shown}")


def _finding(look: Look, what: str) -> Observation:
    return finding(
        f"Of order {look.order} the broker had filled {look.filled} at "
        f"{look.average} on average; it {look.shown}, with {what}.",
        look.exchange,
        *(f.entry for f in look.fills),
    )


@check("BRO-51", occurs="the broker cancelled an order of its own accord")
def a_cancelled_order_shows_it(transcript: Transcript) -> Iterator[Observation]:
    yield from _ended(transcript, "cut", CANCELLED)


@check("MOD-51", occurs="the broker let an order expire")
def an_expired_order_shows_it(transcript: Transcript) -> Iterator[Observation]:
    yield from _ended(transcript, "expired", ("EXPIRED",))


def _ended(
    transcript: Transcript, case: str, statuses: tuple[str, ...]
) -> Iterator[Observation]:
    for look in looks(transcript, case):
        if look.end is None:
            continue
        yield occurred(look.exchange, look.end.entry)
        if look.row.get("status") not in statuses:
            yield finding(
                f"The broker {look.end.what} order {look.order}; it {look.shown}.",
                look.exchange,
                look.end.entry,
            )
