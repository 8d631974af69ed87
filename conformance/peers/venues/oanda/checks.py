"""What OANDA's public documents do not allow of a request, and how OANDA says so.

developer.oanda.com/rest-live-v20: order-ep, order-df, trade-ep, position-ep,
instrument-ep, authentication, troubleshooting-errors
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.venues.oanda.routes import Route
from conformance.peers.venues.oanda.terms import DEPENDENT, ON_FILL, places
from conformance.peers.venues.reading import read

DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")

TIMES_OF: Mapping[str, frozenset[str]] = {
    "MARKET": frozenset({"FOK", "IOC"}),
    "LIMIT": frozenset({"GTC", "GTD", "GFD", "FOK", "IOC"}),
    "STOP": frozenset({"GTC", "GTD", "GFD", "FOK", "IOC"}),
    "MARKET_IF_TOUCHED": frozenset({"GTC", "GTD", "GFD"}),
    "TAKE_PROFIT": frozenset({"GTC", "GTD", "GFD"}),
    "STOP_LOSS": frozenset({"GTC", "GTD", "GFD"}),
    "TRAILING_STOP_LOSS": frozenset({"GTC", "GTD", "GFD"}),
}
"""The times in force that each type of order is restricted to."""

LASTING = ("GTC", "GTD", "GFD")
FILLS = frozenset({"OPEN_ONLY", "REDUCE_FIRST", "REDUCE_ONLY", "DEFAULT"})

GRANULARITIES: Mapping[str, int] = {
    "S5": 5,
    "S10": 10,
    "S15": 15,
    "S30": 30,
    "M1": 60,
    "M2": 120,
    "M4": 240,
    "M5": 300,
    "M10": 600,
    "M15": 900,
    "M30": 1800,
    "H1": 3600,
    "H2": 7200,
    "H3": 10800,
    "H4": 14400,
    "H6": 21600,
    "H8": 28800,
    "H12": 43200,
    "D": 86400,
    "W": 604800,
    "M": 2592000,
}
PRICES = ("price", "distance")
WORDS = ("type", "instrument", "tradeID", "timeInForce", "positionFill", "gtdTime")
NAMES = ("id", "tag", "comment")
MOST_CANDLES, MOST_ORDERS = 5000, 500
COUNT = re.compile("[0-9]{1,9}")
FIRST_YEAR, LAST_YEAR = 1970, 2200
MOST_UNITS = Decimal(100_000_000)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a request; `reason` is OANDA's word where it has one.

    `ours` says that it is the Gateway's: any order of a strategy's may be refused.
    """

    text: str
    reason: str | None = None
    status: int = 400
    ours: bool = True


def request_problem(
    route: Route | None, bearer: str | None, key: str, account: str, body: str
) -> Problem | None:
    """What is wrong with a request as such, before any book is looked into."""
    if route is None:
        return Problem("Not Found: OANDA has no such endpoint", status=404)
    found = _access(route, bearer == f"Bearer {key}", account)
    if found is not None:
        return found
    return _content(route, body)


def _content(route: Route, body: str) -> Problem | None:
    """What is wrong with the query, or with the body."""
    if route.name == "candles":
        return _candles(route.query)
    if route.name == "orders" and not _counts(route.query, MOST_ORDERS):
        return _invalid("count")
    if route.name == "transactions-since" and not route.query.get("id", "").isdigit():
        return _invalid("id")
    if route.name in {"submit", "replace"}:
        return _order(_parsed(body))
    if route.name in {"close-trade", "close-position"}:
        return _close(route.name, _parsed(body))
    return None


def _access(route: Route, known: bool, account: str) -> Problem | None:
    """Whether this key may ask this of that account."""
    if not known:
        return Problem("Insufficient authorization to perform request.", status=401)
    if route.account not in (None, account):
        return Problem("Account does not exist", "ACCOUNT_DOESNT_EXIST", 404)
    if route.allowed is not None:
        return Problem("Method Not Allowed", status=405)
    return None


def _parsed(body: str) -> Json:
    try:
        return read(body) if body else {}
    except ValueError:
        return None


def _candles(query: Mapping[str, str]) -> Problem | None:
    if query.get("granularity", "S5") not in GRANULARITIES:
        return _invalid("granularity")
    if not _counts(query, MOST_CANDLES):
        return Problem(f"Maximum value for 'count' exceeded: {MOST_CANDLES}")
    for name in {"from", "to"} & query.keys():
        try:
            time_of(query[name])
        except (ValueError, OverflowError):
            return _invalid(name)
    if "count" in query and {"from", "to"} <= query.keys():
        return Problem("'count' cannot be specified when 'to' and 'from' are set")
    return None


def _counts(query: Mapping[str, str], most: int) -> bool:
    count = query.get("count", "1")
    return COUNT.fullmatch(count) is not None and 1 <= int(count) <= most


def time_of(text: str) -> datetime:
    """A time of a query: RFC 3339, or seconds since 1970; ValueError for neither."""
    try:
        found = datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        found = datetime.fromisoformat(text.replace(" ", "+")).astimezone(UTC)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"there are no prices of {found.year}")
    return found


def _invalid(name: str) -> Problem:
    return Problem(f"Invalid value specified for '{name}'")


