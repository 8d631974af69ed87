"""How the Engine's words read as the books' objects, and an order as its request."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conformance.protocol.money import decimal_of, text_of
from conformance.protocol.order_states import TERMINAL
from conformance.protocol.words import OrderStatus, OrderType, Side, TimeInForce
from conformance.reference.failure import Failure
from conformance.venue.books import Position, Trade
from conformance.venue.order import Order, Terms

Json = dict[str, Any]

UNKNOWN_TO_IT = (
    "trailing_distance",
    "display_quantity",
    "leverage",
    "margin_mode",
    "post_only",
    "hidden",
)
"""What an order of the Gateway may ask for and the Engine has no word for."""


SIGNS = {"long": 1, "short": -1}
ACCOUNT_EVENTS = frozenset({"balance_updated", "margin_warning", "margin_call"})
REASONS = (
    ("margin", "INSUFFICIENT_MARGIN"),
    ("balance", "INSUFFICIENT_BALANCE"),
    ("funds", "INSUFFICIENT_BALANCE"),
    ("quantity", "INVALID_QUANTITY"),
    ("price", "INVALID_PRICE"),
    ("symbol", "SYMBOL_NOT_TRADEABLE"),
    ("closed", "MARKET_CLOSED"),
    ("reduce", "REDUCE_ONLY_VIOLATED"),
    ("rate limit", "RATE_LIMITED"),
)
"""What an Engine's text says, and the Gateway's word for it."""


def number(value: Any) -> Decimal:
    """A number of the Engine's; raises ValueError where it is none."""
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is no number")
    return decimal_of(format(Decimal(value), "f") if _is_figure(value) else value)


def _is_figure(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and Decimal(value).is_finite()


def word(value: Any) -> str:
    """A word of the Engine's; raises TypeError where it is none."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no word")
    return value


class Translation:
    """One method an object."""

    def refuse(self, terms: Terms) -> None:
        """Raises Failure for what the Engine cannot do, before anything is sent."""
        for name in UNKNOWN_TO_IT:
            if getattr(terms, name):
                raise self.unsupported(name)
        immediate = terms.order_type in (OrderType.MARKET, OrderType.LIMIT)
        if terms.time_in_force in (TimeInForce.DAY, TimeInForce.FOK):
            raise self.unsupported(f"time_in_force {terms.time_in_force}")
        if terms.time_in_force is TimeInForce.IOC and not immediate:
            raise self.unsupported("time_in_force IOC of a stop")

    def unsupported(self, what: str) -> Failure:
        return Failure("UNSUPPORTED_OPERATION", f"the Engine has no {what}")

    def request(self, terms: Terms) -> Json:
        """What is sent to the Engine for an order."""
        return {
            "symbol": terms.symbol,
            "side": terms.side.lower(),
            "order_type": terms.order_type.lower(),
            "quantity": text_of(terms.quantity),
            "limit_price": _text(terms.limit_price),
            "stop_price": _text(terms.stop_price),
            "client_order_id": terms.client_order_id,
            "position_id": terms.position_id,
            "reduce_only": terms.reduce_only,
            "time_in_force": terms.time_in_force.lower(),
        }

    def order(self, told: Mapping[str, Any], known: Order | None) -> Order:
        """An order as the Engine tells it, over what is known: nothing goes back."""
        filled = number(told["filled_quantity"])
        average = number(told.get("average_fill_price") or 0)
        order = known or Order(
            str(told["id"]), self.terms(told), _at(told["created_at"]), _at(0)
        )
        order.created_at = _at(told["created_at"])
        order.updated_at = max(order.updated_at, self.changed(told))
        if filled > order.filled:
            order.filled, order.worth = filled, filled * average
        if order.status not in TERMINAL:
            order.status = self.status(told, order)
        if told.get("reject_reason"):
            order.reject_reason = self.reason(str(told["reject_reason"]))
        return order

    def reason(self, text: str) -> str:
        """The Gateway's word for why an order was rejected."""
        said = text.lower().replace("_", " ")
        return next((word for part, word in REASONS if part in said), "UNKNOWN")

    def terms(self, told: Mapping[str, Any]) -> Terms:
        kind = OrderType(told["order_type"].upper())
        price = number(told["price"])
        limit = told.get("limit_price")
        return Terms(
            symbol=word(told["symbol"]),
            side=Side(told["side"].upper()),
            order_type=kind,
            quantity=number(told["quantity"]),
            limit_price=price
            if kind is OrderType.LIMIT
            else (None if limit is None else number(limit)),
            stop_price=price
            if kind in (OrderType.STOP, OrderType.STOP_LIMIT)
            else None,
            time_in_force=TimeInForce(told.get("time_in_force", "gtc").upper()),
            client_order_id=told.get("client_order_id"),
            position_id=told.get("position_id"),
        )

    def status(self, told: Mapping[str, Any], order: Order) -> OrderStatus:
        status = OrderStatus(told["status"].upper())
        if status is OrderStatus.OPEN and order.filled:
            return OrderStatus.PARTIALLY_FILLED
        return status

    def changed(self, told: Mapping[str, Any]) -> datetime:
        """When the Engine last changed it."""
        names = ("rejected_at", "cancelled_at", "executed_at", "created_at")
        return max(_at(told[name]) for name in names if told.get(name) is not None)

    def trade(self, told: Mapping[str, Any]) -> Trade:
        return Trade(
            str(told["id"]),
            str(told["order_id"]),
            word(told["symbol"]),
            Side(told["side"].upper()),
            number(told["quantity"]),
            number(told["price"]),
            number(told["commission"]),
            _at(told["timestamp"]),
        )

    def position(self, told: Mapping[str, Any], known: Position | None) -> Position:
        """A position; since when it is held only the Gateway knows."""
        now = datetime.now(UTC)
        held = known is not None and bool(known.quantity)
        position = known if known and held else Position("", "", now, now)
        signed = number(told["quantity"]) * SIGNS[told["side"]]
        if signed != position.quantity:
            position.updated_at = now
        position.id, position.symbol = str(told["id"]), word(told["symbol"])
        position.quantity = signed
        position.entry_price = number(told["avg_entry_price"])
        return position

    def account(self, told: Mapping[str, Any]) -> Json:
        names = ("balance", "equity", "unrealized_pnl", "margin_used")
        found = {name: _text(number(told[name])) for name in names}
        available = _text(number(told["margin_available"]))
        return {**found, "margin_available": available, "currency": "USD"}

    def account_event(self, event: str) -> str:
        if event not in ACCOUNT_EVENTS:
            raise ValueError(f"{event!r} is no event of an account")
        return event.upper()

    def quote(self, told: Mapping[str, Any], platform: str) -> Json:
        bid, ask = number(told["bid"]), number(told["ask"])
        return {
            "symbol": word(told["symbol"]),
            "provider": platform,
            "bid": _text(bid),
            "ask": _text(ask),
            "last": _text((bid + ask) / 2),
            "timestamp": _at(told["timestamp"]),
        }

    def bar(self, told: Mapping[str, Any], symbol: str, timeframe: str) -> Json:
        """A bar; its timestamp is a point in time still."""
        prices = {n: _text(number(told[n])) for n in ("open", "high", "low", "close")}
        return {
            "symbol": symbol,
            "timeframe": timeframe,
            "timestamp": _at(told["timestamp"]),
            **prices,
            "volume": _text(number(told["volume"])),
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else text_of(value)


def _at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(float(milliseconds / 1000), UTC)
