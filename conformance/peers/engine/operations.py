"""What the Engine's REST answers out of its books; one function an operation."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Refuse
from conformance.peers.engine.desk import Desk
from conformance.peers.engine.rendering import (
    STATUS,
    account_json,
    bar_json,
    milliseconds,
    order_json,
    position_json,
    trade_json,
)
from conformance.peers.upstream import Answered
from conformance.protocol.money import text_of
from conformance.protocol.words import TIMEFRAMES
from conformance.spec.engine_contract import segments

HALF_SPREAD = Decimal("0.01")
MOST_BARS = 1000


def answer(desk: Desk, method: str, target: str, body: str | None) -> Answered:
    """What a well-behaved Engine answers to a request that its description allows."""
    parts = segments(target)
    query = dict(parse_qsl(urlsplit(target).query))
    if parts[0] == "health":
        return Answered(200, {"status": "ok"})
    name = parts[2]
    if name == "orders" and len(parts) == 4:
        return _one_order(desk, method, parts[3])
    if name == "orders" and method == "POST":
        return _submit(desk, json.loads(body or ""))
    if name == "orders" and method == "DELETE":
        return _cancel_all(desk, query)
    if name in {"quote", "bars"} and query["symbol"] in desk.unknown_symbols:
        return _not_found(f"symbol not found: {query['symbol']}")
    return Answered(200, _read(desk, name, query))


def _submit(desk: Desk, asked: Mapping[str, Json]) -> Answered:
    taken = desk.submit(asked)
    if isinstance(taken, Refuse):
        return Answered(taken.status, taken.body)
    handle = {
        "id": taken.id,
        "client_order_id": taken.terms.client_order_id,
        "status": STATUS[taken.status],
    }
    return Answered(201, handle, lambda: desk.begin(taken))


def _one_order(desk: Desk, method: str, order_id: str) -> Answered:
    order = desk.books.orders.get(order_id)
    if order is None:
        return _not_found(f"order not found: {order_id}")
    if method == "DELETE" and not desk.withdraw(order):
        state = "stuck" if order.live else STATUS[order.status]
        refusal = Refuse(f"the order is {state}", "ORDER_NOT_OPEN", 409)
        return Answered(refusal.status, refusal.body)
    return Answered(200, order_json(order, desk.reasons.get(order.id)))


def _cancel_all(desk: Desk, query: Mapping[str, str]) -> Answered:
    found = [desk.withdraw(order) for order in desk.live(query.get("symbol"))]
    done = sum(found)
    counts = {"cancelled_count": done, "failed_count": len(found) - done}
    return Answered(200, counts)


def _read(desk: Desk, name: str, query: Mapping[str, str]) -> Json:
    symbol = query.get("symbol")
    books = desk.books
    if name == "account":
        return account_json(books, desk.prices)
    if name == "orders":
        return {"orders": _orders(desk, symbol, query.get("status"))}
    if name == "quote":
        return _quote(desk, query["symbol"])
    if name == "trades":
        wanted = query.get("order_id")
        rows = [
            trade_json(t)
            for t in books.trades
            if symbol in (None, t.symbol) and wanted in (None, t.order_id)
        ]
        return {"trades": rows}
    if name == "positions":
        held = [p for p in books.open_positions() if symbol in (None, p.symbol)]
        return {"positions": [position_json(p, desk.prices[p.symbol]) for p in held]}
    return {"bars": _bars(desk, query)}


def _quote(desk: Desk, symbol: str) -> Json:
    price = desk.prices[symbol]
    return {
        "symbol": symbol,
        "bid": text_of(price - HALF_SPREAD),
        "ask": text_of(price + HALF_SPREAD),
        "timestamp": milliseconds(datetime.now(UTC)),
    }


def _orders(desk: Desk, symbol: str | None, status: str | None) -> list[Json]:
    wanted = None if status is None else {s.lower() for s in status.split(",")}
    rows = (order_json(o, desk.reasons.get(o.id)) for o in desk.books.orders.values())
    return [
        row
        for row in rows
        if symbol in (None, row["symbol"]) and (not wanted or row["status"] in wanted)
    ]


def _bars(desk: Desk, query: Mapping[str, str]) -> list[Json]:
    """The newest bars of a flat market, oldest first."""
    seconds = TIMEFRAMES[query["timeframe"]]
    wanted = min(int(query.get("count") or 100), MOST_BARS)
    now = int(datetime.now(UTC).timestamp())
    last = datetime.fromtimestamp(now - now % seconds - seconds, UTC)
    starts = (last - timedelta(seconds=seconds * i) for i in reversed(range(wanted)))
    return [bar_json(start, desk.prices[query["symbol"]]) for start in starts]


def _not_found(text: str) -> Answered:
    refusal = Refuse(text, "NOT_FOUND", 404)
    return Answered(refusal.status, refusal.body)
