"""A list of open orders holds what its filters say, all of it and no more."""

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.listings import (
    OPEN,
    complete,
    listings,
    obeyed,
    ours,
    refused,
    wanted,
)
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(symbols=3)

FAR_ABOVE = 3
"""So many times the price: nobody buys there, a sell rests."""


async def script(strategy: Played) -> None:
    """Has orders of several kinds, then asks for parts of them."""
    stream = await strategy.stream()
    one, other, never = strategy.symbols
    group = f"{strategy.prefix}-g"
    price = await strategy.price(one)
    above = str((price * FAR_ABOVE).quantize(Decimal("0.01")))
    live = [
        await strategy.resting(symbol=one),
        await strategy.resting(symbol=one, side="SELL", limit_price=above),
        await strategy.resting(symbol=one, oco_group_id=group),
        await strategy.resting(symbol=one, oco_group_id=group),
        await strategy.resting(symbol=other),
    ]
    ended = await strategy.resting(symbol=one)
    await strategy.cancel(ended.id)
    await strategy.announced(stream, ended.id, "ORDER_CANCELLED")
    await strategy.bought(stream, "1", symbol=one)
    for order in live:
        await strategy.show(order.id)
    for query in queries(one, other, never, group):
        await strategy.get(f"/v1/orders{query}")
    for order in live:
        await strategy.show(order.id)


def queries(one: str, other: str, never: str, group: str) -> tuple[str, ...]:
    """What is asked for: each filter alone, and beside a symbol."""
    first = f"?symbol={quote(one, safe='')}"
    return (
        "",
        first,
        f"?symbol={quote(other, safe='')}",
        f"{first}&status=OPEN",
        f"{first}&status=CANCELLED",
        f"{first}&status=FILLED",
        f"{first}&status=OPEN,CANCELLED",
        f"{first}&status=OPEN&status=CANCELLED",
        f"{first}&side=BUY",
        f"{first}&side=SELL",
        f"?oco_group_id={quote(group, safe='')}",
        f"{first}&status=EXPIRED",
        f"?client_order_id={quote(group, safe='')}-nobody",
        f"?oco_group_id={quote(group, safe='')}-nobody",
        f"?symbol={quote(never, safe='')}",
    )


@check("ORD-50", occurs="orders of ours were live while all orders were listed")
def every_live_order_is_listed(transcript: Transcript) -> Iterator[Observation]:
    for listing in listings(transcript, OPEN):
        must = wanted(listing, ours(transcript))
        if listing.answered and not listing.filters and must:
            yield from complete(listing, must)


@check("ORD-51", occurs="orders of ours had ended before open orders were listed")
def no_ended_order_is_listed_as_open(
    transcript: Transcript,
) -> Iterator[Observation]:
    for listing in listings(transcript, OPEN):
        if not listing.answered or "status" in listing.filters:
            continue
        exchange = listing.exchange
        ended = {
            each.id: each.status(exchange)
            for each in ours(transcript)
            if each.ended(exchange) and listing.wants(each.order.fields, each.created)
        }
        if ended:
            yield occurred(exchange)
        if found := sorted(set(ended) & listing.ids):
            yield finding(
                f"GET {exchange.target} listed {found[0]}, which was told "
                f"{ended[found[0]]} before ({len(found)} such orders).",
                exchange,
                cause="Does the list of open orders hold ended ones?",
                key="ended orders in the list of open ones",
            )


@check("ORD-52", occurs="orders of one symbol were listed")
def orders_of_a_symbol(transcript: Transcript) -> Iterator[Observation]:
    yield from obeyed(transcript, OPEN, "symbol")


@check("ORD-53", occurs="orders of one status were listed")
def orders_of_a_status(transcript: Transcript) -> Iterator[Observation]:
    yield from obeyed(transcript, OPEN, "status", "symbol")


@check("ORD-56", occurs="orders of one side were listed")
def orders_of_a_side(transcript: Transcript) -> Iterator[Observation]:
    yield from obeyed(transcript, OPEN, "side", "symbol")


@check("ORD-57", occurs="orders of one OCO group were listed")
def orders_of_a_group(transcript: Transcript) -> Iterator[Observation]:
    yield from obeyed(transcript, OPEN, "oco_group_id")


@check("ORD-54", occurs="orders of several statuses, with commas, were listed")
def statuses_with_commas(transcript: Transcript) -> Iterator[Observation]:
    yield from _several(transcript, repeated=False)


@check("ORD-55", occurs="orders of several statuses, repeated, were listed")
def statuses_repeated(transcript: Transcript) -> Iterator[Observation]:
    yield from _several(transcript, repeated=True)


def _several(transcript: Transcript, *, repeated: bool) -> Iterator[Observation]:
    """A list of several statuses holds what the lists of each of them hold."""
    orders = ours(transcript)
    singles = {
        tuple(listing.statuses): listing.ids
        for listing in listings(transcript, OPEN)
        if len(listing.statuses) == 1 and listing.answered and listing.whole
    }
    for listing in listings(transcript, OPEN):
        if len(listing.statuses) < 2:
            continue
        if (len(listing.filters["status"]) > 1) != repeated:
            continue
        found = [singles.get((status,), frozenset()) for status in listing.statuses]
        known = {each.id for each in orders if each.status(listing.exchange)}
        must = frozenset(known & frozenset().union(*found)) | wanted(listing, orders)
        if listing.refused:
            yield from refused(listing)
        elif listing.answered:
            yield from complete(listing, must)


@check("ORD-65", occurs="orders were listed by a filter that none of them meets")
def no_order_meets_it(transcript: Transcript) -> Iterator[Observation]:
    never = transcript.header.symbols[-1]
    for listing in listings(transcript, OPEN):
        nobody = any(value.endswith("-nobody") for _, value in listing.exchange.query)
        expired = listing.statuses == {"EXPIRED"}
        if not (nobody or expired or listing.one("symbol") == never):
            continue
        if not (listing.answered or listing.refused):
            continue
        yield occurred(listing.exchange)
        if not listing.answered or listing.rows:
            yield finding(
                f"GET {listing.exchange.target}, which no order meets, was answered "
                f"with {listing.exchange.status} and {len(listing.rows)} orders.",
                listing.exchange,
            )
