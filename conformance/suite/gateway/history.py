"""The order history holds what has ended, and what its filters say."""

from collections.abc import Iterator
from urllib.parse import quote

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.listings import (
    HISTORY,
    complete,
    listings,
    obeyed,
    ours,
    wanted,
)
from conformance.judge.tellings import Telling, tellings
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.protocol.order_states import TERMINAL
from conformance.suite.check import check

NEEDS = Needs(symbols=2)

FIGURES = (
    "quantity",
    "filled_quantity",
    "remaining_quantity",
    "limit_price",
    "average_fill_price",
)


async def script(strategy: Played) -> None:
    """Ends orders of several kinds, keeps one, and asks for the ended ones."""
    stream = await strategy.stream()
    one, other = strategy.symbols
    group = f"{strategy.prefix}-h"
    live = await strategy.resting(symbol=one)
    ended = [
        await strategy.resting(symbol=one),
        await strategy.resting(symbol=one, oco_group_id=group),
        await strategy.resting(symbol=other),
    ]
    for order in ended:
        await strategy.cancel(order.id)
        await strategy.announced(stream, order.id, "ORDER_CANCELLED")
    ended.append(await strategy.bought(stream, "2", symbol=one))
    ended.append(await strategy.bought(stream, "1", symbol=one, side="SELL"))
    shown = [await strategy.show(order.id) for order in ended]
    times = [quote(str(reply.field("created_at")), safe="") for reply in shown]
    for query in _queries(one, group, ended[0], times[1]):
        await strategy.get(f"/v1/orders/history{query}")
    for order in (live, *ended):
        await strategy.show(order.id)


def _queries(symbol: str, group: str, order: Placed, time: str) -> tuple[str, ...]:
    first = f"?symbol={quote(symbol, safe='')}"
    return (
        "",
        first,
        f"{first}&status=FILLED",
        f"{first}&status=CANCELLED",
        f"{first}&side=BUY",
        f"{first}&side=SELL",
        f"{first}&client_order_id={quote(order.client_id, safe='')}",
        f"{first}&oco_group_id={quote(group, safe='')}",
        f"{first}&since={time}",
        f"{first}&until={time}",
        f"{first}&limit=1",
        f"{first}&limit=0",
    )


@check("ORD-62", occurs="orders of ours had ended before the history was listed")
def the_history_is_what_has_ended(transcript: Transcript) -> Iterator[Observation]:
    orders = ours(transcript)
    for listing in listings(transcript, HISTORY):
        must = wanted(listing, orders)
        if not listing.answered or set(listing.filters) - {"symbol"} or not must:
            continue
        yield from complete(listing, must)
        live = {each.id for each in orders if each.live(listing.exchange)}
        if found := sorted(live & listing.ids):
            yield finding(
                f"GET {listing.exchange.target} listed {found[0]}, which is live.",
                listing.exchange,
            )


FILTERS = ("status", "side", "client_order_id", "oco_group_id", "since", "until")


@check("ORD-63", occurs="orders that had ended were listed with a filter")
def the_history_obeys_its_filters(transcript: Transcript) -> Iterator[Observation]:
    for name in FILTERS:
        yield from obeyed(transcript, HISTORY, name, "symbol")
    for listing in listings(transcript, HISTORY):
        if not listing.answered or "limit" not in listing.filters:
            continue
        yield occurred(listing.exchange)
        if len(listing.rows) > int(listing.one("limit") or 0):
            yield finding(
                f"{len(listing.rows)} orders were listed; the limit was "
                f"{listing.one('limit')}.",
                listing.exchange,
            )


@check("ORD-64", occurs="an order that had ended was listed, and asked for by its id")
def lists_and_single_orders_agree(transcript: Transcript) -> Iterator[Observation]:
    for order_id, told in tellings(transcript).items():
        ended = [t for t in told if not t.channel and t.status in TERMINAL]
        single = [t for t in ended if not _in_a_list(t)]
        for row in (t for t in ended if single and _in_a_list(t)):
            yield occurred(single[0].where, row.where)
            differ = [n for n in FIGURES if row.number(n) != single[0].number(n)]
            if differ or row.status is not single[0].status:
                yield finding(
                    f"A list tells {order_id} as {_shown(row, differ)}; asked for by "
                    f"its id it is {_shown(single[0], differ)}.",
                    row.where,
                    single[0].where,
                )


def _in_a_list(telling: Telling) -> bool:
    return isinstance(telling.where, Exchange) and isinstance(telling.where.body, list)


def _shown(telling: Telling, names: list[str]) -> str:
    figures = [f"{name} {telling.number(name)}" for name in names]
    return " ".join((str(telling.status), *figures))
