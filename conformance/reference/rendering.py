"""How orders, trades, positions and the market read as JSON."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from conformance.protocol import instants, money
from conformance.venue.books import Books, Position, Trade
from conformance.venue.order import Order
from conformance.venue.prices import Prices

Json = dict[str, Any]

PLATFORM = "mock"


def present(fields: Mapping[str, Any]) -> Json:
    """The fields that have a value: an absent one is left out, never null."""
    return {name: value for name, value in fields.items() if value is not None}


class Rendering:
    """One method an object; mutants spoil one."""

    def __init__(self, platform: str = PLATFORM) -> None:
        self.platform = platform

    def decimal(self, value: Decimal | None) -> str | None:
        return None if value is None else money.text_of(value)

    def instant(self, value: datetime) -> str:
        return instants.text_of(value)

    def order(self, order: Order) -> Json:
        terms = order.terms
        return present(
            {
                "id": order.id,
                "client_order_id": terms.client_order_id,
                "symbol": terms.symbol,
                "side": terms.side,
                "order_type": terms.order_type,
                "quantity": self.decimal(terms.quantity),
                "filled_quantity": self.decimal(order.filled),
                "remaining_quantity": self.decimal(order.remaining),
                "limit_price": self.decimal(terms.limit_price),
                "stop_price": self.decimal(terms.stop_price),
                "trailing_distance": self.decimal(terms.trailing_distance),
                "trailing_type": terms.trailing_type,
                "stop_loss": self.decimal(terms.stop_loss),
                "take_profit": self.decimal(terms.take_profit),
                "average_fill_price": self.decimal(self.average(order)),
                "status": order.status,
                "reject_reason": order.reject_reason,
                "time_in_force": terms.time_in_force,
                "reduce_only": terms.reduce_only,
                "post_only": terms.post_only,
                "hidden": terms.hidden,
                "display_quantity": self.decimal(terms.display_quantity),
                "oco_group_id": terms.oco_group_id,
                "position_id": terms.position_id,
                "parent_order_id": order.parent if order.live else None,
                "correlation_id": order.correlation_id,
                "created_at": self.instant(order.created_at),
                "updated_at": self.instant(order.updated_at),
            }
        )

    def average(self, order: Order) -> Decimal | None:
        return order.average_price

    def handle(self, order: Order) -> Json:
        return present(
            {
                "id": order.id,
                "client_order_id": order.terms.client_order_id,
                "correlation_id": order.correlation_id,
                "status": order.status,
            }
        )

    def trade(self, trade: Trade) -> Json:
        return {
            "id": trade.id,
            "order_id": trade.order_id,
            "symbol": trade.symbol,
            "side": trade.side,
            "quantity": self.decimal(trade.quantity),
            "price": self.decimal(trade.price),
            "commission": self.decimal(trade.commission),
            "commission_currency": "USD",
            "is_maker": False,
            "timestamp": self.instant(trade.at),
        }

    def position(self, position: Position, prices: Prices) -> Json:
        price = prices.last(position.symbol)
        return present(
            {
                "id": position.id,
                "symbol": position.symbol,
                "side": "LONG" if position.quantity >= 0 else "SHORT",
                "quantity": self.decimal(abs(position.quantity)),
                "average_entry_price": self.decimal(position.entry_price),
                "current_price": self.decimal(price),
                "unrealized_pnl": self.decimal(position.unrealized(price)),
                "realized_pnl": self.decimal(position.realized),
                "leverage": self.decimal(position.leverage),
                "margin_mode": position.margin_mode,
                "opened_at": self.instant(position.opened_at),
                "updated_at": self.instant(position.updated_at),
            }
        )

    def account(self, books: Books, prices: Prices) -> Json:
        unrealized = sum(
            (p.unrealized(prices.last(p.symbol)) for p in books.open_positions()),
            Decimal(0),
        )
        used = sum(
            (
                abs(p.quantity) * p.entry_price / (p.leverage or 1)
                for p in books.open_positions()
            ),
            Decimal(0),
        )
        return {
            "balance": self.decimal(books.balance),
            "equity": self.decimal(books.balance + unrealized),
            "unrealized_pnl": self.decimal(unrealized),
            "margin_used": self.decimal(used),
            "margin_available": self.decimal(books.balance + unrealized - used),
            "currency": "USD",
        }

    def quote(self, symbol: str, prices: Prices, now: datetime) -> Json:
        last, half = prices.last(symbol), prices.spread(symbol)
        return {
            "symbol": symbol,
            "provider": self.platform,
            "bid": self.decimal(max(last - half, half)),
            "bid_size": "100",
            "ask": self.decimal(last + half),
            "ask_size": "100",
            "last": self.decimal(last),
            "volume": "50000",
            "timestamp": self.instant(now),
        }

    def bar(self, symbol: str, timeframe: str, prices: Prices, start: datetime) -> Json:
        last = prices.last(symbol)
        # A bar's path is made of its start alone: the same bar is always the same.
        wave = Decimal(int(start.timestamp()) % 97 - 48) / 10_000
        opened = (last * (1 + wave)).quantize(Decimal("0.0001"))
        return {
            "symbol": symbol,
            "provider": self.platform,
            "timeframe": timeframe,
            "timestamp": self.instant(start),
            "open": self.decimal(opened),
            "high": self.decimal(max(opened, last) + prices.spread(symbol)),
            "low": self.decimal(
                max(min(opened, last) - prices.spread(symbol), Decimal("0.0001"))
            ),
            "close": self.decimal(last),
            "volume": "1000",
        }
