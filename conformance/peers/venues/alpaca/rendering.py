"""How the books read in Alpaca's words: lower case, RFC 3339, amounts as texts."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import NAMESPACE_DNS, uuid5

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.alpaca.assets import is_coin
from conformance.peers.venues.alpaca.desk import MULTIPLIER, AlpacaDesk
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus, TrailingType
from conformance.venue.books import Position, Trade
from conformance.venue.order import Order

STATUS = {
    OrderStatus.PENDING: "held",
    OrderStatus.OPEN: "new",
    OrderStatus.PARTIALLY_FILLED: "partially_filled",
    OrderStatus.PENDING_CANCEL: "pending_cancel",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELLED: "canceled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.REJECTED: "rejected",
}


def time_text(at: datetime) -> str:
    """RFC 3339, in UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def error_json(refusal: Refuse) -> dict[str, Json]:
    """The body of a no; some have no code."""
    code = refusal.code
    if code is None:
        return {"message": refusal.text}
    return {
        "code": int(code) if code.isdigit() else 42210000,
        "message": refusal.text,
    }


def _asset_id(symbol: str) -> str:
    return str(uuid5(NAMESPACE_DNS, symbol))


def _optional(value: Decimal | None) -> str | None:
    return None if value is None else text_of(value)


def _rounded(value: Decimal) -> str:
    """To nine decimals, as positions are told."""
    return text_of(round(value, 9))


def _status(desk: AlpacaDesk, order: Order) -> str:
    return "replaced" if order.id in desk.replaced else STATUS[order.status]


def _class(family: list[Order] | None) -> str:
    """Of an entry that brings exits, or of one of them."""
    if not family:
        return ""
    return "bracket" if len(family) > 1 else "oto"


def order_json(
    desk: AlpacaDesk, order: Order, *, nested: bool = False, status: str = ""
) -> dict[str, Json]:
    """An order; `status` is what a new one is at first."""
    terms, legs = order.terms, desk.legs.get(order.id)
    ended = time_text(order.updated_at)
    percent = terms.trailing_type is TrailingType.PERCENT
    told = status or _status(desk, order)
    family = legs if order.parent is None else desk.legs.get(order.parent)
    shown = [order_json(desk, leg) for leg in legs] if nested and legs else None
    replaces = {new: old for old, new in desk.replaced.items()}
    return {
        "id": order.id,
        "client_order_id": terms.client_order_id,
        "created_at": time_text(order.created_at),
        "updated_at": ended,
        "submitted_at": time_text(order.created_at),
        "filled_at": ended if told == "filled" else None,
        "expired_at": ended if told == "expired" else None,
        "canceled_at": ended if told == "canceled" else None,
        "failed_at": ended if told == "rejected" else None,
        "replaced_at": ended if told == "replaced" else None,
        "replaced_by": desk.replaced.get(order.id),
        "replaces": replaces.get(order.id),
        "asset_id": _asset_id(terms.symbol),
        "symbol": terms.symbol,
        "asset_class": "crypto" if is_coin(terms.symbol) else "us_equity",
        "notional": None,
        "qty": text_of(terms.quantity),
        "filled_qty": text_of(order.filled),
        "filled_avg_price": _optional(order.average_price),
        "order_class": _class(family),
        "order_type": terms.order_type.lower(),
        "type": terms.order_type.lower(),
        "side": terms.side.lower(),
        "time_in_force": terms.time_in_force.lower(),
        "limit_price": _optional(terms.limit_price),
        "stop_price": _optional(terms.stop_price),
        "status": told,
        "extended_hours": False,
        "legs": shown,
        "trail_percent": _optional(terms.trailing_distance if percent else None),
        "trail_price": _optional(None if percent else terms.trailing_distance),
        "hwm": _optional(order.best),
    }


def position_json(desk: AlpacaDesk, position: Position) -> dict[str, Json]:
    """What is held of one asset."""
    price, quantity = desk.prices[position.symbol], position.quantity
    basis = position.entry_price * quantity
    profit = position.unrealized(price)
    part = profit / abs(basis) if basis else Decimal(0)
    coin = is_coin(position.symbol)
    return {
        "asset_id": _asset_id(position.symbol),
        "symbol": position.symbol,
        "exchange": "CRYPTO" if coin else "NASDAQ",
        "asset_class": "crypto" if coin else "us_equity",
        "avg_entry_price": _rounded(position.entry_price),
        "qty": text_of(quantity),
        "qty_available": text_of(quantity),
        "side": "short" if quantity < 0 else "long",
        "market_value": text_of(quantity * price),
        "cost_basis": _rounded(basis),
        "unrealized_pl": _rounded(profit),
        "unrealized_plpc": _rounded(part),
        "unrealized_intraday_pl": _rounded(profit),
        "unrealized_intraday_plpc": _rounded(part),
        "current_price": text_of(price),
        "lastday_price": text_of(price),
        "change_today": "0",
    }


def account_json(desk: AlpacaDesk) -> dict[str, Json]:
    """The account."""
    equity, worth = desk.equity(), desk.worth()
    return {
        "id": _asset_id("account"),
        "account_number": "PA0000000001",
        "status": "ACTIVE",
        "currency": "USD",
        "cash": text_of(equity - worth),
        "portfolio_value": text_of(equity),
        "equity": text_of(equity),
        "last_equity": text_of(equity),
        "buying_power": text_of(desk.buying_power()),
        "multiplier": str(MULTIPLIER),
        "pattern_day_trader": False,
        "trading_blocked": False,
        "transfers_blocked": False,
        "account_blocked": False,
        "shorting_enabled": True,
        "trade_suspended_by_user": False,
        "created_at": "2026-01-02T14:30:00.000000Z",
        "initial_margin": text_of(abs(worth) / MULTIPLIER),
        "maintenance_margin": text_of(abs(worth) * Decimal("0.3")),
        "daytrade_count": 0,
    }


def activity_json(desk: AlpacaDesk, trade: Trade) -> dict[str, Json]:
    """A fill, with where its order stood after it."""
    order = desk.books.orders[trade.order_id]
    upto = order.traded[: order.traded.index(trade.id) + 1]
    done = sum((t.quantity for t in desk.books.trades if t.id in upto), Decimal(0))
    left = max(order.terms.quantity - done, Decimal(0))
    return {
        "id": f"{trade.at:%Y%m%d%H%M%S}{trade.at.microsecond // 1000:03d}::{trade.id}",
        "activity_type": "FILL",
        "transaction_time": time_text(trade.at),
        "type": "partial_fill" if left else "fill",
        "price": text_of(trade.price),
        "qty": text_of(trade.quantity),
        "side": trade.side.lower(),
        "symbol": trade.symbol,
        "leaves_qty": text_of(left),
        "order_id": trade.order_id,
        "cum_qty": text_of(done),
        "order_status": "partially_filled" if left else "filled",
    }
