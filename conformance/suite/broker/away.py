"""While the broker is away every answer says so; once it is back, all works again."""

import asyncio
from typing import Any
from urllib.parse import quote

from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.trader import segment
from conformance.peers.venues.words import Ability
from conformance.suite.broker_orders import resting_at_broker
from conformance.suite.gateway.outage import (
    ANSWER_SECONDS,
    a_kill_of_nobody_is_no_success,
    an_order_that_failed_is_not_sent_later,
    health_tells_of_the_outage,
    the_status_tells_of_the_outage,
    what_filled_meanwhile_is_shown,
    what_needs_the_venue_fails,
    what_needs_the_venue_works_again,
)

__all__ = (
    "NEEDS",
    "a_kill_of_nobody_is_no_success",
    "an_order_that_failed_is_not_sent_later",
    "health_tells_of_the_outage",
    "script",
    "the_status_tells_of_the_outage",
    "what_filled_meanwhile_is_shown",
    "what_needs_the_venue_fails",
    "what_needs_the_venue_works_again",
)

NEEDS = Needs(seconds=90)

PATIENT: dict[str, Any] = {"seconds": ANSWER_SECONDS}


async def script(strategy: Played) -> None:
    """The broker goes away under two orders, one of which fills, and comes back."""
    venue = strategy.venue
    venue.by_hand = True
    kept, _ = await resting_at_broker(strategy, "kept")
    filled, there = await resting_at_broker(strategy, "filled meanwhile")
    await strategy.get("/v1/status")
    await _leave(strategy)
    await _ask_everything(strategy, kept.id)
    for path in ("/health", "/v1/status"):
        await strategy.get(path, **PATIENT)
    venue.fill(there, "3", venue.below(strategy.symbol))
    await venue.come_back()
    # Where a breaker opened, somebody has to say that the broker is well.
    await strategy.request("POST", "/v1/circuit-breakers/reset")
    await strategy.show(filled.id)
    for path in ("orders", "positions"):
        await strategy.get(f"/v1/{path}?symbol={quote(strategy.symbol, safe='')}")
    await strategy.get("/v1/account")
    await strategy.cancel(kept.id)


async def _leave(strategy: Played) -> None:
    """The broker goes; where it streams, the Gateway may take a while to notice."""
    if Ability.STREAM not in strategy.venue.can:
        await strategy.venue.leave()
        return
    stream = await strategy.stream()
    await strategy.venue.streamed()
    since = len(stream.heard)
    await strategy.venue.leave()
    await strategy.wait(
        stream,
        "word of the outage",
        lambda heard: heard.type in {"connection", "error"},
        since=since,
    )


async def _ask_everything(strategy: Played, order: str) -> None:
    """What needs the broker, side by side: reads, an order, and the kill recipe."""
    symbol = strategy.symbol
    limit = strategy.order(
        order_type="LIMIT", limit_price=strategy.venue.below(symbol), quantity="3"
    )
    of = f"symbol={quote(symbol, safe='')}"
    reads = ("account", f"orders?{of}", f"positions?{of}", f"orders/{segment(order)}")
    # With a symbol: that none has to be named is another requirement.
    ends = (f"orders?{of}", "positions", f"orders/{segment(order)}")
    await asyncio.gather(
        *(strategy.get(f"/v1/{path}", **PATIENT) for path in reads),
        strategy.get(f"/v1/quotes/{quote(symbol, safe='')}", **PATIENT),
        *(strategy.delete(f"/v1/{path}", **PATIENT) for path in ends),
        strategy.request("POST", "/v1/orders", json=limit, **PATIENT),
    )
