"""What a request to Saxo asks for, and whether its reference allows it."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from conformance.evidence.entry import Json
from conformance.peers.venues.reading import read
from conformance.peers.venues.words import Operation

BASE = "/openapi"
CONNECT = "/streaming/connect"

_ROUTES = {
    ("GET", "/ref/v1/instruments"): Operation.OTHER,
    ("GET", "/port/v1/clients/me"): Operation.OTHER,
    ("GET", "/port/v1/balances/me"): Operation.ACCOUNT,
    ("GET", "/port/v1/orders/me"): Operation.ORDERS,
    ("GET", "/port/v1/netpositions/me"): Operation.POSITIONS,
    ("GET", "/port/v1/closedpositions"): Operation.TRADES,
    ("GET", "/trade/v1/infoprices"): Operation.QUOTE,
    ("GET", "/chart/v3/charts"): Operation.BARS,
    ("POST", "/trade/v2/orders"): Operation.SUBMIT,
    ("POST", "/trade/v2/orders/precheck"): Operation.OTHER,
    ("PATCH", "/trade/v2/orders"): Operation.REPLACE,
    ("POST", "/trade/v1/infoprices/subscriptions"): Operation.OTHER,
    ("POST", "/port/v1/balances/subscriptions"): Operation.OTHER,
    ("POST", "/port/v1/orders/subscriptions"): Operation.OTHER,
}

ORDER = re.compile(r"/trade/v2/orders/(?!precheck$)([^/]+)")
TYPES = frozenset(
    {"Market", "Limit", "Stop", "StopIfTraded", "StopLimit"}
    | {"TrailingStop", "TrailingStopIfTraded"}
)
DURATIONS = frozenset({"DayOrder", "GoodTillCancel", "ImmediateOrCancel", "FillOrKill"})
CHANGED = ("AccountKey", "AssetType", "OrderId", "OrderType", "OrderDuration")
"""What a change of an order must name."""

PERCENT = "TrailingStopPegOffsetPct"
"""By how much a stop trails, in percent of the price."""

NUMBERS = (
    *("OrderPrice", "StopLimitPrice", PERCENT, "TrailingStopStepPct"),
    *("TrailingStopDistanceToMarket", "TrailingStopStep"),
)
WORDS = ("OrderType", "BuySell", "OrderId", "AssetType")
MOST = 10**15
REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,50}")
COUNT = re.compile("[0-9]{1,6}")
AMOUNT = "Amount must be greater than 0"

UNKNOWN = "NotFound"
UNAUTHORIZED = "Unauthorized"
INVALID = "InvalidRequest"


def path_of(target: str) -> str:
    """The path below the base."""
    return urlsplit(target).path.removeprefix(BASE)


def query_of(target: str) -> dict[str, str]:
    """The parameters."""
    return dict(parse_qsl(urlsplit(target).query))


def operation_of(method: str, target: str) -> Operation:
    """What a request asks for, in our words."""
    path = path_of(target)
    if ORDER.fullmatch(path):
        found = {"DELETE": Operation.CANCEL, "PATCH": Operation.REPLACE}
        return found.get(method, Operation.OTHER)
    if path.endswith("/connect"):
        return Operation.STREAM
    return _ROUTES.get((method, path), Operation.OTHER)


def parsed(body: str) -> dict[str, Json]:
    """A body, empty where it is no JSON object."""
    try:
        found = read(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def fault_of(
    method: str, target: str, body: str, authorization: str, token: str
) -> str | None:
    """What the reference does not allow: a code of Saxo's, and a sentence."""
    if authorization != f"Bearer {token}":
        return f"{UNAUTHORIZED} the access token is missing, expired or not ours"
    path, query = path_of(target), query_of(target)
    cancels = method == "DELETE" and ORDER.fullmatch(path) is not None
    if not cancels and (method, path) not in _ROUTES:
        return f"{UNKNOWN} there is no {method} {path}"
    if cancels and "AccountKey" not in query:
        return f"{INVALID} AccountKey is missing"
    if path == "/port/v1/closedpositions" and "ClientKey" not in query:
        return f"{INVALID} ClientKey is missing"
    wrong = _counts_fault(query)
    if method in {"POST", "PATCH"}:
        wrong = _body_fault(method, path, parsed(body))
    return wrong and f"{INVALID} {wrong}"


