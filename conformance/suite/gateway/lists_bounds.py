"""A list of orders ends where its times and its limit say."""

from collections.abc import Iterator
from urllib.parse import quote

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.listings import OPEN, listings, obeyed, ours, wanted
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(symbols=1)

MANY = 4
LIMITS = (0, 1, 2)
HUGE = 2**31 - 1
"""The greatest limit that a 32-bit integer holds."""


async def script(strategy: Played) -> None:
    """Lists a few resting orders from, to and around the second, and some of them."""
    orders = [await strategy.resting() for _ in range(MANY)]
    shown = [await strategy.show(order.id) for order in orders]
    path = f"/v1/orders?symbol={quote(strategy.symbol, safe='')}"
    times = [quote(str(reply.field("created_at")), safe="") for reply in shown]
    await strategy.get(f"{path}&since={times[1]}")
    await strategy.get(f"{path}&until={times[2]}")
    await strategy.get(f"{path}&since={times[0]}&until={times[3]}")
    await strategy.get(path)
    for limit in (*LIMITS, HUGE):
        await strategy.get(f"{path}&limit={limit}")
    for order in orders:
        await strategy.show(order.id)


@check("ORD-58", occurs="orders since the time of one of ours were listed")
def orders_since_a_time(transcript: Transcript) -> Iterator[Observation]:
    yield from obeyed(transcript, OPEN, "since", "symbol", "until")


@check("ORD-59", occurs="orders until the time of one of ours were listed")
def orders_until_a_time(transcript: Transcript) -> Iterator[Observation]:
    yield from obeyed(transcript, OPEN, "until", "symbol", "since")


@check("ORD-60", occurs="fewer orders were asked for than there are")
def no_more_orders_than_asked_for(transcript: Transcript) -> Iterator[Observation]:
    for listing in listings(transcript, OPEN):
        limit = int(listing.one("limit") or HUGE)
        live = [each for each in ours(transcript) if each.live(listing.exchange)]
        if not listing.answered or limit >= len(live):
            continue
        yield occurred(listing.exchange)
        if len(listing.rows) > limit:
            yield finding(
                f"{len(listing.rows)} orders were listed; the limit was {limit}.",
                listing.exchange,
            )


@check("ORD-61", occurs="orders were listed with a huge limit")
def a_huge_limit_is_no_harm(transcript: Transcript) -> Iterator[Observation]:
    for listing in listings(transcript, OPEN):
        exchange = listing.exchange
        if int(listing.one("limit") or 0) < HUGE:
            continue
        if not (listing.answered or listing.refused):
            continue
        yield occurred(exchange)
        must = wanted(listing, ours(transcript))
        missing = sorted(must - listing.ids)
        if exchange.status != 400 and (missing or not listing.answered):
            yield finding(
                f"With the limit {HUGE}, {exchange.status} was answered, and of "
                f"{len(must)} orders {len(missing)} were missing.",
                exchange,
            )
