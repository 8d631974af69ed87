"""What Saxo's REST answers out of its books; one function an operation."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.desk import Shape
from conformance.peers.engine.conduct import Refuse
from conformance.peers.upstream import Answered
from conformance.peers.venues.saxo.desk import SaxoDesk
from conformance.peers.venues.saxo.instruments import INSTRUMENTS, instrument_of
from conformance.peers.venues.saxo.refusals import refused
from conformance.peers.venues.saxo.rendering import (
    HALF_SPREAD,
    balance_json,
    closed_json,
    number,
    position_json,
    quote_json,
)
from conformance.peers.venues.saxo.requests import ORDER, path_of, query_of
from conformance.protocol.words import OrderType

MOST_BARS = 1200
CLIENT_KEY = "Cf|ClientKey=="


def refusal(refuse: Refuse) -> Answered:
    """How a no looks here."""
    return Answered(refuse.status, refused(refuse.code or "Unknown", refuse.text))


def answer(
    desk: SaxoDesk, method: str, target: str, body: Mapping[str, Json]
) -> Answered:
    """What a well-behaved Saxo answers to a request that its reference allows."""
    path = path_of(target)
    if path == "/trade/v2/orders/precheck":
        return _precheck(desk, body)
    if path == "/trade/v2/orders":
        return _submit(desk, body) if method == "POST" else _change(desk, body)
    found = ORDER.fullmatch(path)
    if found is not None:
        return _cancel(desk, found[1].split(","))
    return _read(desk, path, query_of(target))


def _precheck(desk: SaxoDesk, body: Mapping[str, Json]) -> Answered:
    found = desk.refusal(body)
    if found is not None:
        told = refused(found.code or "", found.text)
        return Answered(200, {"PreCheckResult": "Error", **told})
    told = {"PreCheckResult": "Ok", "EstimatedCashRequired": 0.0}
    return Answered(200, told)


def _submit(desk: SaxoDesk, body: Mapping[str, Json]) -> Answered:
    found = desk.refusal(body)
    if found is not None:
        return refusal(found)
    entry, exits = desk.place(body)
    told: dict[str, Json] = {"OrderId": entry.id}
    if exits:
        told["Orders"] = [{"OrderId": leg.id} for leg in exits]
    if entry.terms.client_order_id:
        told["ExternalReference"] = entry.terms.client_order_id
    return Answered(200, told, lambda: desk.begin(entry))


def _change(desk: SaxoDesk, body: Mapping[str, Json]) -> Answered:
    order = desk.books.orders.get(str(body["OrderId"]))
    if order is None or not order.live:
        return refusal(Refuse("The order is not found", "OrderNotFound", 404))
    limits = order.terms.order_type is OrderType.LIMIT
    names = {
        "Amount": "quantity",
        "OrderPrice": "limit_price" if limits else "stop_price",
        "StopLimitPrice": "limit_price",
        "TrailingStopDistanceToMarket": "trailing_distance",
    }
    changes = {
        ours: Decimal(str(body[theirs]))
        for theirs, ours in names.items()
        if body.get(theirs) is not None
    }
    if changes.get("quantity", order.filled + 1) < order.filled:
        code = "AmountCannotBeLessThanFilledAmount"
        return refusal(Refuse("Amount is less than what filled", code, 400))
    told = {"OrderId": order.id}
    return Answered(200, told, lambda: desk.change(order, changes))


def _cancel(desk: SaxoDesk, order_ids: list[str]) -> Answered:
    for order_id in order_ids:
        order = desk.books.orders.get(order_id)
        if order is None or not order.live:
            return refusal(Refuse("The order is not found", "OrderNotFound", 404))
        if not desk.withdraw(order):
            code = "OrderCannotBeCancelledAtThisTime"
            return refusal(Refuse("It cannot be cancelled at this time", code, 400))
    return Answered(200, {"Orders": [{"OrderId": i} for i in order_ids]})


def _read(desk: SaxoDesk, path: str, query: Mapping[str, str]) -> Answered:
    lists: Mapping[str, Callable[[], list[Json]]] = {
        "/ref/v1/instruments": lambda: _instruments(query),
        "/port/v1/orders/me": lambda: [desk.shown(order) for order in desk.live()],
        "/port/v1/netpositions/me": lambda: _positions(desk),
        "/port/v1/closedpositions": lambda: _closed(desk),
    }
    if path in lists:
        return _listed(lists[path]())
    if path == "/port/v1/clients/me":
        return Answered(200, {"ClientKey": CLIENT_KEY, "Name": "Conformance"})
    if path == "/port/v1/balances/me":
        return Answered(200, balance(desk))
    return _market(desk, path, query)


def _positions(desk: SaxoDesk) -> list[Json]:
    held = desk.books.open_positions()
    return [position_json(p, desk.prices[p.symbol]) for p in held]


def _closed(desk: SaxoDesk) -> list[Json]:
    return [closed_json(c.trade, c.opened, c.amount) for c in desk.closed]


def balance(desk: SaxoDesk) -> Json:
    """The account."""
    return balance_json(desk.books, desk.prices, desk.utilisation)


def quote(desk: SaxoDesk, symbol: str) -> Json:
    """The quote around a symbol's price."""
    found = desk.quoted(symbol, HALF_SPREAD)
    return quote_json(found.bid, found.ask)


def _instruments(query: Mapping[str, str]) -> list[Json]:
    wanted = query.get("AssetTypes", "").split(",")
    rows = [i.shown for i in INSTRUMENTS.values() if i.asset_type in wanted]
    return rows[int(query.get("$skip", 0)) :][: int(query.get("$top", 1000))]


def _market(desk: SaxoDesk, path: str, query: Mapping[str, str]) -> Answered:
    """A quote, or bars."""
    uic = query.get("Uic", "")
    found = instrument_of(int(uic) if uic.isdecimal() else -1, query.get("AssetType"))
    if found is None or found.symbol in desk.unknown_symbols:
        return refusal(Refuse("The Uic is not valid", "InvalidUic", 404))
    if path == "/trade/v1/infoprices":
        at = desk.quoted(found.symbol, HALF_SPREAD).at
        row = {
            "Uic": found.uic,
            "AssetType": found.asset_type,
            "LastUpdated": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        return Answered(200, {**row, "Quote": quote(desk, found.symbol)})
    minutes = int(query.get("Horizon", 1))
    bars = min(int(query.get("Count", 100)), MOST_BARS)
    price = desk.prices[found.symbol]
    shape = desk.shape(found.symbol, price, price, 1000)
    return Answered(200, {"Data": _bars(shape, minutes, bars)})


def _bars(shape: Shape, minutes: int, wanted: int) -> list[Json]:
    """The newest bars, oldest first."""
    seconds = minutes * 60
    now = int(datetime.now(UTC).timestamp())
    last = datetime.fromtimestamp(now - now % seconds - seconds, UTC)
    sides = {"Bid": -HALF_SPREAD, "Ask": HALF_SPREAD}
    figures = {
        "Open": shape.opened,
        "High": shape.high,
        "Low": shape.low,
        "Close": shape.closed,
    }
    prices: dict[str, Json] = {
        f"{name}{side}": number(value + apart)
        for name, value in figures.items()
        for side, apart in sides.items()
    }
    starts = (last - timedelta(seconds=seconds * i) for i in reversed(range(wanted)))
    return [
        {
            "Time": f"{start:%Y-%m-%dT%H:%M:%S}.000000Z",
            **prices,
            "Volume": number(shape.volume),
        }
        for start in starts
    ]


def _listed(rows: list[Json]) -> Answered:
    return Answered(200, {"__count": len(rows), "Data": rows})
