"""A Gateway sends its broker no more orders in a second than it says may be sent."""

import asyncio
from collections.abc import Iterator

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import (
    NotApplicable,
    NotVerified,
    Observation,
    finding,
    occurred,
)
from conformance.judge.orders import asked, submitted
from conformance.judge.venue import calls
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(own=True, seconds=30)

BEYOND = 5
"""So many orders more than are claimed are sent at once."""

MOST = 60
"""A greater claim is not tried: what a burst takes would be measured, not the limit."""

SECOND = 0.9
"""Clocks and sleeps are not finer than this."""


async def script(strategy: Played) -> None:
    """Sends more orders at once than it is told may be sent in a second."""
    reply = await strategy.get("/v1/capabilities")
    claimed = _claimed(reply.json)
    if claimed is None or claimed > MOST:
        return
    limit = strategy.venue.below(strategy.symbol)
    await asyncio.gather(
        *(
            strategy.submit(order_type="LIMIT", limit_price=limit)
            for _ in range(claimed + BEYOND)
        )
    )


def _claimed(body: Json) -> int | None:
    limits = body.get("rate_limits") if isinstance(body, dict) else None
    found = limits.get("orders_per_second") if isinstance(limits, dict) else None
    return found if isinstance(found, int) and found > 0 else None


@check("OPE-34", occurs="more orders were sent at once than are claimed for a second")
def the_claim_is_kept(transcript: Transcript) -> Iterator[Observation]:
    told = [e for e in asked(transcript, "GET", "v1", "capabilities") if e.body]
    claimed = _claimed(told[0].body) if told else None
    if claimed is None:
        raise NotApplicable("the Gateway claims no number of orders per second")
    if claimed > MOST:
        raise NotVerified(f"it claims {claimed} orders per second, too many to send")
    sent = [call for call in calls(transcript) if call.submits]
    wanted = {o.client_id: o.exchange.request for o in submitted(transcript)}
    if len(wanted) <= claimed:
        return
    yield occurred(told[0], *(call.asked for call in sent[-1:]))
    for first, last in zip(sent, sent[claimed:], strict=False):
        # An order may be long under way: it was not sent before it was asked for.
        apart = last.asked.at - wanted.get(first.client_id, first.asked).at
        if apart < SECOND:
            yield finding(
                f"{claimed} orders per second are claimed; the Gateway sent its broker "
                f"{claimed + 1} within {apart:.2f} s.",
                told[0],
                first.asked,
                last.asked,
            )
            return