def _counts_fault(query: Mapping[str, str]) -> str | None:
    for name in ("$skip", "$top", "Horizon", "Count"):
        if COUNT.fullmatch(query.get(name, "1")) is None:
            return f"{name} is no number"
    return (
        "Horizon must be greater than 0" if not int(query.get("Horizon", "1")) else None
    )


def _body_fault(method: str, path: str, body: Mapping[str, Json]) -> str | None:
    if path.endswith("/subscriptions"):
        return _subscription_fault(body)
    if method == "PATCH":
        wrong = _lacking(body, CHANGED) or _mistyped(body)
        if wrong is None and not _above_zero(body.get("Amount", 1)):
            wrong = AMOUNT
        return wrong
    related = body.get("Orders") or []
    if not isinstance(related, list) or not all(isinstance(r, dict) for r in related):
        return "Orders is no list of orders"
    rows = [_order_fault(body, ("Uic", "AssetType"))]
    rows += [_order_fault(row, ()) for row in related]
    if len(related) > 2:
        rows.append("there are more than two related orders")
    return next((row for row in rows if row), None)


def _subscription_fault(body: Mapping[str, Json]) -> str | None:
    lacking = _lacking(body, ("Arguments", "ContextId", "ReferenceId"))
    if lacking is not None or not isinstance(body["Arguments"], dict):
        return lacking or "Arguments is no object"
    for name in ("ContextId", "ReferenceId"):
        if REFERENCE.fullmatch(str(body[name])) is None:
            return f"{name} is not valid"
    rate = body.get("RefreshRate", 0)
    return None if type(rate) is int else "RefreshRate is no number"


def _mistyped(order: Mapping[str, Json]) -> str | None:
    """A number that is none, or a word."""
    for name in NUMBERS:
        if name in order and not _above_zero(order[name]):
            return f"{name} is no number above 0"
    words = (name for name in WORDS if not isinstance(order.get(name, ""), str))
    return next((f"{name} is no text" for name in words), None)


def _order_fault(order: Mapping[str, Json], more: tuple[str, ...]) -> str | None:
    wanted = (*more, "BuySell", "Amount", "OrderType", "OrderDuration")
    missing = _lacking(order, wanted) or _mistyped(order)
    if missing:
        return missing
    wrong = (
        (f"OrderType is not {order['OrderType']}", order["OrderType"] not in TYPES),
        ("BuySell is neither", order["BuySell"] not in {"Buy", "Sell"}),
        ("OrderDuration has no known DurationType", not _lasts(order)),
        (AMOUNT, not _above_zero(order["Amount"])),
        ("ExternalReference is longer than 50 characters", _too_long(order)),
    )
    told = next((text for text, so in wrong if so), None)
    return told or _lacking(order, _of_its_type(order))


def _lasts(order: Mapping[str, Json]) -> bool:
    found = order["OrderDuration"]
    kind = found.get("DurationType") if isinstance(found, dict) else None
    return isinstance(kind, str) and kind in DURATIONS


def _above_zero(amount: Json) -> bool:
    return type(amount) in {int, float} and 0 < amount < MOST


def _too_long(order: Mapping[str, Json]) -> bool:
    return len(str(order.get("ExternalReference") or "")) > 50


def _of_its_type(order: Mapping[str, Json]) -> tuple[str, ...]:
    kind = order["OrderType"]
    if kind == "Market":
        return ()
    if kind == "StopLimit":
        return ("OrderPrice", "StopLimitPrice")
    trailing: tuple[str, ...] = ("TrailingStopDistanceToMarket", "TrailingStopStep")
    if PERCENT in order:
        trailing = (PERCENT, "TrailingStopStepPct")
    return ("OrderPrice", *(trailing if kind.startswith("TrailingStop") else ()))


def _lacking(body: Mapping[str, Json], names: tuple[str, ...]) -> str | None:
    return next((f"{name} is missing" for name in names if name not in body), None)