def _close(name: str, body: Json) -> Problem | None:
    names = ("units",) if name == "close-trade" else ("longUnits", "shortUnits")
    if not isinstance(body, dict):
        return Problem("Invalid JSON, ParseErrorCode: 4")
    for field in names:
        value = body.get(field)
        words = ("ALL", "NONE") if len(names) == 2 else ("ALL",)
        if field not in body or value in words:
            continue
        if not _is_decimal(value) or Decimal(str(value)) <= 0:
            return _invalid(field)
    if len(names) == 2 and not any(name in body for name in names):
        return Problem(
            "The position closeout request names no units", "CLOSEOUT_POSITION_REJECT"
        )
    return None


def _is_decimal(value: Json) -> bool:
    return isinstance(value, str) and DECIMAL.fullmatch(value) is not None


def _order(body: Json) -> Problem | None:
    if not isinstance(body, dict):
        return Problem("Invalid JSON, ParseErrorCode: 4")
    order = body.get("order")
    if not isinstance(order, dict):
        return Problem("The request has no 'order'", "ORDER_MISSING")
    for name in WORDS:
        if not isinstance(order.get(name), (str, type(None))):
            return _invalid(f"order.{name}")
    kind = order.get("type", "MARKET")
    if kind not in TIMES_OF:
        return _invalid("order.type")
    return _shape(order) or _wanting(order, kind)


def _shape(order: Mapping[str, Json]) -> Problem | None:
    """Types of fields."""
    figures = {f"order.{n}": order.get(n) for n in ("units", "priceBound", *PRICES)}
    for name in ON_FILL:
        leg = order.get(name)
        if leg is None:
            continue
        time = leg.get("timeInForce") if isinstance(leg, dict) else 0
        if not isinstance(leg, dict) or time not in (None, *LASTING):
            return _invalid(f"order.{name}")
        figures |= {f"order.{name}.{n}": leg.get(n) for n in PRICES}
    for name, value in figures.items():
        if value is not None and not _is_decimal(value):
            return _invalid(name)
    if order.get("positionFill", "DEFAULT") not in FILLS:
        return _invalid("order.positionFill")
    extensions = order.get("clientExtensions", {})
    if isinstance(extensions, dict) and all(_short(extensions.get(n)) for n in NAMES):
        return None
    return _invalid("order.clientExtensions")


def _short(text: Json) -> bool:
    return text is None or (isinstance(text, str) and len(text) <= 128)


def _wanting(order: Mapping[str, Json], kind: str) -> Problem | None:
    """What a type of order must say, and may not."""
    needed = ("tradeID",) if kind in DEPENDENT else ("instrument", "units")
    for name, why in (
        ("instrument", "INSTRUMENT_MISSING"),
        ("units", "UNITS_MISSING"),
        ("tradeID", "TRADE_ID_UNSPECIFIED"),
    ):
        if name in needed and order.get(name) is None:
            return Problem(f"The order has no {name}", why)
    priced = kind not in {"MARKET", "TRAILING_STOP_LOSS"}
    if priced and order.get("price") is None and order.get("distance") is None:
        return Problem("The order has no price", "PRICE_MISSING")
    if kind == "MARKET" and order.get("price") is not None:
        return Problem("A market order has no price", "PRICE_INVALID")
    time = order.get("timeInForce") or ("FOK" if kind == "MARKET" else "GTC")
    if time not in TIMES_OF[kind]:
        return Problem(
            f"The timeInForce {time} is not for a {kind} order", "TIME_IN_FORCE_INVALID"
        )
    if time == "GTD" and order.get("gtdTime") is None:
        return Problem(
            "A GTD order has no gtdTime", "TIME_IN_FORCE_GTD_TIMESTAMP_MISSING"
        )
    return None


def order_problem(
    order: Mapping[str, Json], known: frozenset[str], unknown: frozenset[str]
) -> Problem | None:
    """Why an order that is none of the Gateway's doing is refused nevertheless."""
    symbol = order["instrument"]
    if symbol in unknown or symbol not in known:
        return Problem(
            "The instrument specified is unknown", "INSTRUMENT_UNKNOWN", ours=False
        )
    units = Decimal(order["units"])
    if not units:
        return Problem("The units specified are invalid", "UNITS_INVALID", ours=False)
    if units != units.to_integral_value():
        return Problem(
            "The units have more precision than is allowed for the instrument",
            "UNITS_PRECISION_EXCEEDED",
            ours=False,
        )
    if abs(units) > MOST_UNITS:
        return Problem(
            "The units exceed the instrument's maximum",
            "UNITS_LIMIT_EXCEEDED",
            ours=False,
        )
    return _prices(order, symbol)


def _prices(order: Mapping[str, Json], symbol: str) -> Problem | None:
    found = [("PRICE", order.get("price"))]
    for name, kind in ON_FILL.items():
        leg = order.get(name)
        if isinstance(leg, dict):
            found.append((f"{kind}_ON_FILL_PRICE", leg.get("price")))
    for what, text in found:
        if text is None:
            continue
        price = Decimal(text)
        if price <= 0:
            return Problem("The price is invalid", f"{what}_INVALID", ours=False)
        exponent = price.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places(symbol):
            return Problem(
                "The price has more precision than is allowed for the instrument",
                f"{what}_PRECISION_EXCEEDED",
                ours=False,
            )
    return None
