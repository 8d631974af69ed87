"""Once one order of an OCO group is filled at its broker the other is cancelled."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.capabilities import claims, words
from conformance.judge.finding import (
    NotApplicable,
    Observation,
    finding,
    occurred,
)
from conformance.judge.orders_below import orders_below
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.broker_orders import (
    CHEAP,
    PRICE,
    UNSEEN,
    check_seen,
    send_followed,
)
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(seconds=40)

MEMBERS = ("filled", "left")


async def script(strategy: Played) -> None:
    """Lets two orders of a group rest, fills the first, and waits for the second."""
    venue = strategy.venue
    venue.by_hand = True
    venue.price(strategy.symbol, PRICE)
    await strategy.stream()
    await strategy.get("/v1/capabilities")
    if Ability.STREAM not in venue.can:
        strategy.note(UNSEEN, "nobody tells this Gateway of fills: its stream is fixed")
    else:
        await venue.streamed()
    group = f"{strategy.prefix}-group"
    asked = {"order_type": "LIMIT", "limit_price": CHEAP, "oco_group_id": group}
    symbol = strategy.symbol
    replies = [await send_followed(strategy, m, symbol, **asked) for m in MEMBERS]
    if Ability.STREAM not in venue.can or any(r.status != 201 for r in replies):
        return
    names = [str(reply.field("client_order_id")) for reply in replies]
    filled, left = [await venue.booked(name) for name in names]
    venue.fill(filled.id, "2", CHEAP)
    await venue.until("the cancel of the other", lambda: not left.live)


@check("EXI-30", occurs="one of two orders of a group was filled at the broker")
def the_other_is_cancelled(transcript: Transcript) -> Iterator[Observation]:
    check_seen(transcript)
    found = {each.case: each for each in orders_below(transcript)}
    if any(each.refused for each in found.values()):
        claim, told = claims(transcript)
        if claim is not None and "oco" not in words(told, "features"):
            raise NotApplicable("the Gateway claims no OCO groups, and refuses them")
        return
    filled, left = found.get("filled"), found.get("left")
    if filled is None or left is None or not filled.fills or not left.booked:
        return
    yield occurred(*filled.where, *left.where)
    if left.booked[-1].what == "accepted":
        yield finding(
            f"{filled.asked}, and so was another of the group; the broker filled the "
            "first, and at the broker the other rests.",
            *filled.where,
            *left.where,
        )
