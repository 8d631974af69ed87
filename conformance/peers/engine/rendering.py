"""How the books read in the Engine's words: lower case, milliseconds, decimals."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus, OrderType, Side, TimeInForce
from conformance.venue.books import START_BALANCE, Books, Position, Trade
from conformance.venue.order import Order, Terms

STATUS = {
    OrderStatus.PENDING: "open",
    OrderStatus.OPEN: "open",
    OrderStatus.PARTIALLY_FILLED: "partially_filled",
    OrderStatus.PENDING_CANCEL: "open",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.EXPIRED: "cancelled",
    OrderStatus.REJECTED: "rejected",
}


def milliseconds(at: datetime) -> int:
    """Since 1970."""
    return int(at.timestamp() * 1000)


def terms_of(asked: Mapping[str, Json]) -> Terms:
    """What an order request of a Gateway asks for."""

    def decimal(name: str) -> Decimal | None:
        value = asked.get(name)
        return None if value is None else Decimal(str(value))

    quantity = decimal("quantity")
    assert quantity is not None
    return Terms(
        symbol=asked["symbol"],
        side=Side(str(asked["side"]).upper()),
        order_type=OrderType(str(asked["order_type"]).upper()),
        quantity=quantity,
        limit_price=decimal("limit_price"),
        stop_price=decimal("stop_price"),
        time_in_force=TimeInForce(str(asked.get("time_in_force") or "gtc").upper()),
        client_order_id=asked.get("client_order_id"),
        position_id=asked.get("position_id"),
        reduce_only=bool(asked.get("reduce_only")),
    )


def order_json(order: Order, reason: str | None = None) -> dict[str, Json]:
    """One order; `reason` is why it was rejected."""
    terms, average = order.terms, order.average_price
    found: dict[str, Json] = {
        "id": order.id,
        "client_order_id": terms.client_order_id,
        "symbol": terms.symbol,
        "side": terms.side.lower(),
        "order_type": terms.order_type.lower(),
        "quantity": text_of(terms.quantity),
        "filled_quantity": text_of(order.filled),
        "price": text_of(_price(terms)),
        "status": STATUS[order.status],
        "time_in_force": terms.time_in_force.lower(),
        "created_at": milliseconds(order.created_at),
    }
    if average is not None:
        found["average_fill_price"] = text_of(average)
        found["executed_at"] = milliseconds(order.updated_at)
    if terms.order_type is OrderType.STOP_LIMIT and terms.limit_price is not None:
        found["limit_price"] = text_of(terms.limit_price)
    if terms.position_id is not None:
        found["position_id"] = terms.position_id
    if order.status is OrderStatus.CANCELLED:
        found["cancelled_at"] = milliseconds(order.updated_at)
    if order.status is OrderStatus.REJECTED:
        found |= {
            "rejected_at": milliseconds(order.updated_at),
            "reject_reason": reason,
        }
    return found


def _price(terms: Terms) -> Decimal:
    if terms.order_type is OrderType.LIMIT:
        return terms.limit_price or Decimal(0)
    return terms.stop_price or Decimal(0)


def trade_json(trade: Trade) -> dict[str, Json]:
    """One fill."""
    return {
        "id": trade.id,
        "order_id": trade.order_id,
        "symbol": trade.symbol,
        "side": trade.side.lower(),
        "quantity": text_of(trade.quantity),
        "price": text_of(trade.price),
        "commission": text_of(trade.commission),
        "timestamp": milliseconds(trade.at),
    }


def position_json(position: Position, price: Decimal) -> dict[str, Json]:
    """What is held of one symbol, at this price."""
    return {
        "id": position.id,
        "symbol": position.symbol,
        "side": "short" if position.quantity < 0 else "long",
        "quantity": text_of(abs(position.quantity)),
        "avg_entry_price": text_of(position.entry_price),
        "current_price": text_of(price),
        "unrealized_pnl": text_of(position.unrealized(price)),
    }


def account_json(books: Books, prices: Mapping[str, Decimal]) -> dict[str, Json]:
    """The account, every position at its symbol's price."""
    held = books.open_positions()
    unrealized = _sum(p.unrealized(prices[p.symbol]) for p in held)
    used = _sum(abs(p.quantity) * prices[p.symbol] for p in held)
    commission = _sum(t.commission for t in books.trades)
    equity = books.balance + unrealized
    return {
        "balance": text_of(books.balance),
        "equity": text_of(equity),
        "unrealized_pnl": text_of(unrealized),
        "realized_pnl": text_of(books.balance - START_BALANCE + commission),
        "total_commission": text_of(commission),
        "margin_used": text_of(used),
        "margin_available": text_of(equity - used),
    }


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def bar_json(at: datetime, close: Decimal, volume: float = 1000.0) -> dict[str, Json]:
    """A bar that closes here."""
    low, high = close * Decimal("0.99"), close * Decimal("1.01")
    return {
        "timestamp": milliseconds(at),
        "open": text_of(close),
        "high": text_of(high),
        "low": text_of(low),
        "close": text_of(close),
        "volume": volume,
    }
