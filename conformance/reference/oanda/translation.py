"""How OANDA's words read as the books' objects."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conformance.protocol.instants import instant_of
from conformance.protocol.money import text_of
from conformance.protocol.order_states import TERMINAL
from conformance.protocol.words import OrderStatus, OrderType, Side, TimeInForce
from conformance.reference.tektii.translation import number, word
from conformance.venue.books import Position, Trade
from conformance.venue.order import Order, Terms

Json = dict[str, Any]
Told = Mapping[str, Any]

TYPES = {
    "MARKET": OrderType.MARKET,
    "FIXED_PRICE": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "STOP": OrderType.STOP,
    "MARKET_IF_TOUCHED": OrderType.STOP,
    "STOP_LOSS": OrderType.STOP,
    "GUARANTEED_STOP_LOSS": OrderType.STOP,
    "TAKE_PROFIT": OrderType.LIMIT,
    "TRAILING_STOP_LOSS": OrderType.STOP,
}
IN_FORCE = {
    "GTC": TimeInForce.GTC,
    "GTD": TimeInForce.GTC,
    "GFD": TimeInForce.DAY,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
}
STATES = {
    "PENDING": OrderStatus.OPEN,
    "TRIGGERED": OrderStatus.OPEN,
    "FILLED": OrderStatus.FILLED,
    "CANCELLED": OrderStatus.CANCELLED,
}
REASONS = (
    ("MARGIN", "INSUFFICIENT_MARGIN"),
    ("FUNDS", "INSUFFICIENT_BALANCE"),
    ("UNITS", "INVALID_QUANTITY"),
    ("REDUCE_ONLY", "REDUCE_ONLY_VIOLATED"),
    ("HALTED", "MARKET_CLOSED"),
    ("CLOSED", "MARKET_CLOSED"),
    ("TRADEABLE", "SYMBOL_NOT_TRADEABLE"),
    ("INSTRUMENT", "SYMBOL_NOT_TRADEABLE"),
    ("PRICE", "INVALID_PRICE"),
    ("BOUNDS", "INVALID_PRICE"),
    ("RATE", "RATE_LIMITED"),
)
"""A part of OANDA's word, and the Gateway's word for it."""

TIMEFRAMES = {
    "1m": "M1",
    "2m": "M2",
    "5m": "M5",
    "10m": "M10",
    "15m": "M15",
    "30m": "M30",
    "1h": "H1",
    "2h": "H2",
    "4h": "H4",
    "12h": "H12",
    "1d": "D",
    "1w": "W",
}

ENDED_BY = {
    "CLIENT_REQUEST": OrderStatus.CANCELLED,
    "CLIENT_REQUEST_REPLACED": OrderStatus.CANCELLED,
    "LINKED_TRADE_CLOSED": OrderStatus.CANCELLED,
    "MIGRATION": OrderStatus.CANCELLED,
    "TIME_IN_FORCE_EXPIRED": OrderStatus.EXPIRED,
}
"""What an order that was cancelled for this reason is; for any other: see `ended`."""


class Translation:
    """One method an object."""

    def reason(self, text: str) -> str:
        """The Gateway's word for why an order was rejected."""
        said = text.upper()
        return next((mine for part, mine in REASONS if part in said), "UNKNOWN")

    def ended(self, reason: str, order: Order) -> OrderStatus:
        """What an order is that OANDA cancelled.

        One that never rested was refused, unless there was nobody to trade with.
        """
        if reason in ENDED_BY:
            return ENDED_BY[reason]
        market = order.terms.order_type is OrderType.MARKET
        if order.filled or (not market and self.reason(reason) == "UNKNOWN"):
            return OrderStatus.CANCELLED
        return OrderStatus.REJECTED

    def terms(self, told: Told, instrument: str, units: Decimal) -> Terms:
        """What an order, or the transaction that made one, asks for."""
        kind = self.kind(told)
        price = None if told.get("price") is None else number(told["price"])
        return Terms(
            symbol=instrument,
            side=Side.BUY if units > 0 else Side.SELL,
            order_type=kind,
            quantity=abs(units),
            limit_price=price if kind is OrderType.LIMIT else None,
            stop_price=price if kind is OrderType.STOP else None,
            time_in_force=IN_FORCE.get(told.get("timeInForce", "GTC"), TimeInForce.GTC),
            stop_loss=_price(told.get("stopLossOnFill")),
            take_profit=_price(told.get("takeProfitOnFill")),
            client_order_id=client_id(told),
            reduce_only=self.only_reduces(told),
        )

    def kind(self, told: Told) -> OrderType:
        """LIMIT of an order, or LIMIT_ORDER of its transaction."""
        return TYPES[word(told["type"]).removesuffix("_ORDER")]

    def only_reduces(self, told: Told) -> bool:
        fills = str(told.get("positionFill", ""))
        return fills == "REDUCE_ONLY" or told.get("tradeID") is not None

    def order(self, told: Told, instrument: str, units: Decimal) -> Order:
        """An order as OANDA lists it; how far it was filled is not said there."""
        made = instant(told["createTime"])
        order = Order(word(told["id"]), self.terms(told, instrument, units), made, made)
        order.status = STATES[word(told["state"])]
        for name in ("filledTime", "cancelledTime"):
            if told.get(name):
                order.updated_at = instant(told[name])
        return order

    def settle(self, order: Order, told: Told) -> None:
        """What a list says of an order that is known: nothing goes back."""
        if order.status not in TERMINAL and told["state"] == "CANCELLED":
            order.status = OrderStatus.CANCELLED
            order.updated_at = instant(told.get("cancelledTime") or told["createTime"])

    def trade(self, told: Told, order_id: str) -> Trade:
        """The trade of one ORDER_FILL."""
        units = number(told["units"])
        return Trade(
            word(told["id"]),
            order_id,
            word(told["instrument"]),
            Side.BUY if units > 0 else Side.SELL,
            abs(units),
            number(told["price"]),
            number(told.get("commission") or "0"),
            instant(told["time"]),
        )

    def sides(self, told: Told) -> list[tuple[str, Decimal, Told]]:
        """The held sides of an instrument: its position's id, units, and the rest."""
        symbol, found = word(told["instrument"]), []
        for side in ("long", "short"):
            units = number(told[side]["units"])
            if units:
                found.append((f"{symbol}_{side.upper()}", units, told[side]))
        return found

    def position(self, told: Told, name: str, symbol: str, units: Decimal) -> Position:
        now = datetime.now(UTC)
        position = Position(name, symbol, now, now)
        position.quantity = units
        position.entry_price = number(told["averagePrice"])
        return position

    def account(self, told: Told) -> Json:
        rows = {
            "balance": "balance",
            "equity": "NAV",
            "unrealized_pnl": "unrealizedPL",
            "margin_used": "marginUsed",
            "margin_available": "marginAvailable",
        }
        found = told["account"]
        figures = {mine: text_of(number(found[its])) for mine, its in rows.items()}
        return {**figures, "currency": word(found["currency"])}

    def leverage(self, told: Told) -> str:
        """The most that a margin rate allows."""
        return text_of(1 / number(told["account"]["marginRate"]))

    def quote(self, told: Told, platform: str) -> Json:
        bid, ask = told["bids"][0], told["asks"][0]
        low, high = number(bid["price"]), number(ask["price"])
        return {
            "symbol": word(told["instrument"]),
            "provider": platform,
            "bid": text_of(low),
            "bid_size": text_of(number(bid["liquidity"])),
            "ask": text_of(high),
            "ask_size": text_of(number(ask["liquidity"])),
            "last": text_of((low + high) / 2),
            "timestamp": instant(told["time"]),
        }

    def bar(self, told: Told, symbol: str, timeframe: str) -> Json:
        """A bar; its timestamp is a point in time still."""
        names = {"open": "o", "high": "h", "low": "l", "close": "c"}
        prices = {k: text_of(number(told["mid"][n])) for k, n in names.items()}
        return {
            "symbol": symbol,
            "timeframe": timeframe,
            "timestamp": instant(told["time"]),
            **prices,
            "volume": text_of(number(told["volume"])),
        }


def client_id(told: Told) -> str | None:
    """The client order id of an order or a transaction."""
    extensions = told.get("clientExtensions") or {}
    found = extensions.get("id") or told.get("clientOrderID")
    return None if found is None else word(found)


def instant(text: Any) -> datetime:
    """A point in time: RFC 3339, or seconds as OANDA writes them on demand."""
    if isinstance(text, str) and text.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), UTC)
    return instant_of(text)


def _price(told: Told | None) -> Decimal | None:
    return None if not told or not told.get("price") else number(told["price"])
