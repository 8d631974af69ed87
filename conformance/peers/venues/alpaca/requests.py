"""What Alpaca asks of a request before it looks at its books: keys, path and fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.reading import read
from conformance.peers.venues.words import Operation

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MOST = 20
"""Figures before the point, or zeros behind it."""

BAD_BODY = Refuse("request body format is invalid", "40010000", 400)
KINDS = {
    "market": "",
    "limit": "limit_price",
    "stop": "stop_price",
    "stop_limit": "limit_price stop_price",
    "trailing_stop": "",
}
"""Each type, and the prices that it must have."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What every request carries in two headers."""

    key: str
    secret: str


@dataclass(frozen=True, slots=True)
class Route:
    """What a request is for, and what its path names."""

    operation: Operation
    name: str
    argument: str = ""


ROUTES: tuple[tuple[str, str, Operation, str], ...] = (
    ("GET", r"/v2/account", Operation.ACCOUNT, "account"),
    ("GET", r"/v2/clock", Operation.OTHER, "clock"),
    ("POST", r"/v2/orders", Operation.SUBMIT, "submit"),
    ("GET", r"/v2/orders", Operation.ORDERS, "orders"),
    ("DELETE", r"/v2/orders", Operation.CANCEL_ALL, "cancel-all"),
    ("GET", r"/v2/orders/([^/]+)", Operation.ORDER, "order"),
    ("PATCH", r"/v2/orders/([^/]+)", Operation.REPLACE, "replace"),
    ("DELETE", r"/v2/orders/([^/]+)", Operation.CANCEL, "cancel"),
    ("GET", r"/v2/positions", Operation.POSITIONS, "positions"),
    ("DELETE", r"/v2/positions", Operation.CLOSE_ALL, "close-all"),
    ("GET", r"/v2/positions/([^/]+)", Operation.POSITION, "position"),
    ("DELETE", r"/v2/positions/([^/]+)", Operation.CLOSE, "close"),
    ("GET", r"/v2/account/activities/([A-Z]+)", Operation.TRADES, "activities"),
    ("GET", r"/v2/stocks/([^/]+)/quotes/latest", Operation.QUOTE, "stock-quote"),
    ("GET", r"/v2/stocks/([^/]+)/bars", Operation.BARS, "stock-bars"),
    ("GET", r"/v1beta3/crypto/us/latest/quotes", Operation.QUOTE, "coin-quotes"),
    ("GET", r"/v1beta3/crypto/us/bars", Operation.BARS, "coin-bars"),
)


def route_of(method: str, target: str) -> Route | None:
    """What a request is for; None where Alpaca has no such thing."""
    path = urlsplit(target).path
    for verb, pattern, operation, name in ROUTES:
        found = re.fullmatch(pattern, path) if verb == method else None
        if found is not None:
            return Route(operation, name, unquote(found[1]) if found.groups() else "")
    return None


def query_of(target: str) -> dict[str, str]:
    """What the query says."""
    return dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))


