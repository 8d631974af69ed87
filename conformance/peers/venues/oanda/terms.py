"""What an order at OANDA is beyond what every venue's is, and the trades it makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderType, Side, TimeInForce
from conformance.venue.order import Terms

ACCOUNT = "101-001-4242424-001"
"""The account's number: no real one looks like it."""

SYMBOLS = ("EUR_USD", "GBP_USD", "USD_JPY", "AUD_USD", "USD_CAD", "NZD_USD")

ORDER_TYPES = {
    "MARKET": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "STOP": OrderType.STOP,
    "MARKET_IF_TOUCHED": OrderType.STOP,
    "TAKE_PROFIT": OrderType.LIMIT,
    "STOP_LOSS": OrderType.STOP,
    "TRAILING_STOP_LOSS": OrderType.TRAILING_STOP,
}
"""OANDA's types by what they do; a touched one is a market order."""

TIMES = {
    "GTC": TimeInForce.GTC,
    "GTD": TimeInForce.GTC,
    "GFD": TimeInForce.DAY,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
}

DEPENDENT = frozenset({"TAKE_PROFIT", "STOP_LOSS", "TRAILING_STOP_LOSS"})
"""Orders that belong to a trade; they name no instrument and no units."""

ON_FILL = {
    "takeProfitOnFill": "TAKE_PROFIT",
    "stopLossOnFill": "STOP_LOSS",
    "trailingStopLossOnFill": "TRAILING_STOP_LOSS",
}
"""What a fill may bring, by the name of its field in a request."""


def places(symbol: str) -> int:
    """How many decimals a price of the instrument may have."""
    return 3 if symbol.endswith("_JPY") else 5


def half_spread(symbol: str) -> Decimal:
    """Half the distance between bid and ask."""
    return Decimal(10) ** (1 - places(symbol))


def stamp(at: datetime) -> str:
    """A time as OANDA writes it, to the nanosecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


@dataclass(slots=True)
class Details:
    """What OANDA knows of an order; `asked` are the fields of the request."""

    kind: str
    asked: Mapping[str, Json]
    reason: str = "CLIENT_ORDER"
    trade: str | None = None
    """The trade that it belongs to, or that it closes."""
    replaces: str | None = None
    replaced_by: str | None = None
    began_at: Decimal = Decimal(0)
    """Where the market was when it was taken."""
    fills: list[str] = field(default_factory=list)
    cancel: str | None = None
    opened: str | None = None
    closed: list[str] = field(default_factory=list)


@dataclass(slots=True)
class OpenTrade:
    """One trade of the account; `units` are signed, and 0 once it is closed."""

    id: str
    symbol: str
    initial: Decimal
    units: Decimal
    price: Decimal
    opened: datetime
    realized: Decimal = Decimal(0)
    financing: Decimal = Decimal(0)
    closed: datetime | None = None
    closing: list[str] = field(default_factory=list)
    dependents: dict[str, str] = field(default_factory=dict)
    """The live orders that hang on it, by type."""


def client_id(asked: Mapping[str, Json]) -> str | None:
    """The client's id of an order request."""
    found = asked.get("clientExtensions")
    return found.get("id") if isinstance(found, dict) else None


def terms_of(asked: Mapping[str, Json]) -> Terms:
    """What a request for an order of its own asks for."""
    units = Decimal(asked["units"])
    kind = ORDER_TYPES[asked["type"]]
    price = None if asked.get("price") is None else Decimal(asked["price"])
    time = asked.get("timeInForce") or ("FOK" if asked["type"] == "MARKET" else "GTC")
    return Terms(
        symbol=asked["instrument"],
        side=Side.BUY if units > 0 else Side.SELL,
        order_type=kind,
        quantity=abs(units),
        limit_price=price if kind is OrderType.LIMIT else None,
        stop_price=price if kind is OrderType.STOP else None,
        time_in_force=TIMES[time],
        client_order_id=client_id(asked),
        reduce_only=asked.get("positionFill") == "REDUCE_ONLY",
    )


def dependent_terms(kind: str, asked: Mapping[str, Json], trade: OpenTrade) -> Terms:
    """What an order that hangs on a trade does: it takes the trade back."""
    order_type = ORDER_TYPES[kind]
    price = None if asked.get("price") is None else Decimal(asked["price"])
    distance = asked.get("distance")
    return Terms(
        symbol=trade.symbol,
        side=Side.SELL if trade.units > 0 else Side.BUY,
        order_type=order_type,
        quantity=abs(trade.units),
        limit_price=price if order_type is OrderType.LIMIT else None,
        stop_price=price if order_type is OrderType.STOP else None,
        trailing_distance=None if distance is None else Decimal(distance),
        time_in_force=TIMES[asked.get("timeInForce") or "GTC"],
        client_order_id=client_id(asked),
        reduce_only=True,
    )


def units_of(terms: Terms, quantity: Decimal | None = None) -> str:
    """A quantity in OANDA's signed units."""
    amount = terms.quantity if quantity is None else quantity
    return text_of(amount * terms.side.sign)


def asked_as(terms: Terms) -> dict[str, Json]:
    """An order at the market or at a limit, as OANDA is asked for it."""
    market = terms.order_type is OrderType.MARKET
    asked: dict[str, Json] = {
        "type": str(terms.order_type),
        "instrument": terms.symbol,
        "units": units_of(terms),
        "timeInForce": "FOK" if market else "GTC",
    }
    if terms.limit_price is not None:
        asked["price"] = text_of(terms.limit_price)
    if terms.reduce_only:
        asked["positionFill"] = "REDUCE_ONLY"
    return asked
