"""A broker that takes a request and never answers holds up that one, for a while."""

import asyncio

from conformance.judge.unknown import LOST
from conformance.peers.engine.conduct import Cut, How, When
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Operation
from conformance.suite.gateway.outage_silent import (
    MEANWHILE,
    a_silence_is_not_told_rejected,
    one_silence_holds_up_no_other,
    silence_of_the_venue_ends,
)
from conformance.suite.gateway.unknown_outcome import (
    what_may_exist_is_not_sent_again,
    what_was_lost_is_found_again,
)
from conformance.suite.planned_orders import send_planned

__all__ = (
    "NEEDS",
    "a_silence_is_not_told_rejected",
    "one_silence_holds_up_no_other",
    "script",
    "silence_of_the_venue_ends",
    "what_may_exist_is_not_sent_again",
    "what_was_lost_is_found_again",
)

NEEDS = Needs(
    slow=True,
    seconds=90,
    environment={"REFERENCE_UPSTREAM_SECONDS": "1"},
)


async def script(strategy: Played) -> None:
    """An order meets silence, each time it is sent; others are asked for meanwhile."""
    await strategy.get("/v1/positions")
    limit = strategy.venue.below(strategy.symbol)
    seconds = strategy.pace.fault
    strategy.venue.always(Operation.SUBMIT, Cut(When.ACCEPTED, How.SILENCE))
    lost = {"kind": LOST}
    order = asyncio.create_task(
        send_planned(strategy, "no answer came", lost, limit=limit, seconds=seconds)
    )
    if await strategy.venue.called(Operation.SUBMIT):
        strategy.note("silence", "an order waits for the broker")
    await asyncio.gather(*(strategy.get(path, seconds=seconds) for path in MEANWHILE))
    name = await order
    strategy.venue.plainly()
    await strategy.get(f"/v1/orders?client_order_id={name}")