def body_of(body: str) -> dict[str, Json] | None:
    """The fields of a JSON body; None where it is none."""
    try:
        found = read(body or "{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def number(value: Json) -> Decimal | None:
    """The number that a field is, as a text or as a number."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < MOST else None


def fault_of(
    method: str,
    target: str,
    body: str,
    headers: Mapping[str, str],
    credentials: Credentials,
) -> Refuse | None:
    """Why Alpaca does not even look at a request; None where it does."""
    sent = headers.get("APCA-API-KEY-ID"), headers.get("APCA-API-SECRET-KEY")
    if sent != (credentials.key, credentials.secret):
        return Refuse("unauthorized.", None, 401)
    route = route_of(method, target)
    if route is None:
        return Refuse("endpoint not found.", "40410000", 404)
    fields = body_of(body)
    if fields is None:
        return BAD_BODY
    return _path_fault(route) or _fields_fault(route, fields, query_of(target))


def _path_fault(route: Route) -> Refuse | None:
    about_orders = {Operation.ORDER, Operation.REPLACE, Operation.CANCEL}
    if route.operation in about_orders and not re.fullmatch(UUID, route.argument):
        return _bad("order_id is missing")
    return None


def _fields_fault(
    route: Route, fields: Mapping[str, Json], query: Mapping[str, str]
) -> Refuse | None:
    if not isinstance(fields.get("client_order_id"), (str, type(None))):
        return _bad("client_order_id is no text")
    if route.operation is Operation.SUBMIT:
        return _order_fault(fields)
    if route.operation is Operation.REPLACE:
        return _replace_fault(fields)
    return _query_fault(route, query)


def _order_fault(fields: Mapping[str, Json]) -> Refuse | None:
    for name in ("symbol", "side", "type", "time_in_force"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            return _bad(f"{name} is required")
    if fields["side"] not in {"buy", "sell"}:
        return _bad("side must be buy or sell")
    if fields["type"] not in KINDS:
        return _bad("type must be market, limit, stop, stop_limit or trailing_stop")
    if fields["time_in_force"] not in {"day", "gtc", "opg", "cls", "ioc", "fok"}:
        return _bad("invalid time_in_force")
    if number(fields.get("qty")) is None:
        return _bad("qty or notional is required")
    must = KINDS[fields["type"]].split()
    found = _price_fault(fields, must) or _trail_fault(fields)
    return found or _class_fault(fields)


def _price_fault(fields: Mapping[str, Json], must: list[str]) -> Refuse | None:
    for name in ("limit_price", "stop_price"):
        value = number(fields.get(name))
        plain = name.replace("_", " ")
        if name in must and (value is None or value <= 0):
            return _bad(f"{plain} must be > 0" if value else f"{plain} is required")
        if name not in must and fields.get(name) is not None:
            return _bad(f"{fields['type']} orders require no {plain}")
    return None


def _trail_fault(fields: Mapping[str, Json]) -> Refuse | None:
    """One of the two says by how much it trails: dollars, or percents."""
    trails = [fields.get(n) for n in ("trail_price", "trail_percent")]
    given = [value for value in trails if value is not None]
    if fields["type"] != "trailing_stop":
        return _bad("trail is for trailing_stop orders only") if given else None
    if len(given) != 1 or (number(given[0]) or 0) <= 0:
        return _bad("trailing_stop orders require either trail_price or trail_percent")
    if fields["time_in_force"] not in {"day", "gtc"}:
        return _bad("trailing_stop orders must be day or gtc")
    return None


def _class_fault(fields: Mapping[str, Json]) -> Refuse | None:
    kind = str(fields.get("order_class") or "simple")
    exits = {
        "take_profit.limit_price": _within(fields, "take_profit", "limit_price"),
        "stop_loss.stop_price": _within(fields, "stop_loss", "stop_price"),
    }
    if kind not in {"simple", "bracket", "oto"}:
        return _bad("invalid order_class")
    if kind == "simple":
        given = any(fields.get(name) for name in ("take_profit", "stop_loss"))
        return _bad("simple orders require no exits") if given else None
    missing = [name for name, value in exits.items() if value is None]
    if kind == "oto" and len(missing) != 1:
        return _bad("oto orders require either take_profit or stop_loss")
    if kind == "bracket" and missing:
        return _bad(f"bracket orders require {missing[0]}")
    if fields["time_in_force"] not in {"day", "gtc"}:
        return _bad(f"{kind} orders must be day or gtc")
    return None


def _within(fields: Mapping[str, Json], name: str, part: str) -> Decimal | None:
    found = fields.get(name)
    return number(found.get(part)) if isinstance(found, dict) else None


def _replace_fault(fields: Mapping[str, Json]) -> Refuse | None:
    known = {"qty", "time_in_force", "limit_price", "stop_price", "client_order_id"}
    for name in known & {"qty", "limit_price", "stop_price"} & set(fields):
        value = number(fields[name])
        if value is None or value <= 0:
            return _bad(f"{name} must be > 0")
    if not known & set(fields):
        return Refuse("order parameters are not changed", "42210000")
    return None


def _query_fault(route: Route, query: Mapping[str, str]) -> Refuse | None:
    if query.get("status", "open") not in {"open", "closed", "all"}:
        return _bad("invalid status")
    limit = query.get("limit", "1")
    most = 500 if route.operation is Operation.ORDERS else 10_000
    if not limit.isdigit() or not 1 <= int(limit) <= most:
        return _bad(f"limit must be between 1 and {most}")
    if route.operation is Operation.BARS and "timeframe" not in query:
        return Refuse("timeframe is required", None, 400)
    if route.name.startswith("coin-") and not query.get("symbols"):
        return Refuse("symbols is required", None, 400)
    return None


def _bad(text: str) -> Refuse:
    return Refuse(text, "40010001", 422)
