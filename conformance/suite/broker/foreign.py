"""An order that somebody placed at the broker itself is shown like any other."""

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import rows
from conformance.judge.noted import noted
from conformance.judge.orders import asked, number
from conformance.judge.venue import Booked, booked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs()

ELSEWHERE = "elsewhere"
CASES = (("BUY", "7"), ("BUY", "11"))
"""Side and quantity; no order of ours has either quantity."""


async def script(strategy: Played) -> None:
    """One order of ours; others are placed past it, and all are looked for."""
    venue = strategy.venue
    limit = venue.below(strategy.symbol)
    await strategy.place(order_type="LIMIT", limit_price=limit, quantity="3")
    for side, quantity in CASES:
        order = venue.elsewhere(strategy.symbol, side, quantity, limit)
        facts = {"order": order.id, "side": side, "quantity": quantity, "limit": limit}
        strategy.note(ELSEWHERE, f"order {order.id} is none of ours", **facts)
    reply = await strategy.get(f"/v1/orders?symbol={quote(strategy.symbol, safe='')}")
    listed = reply.json if isinstance(reply.json, list) else []
    for _, quantity in CASES:
        for row in listed:
            if isinstance(row, dict) and row.get("quantity") == quantity:
                await strategy.show(str(row.get("id")))


@check("ORD-99", occurs="somebody placed an order at the broker; orders were listed")
def an_order_from_elsewhere_is_shown(transcript: Transcript) -> Iterator[Observation]:
    mine = {change.order: change for change in booked(transcript, "accepted")}
    for note in noted(transcript, ELSEWHERE):
        facts = note.data["facts"]
        for listed in asked(transcript, "GET", "v1", "orders"):
            if listed.request.number > note.number and listed.status == 200:
                change = mine[facts["order"]]
                yield occurred(listed, change.entry)
                yield from _judged(transcript, facts, change, listed)


def _judged(
    transcript: Transcript, facts: Json, change: Booked, listed: Exchange
) -> Iterator[Observation]:
    wanted = Decimal(str(facts["quantity"]))
    told = [row for row in rows(listed) if number(row, "quantity") == wanted]
    what = (
        f"Somebody placed a limit {facts['side']} of {facts['quantity']} at "
        f"{facts['limit']} at the broker"
    )
    if told:
        yield from _terms(what, facts, told[0], listed, change)
        yield from _shown(transcript, what, told[0].get("id"), change)
    else:
        yield finding(
            f"{what}; it is not among the {len(rows(listed))} orders that were listed.",
            listed,
            change.entry,
        )


def _terms(
    what: str, facts: Json, row: dict[str, Json], listed: Exchange, change: Booked
) -> Iterator[Observation]:
    symbol = str(change.entry.data["symbol"])
    terms = (row.get("symbol"), row.get("side"), number(row, "limit_price"))
    if terms != (symbol, facts["side"], Decimal(str(facts["limit"]))):
        yield finding(
            f"{what} for {symbol}; it is listed as a {row.get('side')} of "
            f"{row.get('symbol')!r} at {row.get('limit_price')!r}.",
            listed,
            change.entry,
        )


def _shown(
    transcript: Transcript, what: str, order: Json, change: Booked
) -> Iterator[Observation]:
    """Whether it can be asked for under the id that it is listed with."""
    for shown in asked(transcript, "GET", "v1", "orders", None):
        if shown.segments[-1] == order and shown.status not in (None, 200):
            yield finding(
                f"{what}; it is listed as {order}, and a GET of that is answered with "
                f"{shown.status}.",
                shown,
                change.entry,
            )
