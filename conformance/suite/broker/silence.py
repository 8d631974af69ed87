"""A broker that takes a request and never answers holds up that one, for a while."""

import asyncio
from typing import Any

from conformance.judge.unknown import LOST
from conformance.judge.venue_answers import PLANNED
from conformance.peers.engine.conduct import Cut, How, When
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Operation
from conformance.suite.gateway.outage_silent import (
    MEANWHILE,
    PATIENCE,
    a_silence_is_not_told_rejected,
    one_silence_holds_up_no_other,
    silence_of_the_venue_ends,
)
from conformance.suite.gateway.unknown_outcome import (
    what_may_exist_is_not_sent_again,
    what_was_lost_is_found_again,
)

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
    body = strategy.order(order_type="LIMIT", limit_price=limit, quantity="3")
    name = str(body["client_order_id"])
    facts = {"case": "no answer came", "client_id": name}
    strategy.note(PLANNED, "the next order is not answered", kind=LOST, **facts)
    strategy.venue.always(Operation.SUBMIT, Cut(When.ACCEPTED, How.SILENCE))
    patient: dict[str, Any] = {"seconds": strategy.pace.patience * PATIENCE}
    order = asyncio.create_task(
        strategy.request("POST", "/v1/orders", json=body, **patient)
    )
    if await strategy.venue.called(Operation.SUBMIT):
        strategy.note("silence", "an order waits for the broker")
    await asyncio.gather(*(strategy.get(path, **patient) for path in MEANWHILE))
    await order
    strategy.venue.plainly()
    await strategy.get(f"/v1/orders?client_order_id={name}")
