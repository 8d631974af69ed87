"""What Alpaca's trading API answers out of its books; one function a route."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Refuse
from conformance.peers.upstream import Answered
from conformance.peers.venues.alpaca import market
from conformance.peers.venues.alpaca.assets import plain
from conformance.peers.venues.alpaca.desk import AlpacaDesk
from conformance.peers.venues.alpaca.rendering import (
    account_json,
    activity_json,
    error_json,
    order_json,
    position_json,
    time_text,
)
from conformance.peers.venues.alpaca.requests import Route, body_of, number, query_of
from conformance.venue.order import Order

NO_POSITION = Refuse("position does not exist", "40410000", 404)
NOT_OPEN = Refuse("order is not cancelable", "42210000")

Query = Mapping[str, str]


def refusal(no: Refuse) -> Answered:
    """How a no is answered."""
    return Answered(no.status, error_json(no))


def answer(desk: AlpacaDesk, route: Route, target: str, body: str) -> Answered:
    """What is answered to a request that is whole."""
    if route.name in {"submit", "replace"}:
        fields = body_of(body) or {}
        if route.name == "submit":
            return _placed(desk, desk.submit(fields))
        return _replace(desk, route.argument, fields)
    return ROUTES[route.name](desk, route.argument, query_of(target))


def _placed(desk: AlpacaDesk, found: Order | Refuse) -> Answered:
    """A new order is told as accepted, and meets the market after that."""
    if isinstance(found, Refuse):
        return refusal(found)
    told = order_json(desk, found, nested=True, status="accepted")
    return Answered(200, told, lambda: desk.begin(found))


def _found(desk: AlpacaDesk, order_id: str) -> Order | Refuse:
    order = desk.books.orders.get(order_id)
    if order is None:
        return Refuse(f"order not found for {order_id}", "40410000", 404)
    return order


def _replace(desk: AlpacaDesk, order_id: str, fields: Mapping[str, Json]) -> Answered:
    order = _found(desk, order_id)
    if isinstance(order, Refuse):
        return refusal(order)
    if not order.live or order_id in desk.stuck:
        return refusal(Refuse("order is not open", "42210000"))
    names = {
        "qty": "quantity",
        "limit_price": "limit_price",
        "stop_price": "stop_price",
    }
    changes = {names[n]: number(fields[n]) for n in names if n in fields}
    known = {name: value for name, value in changes.items() if value is not None}
    new = desk.replace(order, known, fields.get("client_order_id"))
    return _placed(desk, new)


def _order(desk: AlpacaDesk, order_id: str, query: Query) -> Answered:
    order = _found(desk, order_id)
    if isinstance(order, Refuse):
        return refusal(order)
    nested = query.get("nested") == "true"
    return Answered(200, order_json(desk, order, nested=nested))


def _orders(desk: AlpacaDesk, _: str, query: Query) -> Answered:
    """Newest first; fifty of the open ones, unless asked otherwise."""
    wanted, nested = query.get("status", "open"), query.get("nested") == "true"
    symbols = {plain(s) for s in query.get("symbols", "").split(",") if s}
    found = [
        o
        for o in desk.books.orders.values()
        if (wanted == "all" or o.live == (wanted == "open"))
        and (not symbols or o.terms.symbol in symbols)
        and _within(o.created_at, query)
    ]
    if nested:
        # A leg is rolled up where its entry is told; it is never left out.
        told = {o.id for o in found}
        found = [o for o in found if o.parent not in told]
    if query.get("direction", "desc") == "desc":
        found.reverse()
    rows = [order_json(desk, o, nested=nested) for o in found]
    return Answered(200, rows[: int(query.get("limit", "50"))])


def _within(at: datetime, query: Query) -> bool:
    after, until = _time(query.get("after")), _time(query.get("until"))
    return (after is None or at > after) and (until is None or at < until)


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None


def _cancel(desk: AlpacaDesk, order_id: str, _: Query) -> Answered:
    order = _found(desk, order_id)
    if isinstance(order, Refuse):
        return refusal(order)
    return Answered(204, None) if desk.withdraw(order) else refusal(NOT_OPEN)


def _cancel_all(desk: AlpacaDesk, _: str, __: Query) -> Answered:
    """Every open order: it knows no filter."""
    rows = [
        {"id": order.id, "status": 200 if desk.withdraw(order) else 500}
        for order in desk.live()
        if order.live and order.parent is None
    ]
    return Answered(207, rows)


# --- positions ---


def _positions(desk: AlpacaDesk, _: str, __: Query) -> Answered:
    held = desk.books.open_positions()
    return Answered(200, [position_json(desk, p) for p in held])


def _position(desk: AlpacaDesk, symbol: str, _: Query) -> Answered:
    found = desk.books.positions.get(plain(symbol))
    if found is None or not found.quantity:
        return refusal(NO_POSITION)
    return Answered(200, position_json(desk, found))


def _close(desk: AlpacaDesk, symbol: str, query: Query) -> Answered:
    held = abs(desk.books.held(plain(symbol)))
    if not held:
        return refusal(NO_POSITION)
    quantity: Decimal | None = None
    for name, whole in (("qty", Decimal(1)), ("percentage", held / 100)):
        if name in query:
            asked = number(query[name])
            if asked is None or asked <= 0:
                return refusal(Refuse(f"{name} must be > 0", "40010001"))
            quantity = asked * whole
    return _placed(desk, desk.close(plain(symbol), quantity))


def _close_all(desk: AlpacaDesk, _: str, query: Query) -> Answered:
    """One entry a position: its closing order, or why it was not closed."""
    if query.get("cancel_orders") == "true":
        _cancel_all(desk, "", {})
    rows: list[Json] = []
    closing: list[Order] = []
    for symbol in [p.symbol for p in desk.books.open_positions()]:
        found = desk.close(symbol)
        if isinstance(found, Refuse):
            told: Json = {**error_json(found), "symbol": symbol}
            rows.append({"symbol": symbol, "status": found.status, "body": told})
        else:
            closing.append(found)
            told = order_json(desk, found, status="accepted")
            rows.append({"symbol": symbol, "status": 200, "body": told})
    return Answered(207, rows, lambda: [desk.begin(order) for order in closing])


# --- the account, and the market ---


def _account(desk: AlpacaDesk, _: str, __: Query) -> Answered:
    return Answered(200, account_json(desk))


def _clock(desk: AlpacaDesk, _: str, __: Query) -> Answered:
    now = time_text(desk.now())
    told = {"timestamp": now, "is_open": True, "next_open": now, "next_close": now}
    return Answered(200, told)


def _activities(desk: AlpacaDesk, kind: str, query: Query) -> Answered:
    """Newest first, a hundred at the most."""
    rows = [activity_json(desk, t) for t in desk.books.trades if kind == "FILL"]
    if query.get("direction", "desc") == "desc":
        rows.reverse()
    size = number(query.get("page_size", "100")) or Decimal(100)
    return Answered(200, rows[: min(int(size), 100)])


def _stock_quote(desk: AlpacaDesk, symbol: str, _: Query) -> Answered:
    if not desk.known(symbol):
        return refusal(Refuse(f"no quote found for {symbol}", None, 404))
    told = {"symbol": symbol, "quote": market.quote_json(desk, symbol)}
    return Answered(200, told)


def _stock_bars(desk: AlpacaDesk, symbol: str, query: Query) -> Answered:
    return _data(market.stock_bars(desk, symbol, query))


def _coin_bars(desk: AlpacaDesk, _: str, query: Query) -> Answered:
    return _data(market.coin_bars(desk, query))


def _coin_quotes(desk: AlpacaDesk, _: str, query: Query) -> Answered:
    return _data(market.coin_quotes(desk, query))


def _data(found: Json | Refuse) -> Answered:
    return refusal(found) if isinstance(found, Refuse) else Answered(200, found)


ROUTES: Mapping[str, Callable[[AlpacaDesk, str, Query], Answered]] = {
    "account": _account,
    "clock": _clock,
    "orders": _orders,
    "cancel-all": _cancel_all,
    "order": _order,
    "cancel": _cancel,
    "positions": _positions,
    "close-all": _close_all,
    "position": _position,
    "close": _close,
    "activities": _activities,
    "stock-quote": _stock_quote,
    "stock-bars": _stock_bars,
    "coin-quotes": _coin_quotes,
    "coin-bars": _coin_bars,
}
