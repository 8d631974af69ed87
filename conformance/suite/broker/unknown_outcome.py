"""An order whose answer from the broker was lost exists once, and is found again.

Each case has a Gateway of its own: what one fault leaves behind, a breaker that opened
say, changes no other case.
"""

from collections.abc import Mapping

from conformance.judge.unknown import FAULT, LOST
from conformance.peers.engine.conduct import Conduct, Cut, Drip, How, Status, When
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Operation
from conformance.suite.gateway.unknown_outcome import (
    a_fault_is_told_as_the_providers,
    what_may_exist_is_not_sent_again,
    what_may_exist_is_not_told_rejected,
    what_was_lost_is_found_again,
)
from conformance.suite.planned_orders import send_planned

__all__ = (
    "NEEDS",
    "a_fault_is_told_as_the_providers",
    "script",
    "what_may_exist_is_not_sent_again",
    "what_may_exist_is_not_told_rejected",
    "what_was_lost_is_found_again",
)

NEEDS = Needs(start=False, seconds=60)

UNKNOWN: Mapping[str, Conduct] = {
    "the connection was reset once it was booked": Cut(When.ACCEPTED, How.RST),
    "the connection was closed once it was booked": Cut(When.ACCEPTED, How.FIN),
    "the connection broke in mid-answer": Cut(When.ANSWERED, How.RST),
    "it was booked and answered 500": Status(500, "{}", booked=True),
    "it was booked and answered 502": Status(502, "<html>bad gateway", booked=True),
    "it was booked and answered 504": Status(504, "", booked=True),
    "it was booked and answered with broken JSON": Status(201, '{"id":"', booked=True),
    "its answer came late, and in pieces": Drip(),
}
FAULTS: Mapping[str, Conduct] = {
    "it was answered 500": Status(500, "{}"),
    "it was answered 503": Status(503, "{}"),
}


async def script(strategy: Played) -> None:
    """Loses the answer to an order, once and each time it is sent, in many ways."""
    for case, conduct in UNKNOWN.items():
        await _lost(strategy, case, conduct, every=False)
        await _lost(strategy, f"{case}, each time it was sent", conduct, every=True)
    for case, conduct in FAULTS.items():
        await strategy.start()
        strategy.venue.always(Operation.SUBMIT, conduct)
        await _planned(strategy, case, FAULT)
        strategy.venue.plainly()


async def _lost(strategy: Played, case: str, conduct: Conduct, *, every: bool) -> None:
    await strategy.start()
    plan = strategy.venue.always if every else strategy.venue.next
    plan(Operation.SUBMIT, conduct)
    name = await _planned(strategy, case, LOST)
    strategy.venue.plainly()
    await strategy.venue.booked(name)
    await strategy.get(f"/v1/orders?client_order_id={name}")


async def _planned(strategy: Played, case: str, kind: str) -> str:
    limit = strategy.venue.below(strategy.symbol)
    return await send_planned(strategy, case, {"kind": kind}, limit=limit)
