"""A breaker is of outages only; what ends orders and positions passes; it is told."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.judge.venue import Booked, booked_during, calls, calls_during
from conformance.judge.venue_answers import answered
from conformance.peers.engine.conduct import Status
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import CLOSING, Operation
from conformance.suite.broker_orders import position_shown, resting_at_broker, traded
from conformance.suite.check import check
from conformance.suite.exit_steps import position_path
from conformance.suite.planned_orders import send_planned

NEEDS = Needs(start=False, symbols=2, seconds=60)

REFUSALS, OUTAGES = 8, 6
"""More than a breaker should count of what is no outage, and of what is one."""

REFUSED, FAILED = "after refusals", "after outages"
MET = {REFUSED: range(200, 500), FAILED: range(500, 600)}
"""What the broker had answered by then; some refuse with a success."""

OUTAGE = Status(503, '{"message":"under maintenance"}')
ENDING = (Operation.CANCEL, Operation.CANCEL_ALL, *CLOSING)


async def script(strategy: Played) -> None:
    """Refuses many orders, fails many, and looks each time what is still done."""
    await strategy.start()
    await _all_met(strategy, strategy.venue.refusals[0].answer, REFUSALS)
    await _next(strategy, REFUSED)
    await strategy.start()
    await traded(strategy, strategy.symbols[1], "5")
    held = await position_shown(strategy, strategy.symbols[1])
    resting, _ = await resting_at_broker(strategy, "to be cancelled")
    await _all_met(strategy, OUTAGE, OUTAGES)
    await _next(strategy, FAILED)
    await strategy.get("/v1/circuit-breakers")
    await strategy.cancel(resting.id)
    await strategy.request("DELETE", position_path(held), json={})


async def _all_met(strategy: Played, conduct: Status, count: int) -> None:
    strategy.venue.always(Operation.SUBMIT, conduct)
    for _ in range(count):
        limit = strategy.venue.below(strategy.symbol)
        await strategy.submit(order_type="LIMIT", limit_price=limit)
    strategy.venue.plainly()


async def _next(strategy: Played, case: str) -> None:
    """The broker is well: what is not sent on now, a breaker keeps back."""
    limit = strategy.venue.below(strategy.symbol)
    await send_planned(strategy, case, {}, limit=limit)


def _kept_back(transcript: Transcript, case: str) -> Iterator[tuple[Exchange, bool]]:
    """The order that was sent to a broker that was well, and whether it was kept."""
    for each in answered(transcript, case):
        if not _met(transcript, each.exchange, MET[case]):
            continue
        sent = calls_during(transcript, each.exchange, Operation.SUBMIT)
        yield each.exchange, not sent


def _met(transcript: Transcript, order: Exchange, statuses: range) -> int:
    """How many orders the broker had answered so before: else nobody counts any."""
    return sum(
        call.submits and call.status in statuses
        for call in calls(transcript)
        if call.asked.number < order.request.number
    )


@check("BRO-58", occurs="the broker refused many orders, and was well")
def refusals_open_no_breaker(transcript: Transcript) -> Iterator[Observation]:
    for order, kept in _kept_back(transcript, REFUSED):
        yield occurred(order)
        if kept:
            met = _met(transcript, order, MET[REFUSED])
            yield finding(
                f"The broker refused {met} orders and was well; a later one was "
                f"answered with {order.status} {order.body}, and never sent to it.",
                order,
                cause="Are refusals counted as outages?",
            )


@check("OPE-44", occurs="a breaker kept an order from a broker that was well")
def a_breaker_lets_ends_pass(transcript: Transcript) -> Iterator[Observation]:
    for order, kept in _kept_back(transcript, FAILED):
        if not kept:
            continue
        yield occurred(order)
        yield from _told_open(transcript, order)
        for what in ("orders", "positions"):
            yield from _passes(transcript, order, what)


def _told_open(transcript: Transcript, order: Exchange) -> Iterator[Observation]:
    for look in asked(transcript, "GET", "v1", "circuit-breakers"):
        later = look.request.number > order.request.number
        if later and look.status is not None and "open" not in str(look.body).lower():
            yield finding(
                f"The breaker kept an order back ({order.status} {order.body}); its "
                f"state was told as {look.status} {look.body}.",
                order,
                look,
            )


def _passes(
    transcript: Transcript, order: Exchange, what: str
) -> Iterator[Observation]:
    """What ends an order or a position has to come to the broker."""
    for end in asked(transcript, "DELETE", "v1", what, None):
        if end.request.number < order.request.number or end.status is None:
            continue
        if not calls_during(transcript, end, *ENDING):
            yield finding(
                f"The breaker was open and the broker well; DELETE {end.target} was "
                f"answered with {end.status} {end.body}, and never sent on.",
                order,
                end,
                cause="Does the breaker keep back what would reduce the risk too?",
            )
            continue
        done = list(booked_during(transcript, end, "cancelled", "filled"))
        if done and end.status >= 400:
            yield _told_failed(order, end, done[-1])


def _told_failed(order: Exchange, end: Exchange, done: Booked) -> Observation:
    return finding(
        f"The breaker was open; of DELETE {end.target} the broker {done.what} order "
        f"{done.order}, and it was answered with {end.status} {end.body}.",
        order,
        end,
        done.entry,
    )
