"""What each REST operation does; one method an operation."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from conformance.protocol.words import TIMEFRAMES
from conformance.reference.asked import Answer, Asked
from conformance.reference.failure import Failure, invalid
from conformance.reference.filters import Filters
from conformance.reference.metrics import Metrics
from conformance.reference.probes import Probes
from conformance.reference.provider import MockProvider
from conformance.reference.rendering import Rendering
from conformance.reference.settings import GatewaySettings
from conformance.reference.validation import Validation
from conformance.venue.books import Position, Trade
from conformance.venue.order import Order

__all__ = ("Answer", "Asked", "Handlers")


class Handlers(Probes, Filters):
    """Every operation of the API; each returns a status and what becomes JSON."""

    validation_class: type[Validation] = Validation

    def __init__(
        self,
        settings: GatewaySettings,
        provider: MockProvider,
        rendering: Rendering,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self.provider = provider
        self.rendering = rendering
        self.metrics = metrics
        self.validation = self.validation_class()
        self.shutting_down = False

    # --- account and market ---

    def account(self, asked: Asked) -> Answer:
        return 200, self.rendering.account(self.provider.books, self.provider.prices)

    def quote(self, asked: Asked) -> Answer:
        symbol = asked.path["symbol"]
        return 200, self.rendering.quote(symbol, self.provider.prices, self.now())

    def bars(self, asked: Asked) -> Answer:
        timeframe = self.timeframe(asked)
        start, end = self.instant(asked, "start"), self.instant(asked, "end")
        limit = self.limit(asked)
        starts = self.bar_starts(TIMEFRAMES[timeframe], start, end, limit)
        symbol, prices = asked.path["symbol"], self.provider.prices
        return 200, [self.rendering.bar(symbol, timeframe, prices, at) for at in starts]

    def timeframe(self, asked: Asked) -> str:
        timeframe = asked.one("timeframe")
        if timeframe not in TIMEFRAMES:
            raise invalid("timeframe", f"one of {', '.join(TIMEFRAMES)}", timeframe)
        return timeframe

    def bar_starts(
        self, seconds: int, start: datetime | None, end: datetime | None, limit: int
    ) -> list[datetime]:
        """The newest starts within the range, oldest first."""
        now = int(self.now().timestamp())
        last = now - now % seconds - seconds
        newest = min(last, int(end.timestamp()) if end else last)
        newest -= newest % seconds
        found: list[datetime] = []
        while len(found) < limit and newest >= 0:
            if start is not None and newest < start.timestamp():
                break
            found.append(datetime.fromtimestamp(0, UTC) + timedelta(seconds=newest))
            newest -= seconds
        return found[::-1]

    # --- orders ---

    def submit_order(self, asked: Asked) -> Answer:
        if self.shutting_down:
            raise Failure("SHUTTING_DOWN", "the Gateway is ending")
        began = time.perf_counter()
        body = self.validation.body(asked.content_type, asked.body)
        terms = self.validation.order(body)
        order = self.provider.submit(terms)
        self.metrics.submitted(time.perf_counter() - began)
        return 201, self.rendering.handle(order)

    def orders(self, asked: Asked) -> Answer:
        """Open orders, unless a status is asked for."""
        statuses = self.statuses(asked)
        found = [
            order
            for order in self.filtered(asked)
            if (order.status in statuses if statuses else order.live)
        ]
        return 200, self.listed(found, asked)

    def order_history(self, asked: Asked) -> Answer:
        """Orders that have ended."""
        statuses = self.statuses(asked)
        found = [
            order
            for order in self.filtered(asked)
            if not order.live and (not statuses or order.status in statuses)
        ]
        return 200, self.listed(found, asked)

    def order(self, asked: Asked) -> Answer:
        return 200, self.rendering.order(self.find_order(asked))

    def modify_order(self, asked: Asked) -> Answer:
        body = self.validation.body(asked.content_type, asked.body)
        order = self.find_order(asked)
        changes = self.validation.modification(body, order) if order.live else {}
        self.provider.modify(order, changes)
        return 200, {"order": self.rendering.order(order)}

    def cancel_order(self, asked: Asked) -> Answer:
        order = self.find_order(asked)
        self.provider.cancel(order)
        return 200, {"success": True, "order": self.rendering.order(order)}

    def cancel_all_orders(self, asked: Asked) -> Answer:
        symbol = asked.one("symbol")
        cancelled = 0
        for order in self.cancellable(symbol):
            # Cancelling one can end another: a bracket's other exit.
            if order.live:
                self.provider.cancel(order)
                cancelled += 1
        return 200, {
            "cancelled_count": cancelled,
            "failed_count": 0,
            "failed_order_ids": [],
        }

    def cancellable(self, symbol: str | None) -> list[Order]:
        orders = self.provider.books.orders.values()
        return [o for o in orders if o.live and symbol in (None, o.terms.symbol)]

    def find_order(self, asked: Asked) -> Order:
        order_id = asked.path["order_id"]
        order = self.provider.books.orders.get(order_id)
        if order is None:
            raise Failure(
                "ORDER_NOT_FOUND",
                f"no order {order_id!r}",
                {"resource": "order", "id": order_id},
            )
        return order

    # --- trades and positions ---

    def trades(self, asked: Asked) -> Answer:
        symbol, order_id = asked.one("symbol"), asked.one("order_id")
        found = [
            trade
            for trade in self.within(asked, self.provider.books.trades, _traded_at)
            if symbol in (None, trade.symbol) and order_id in (None, trade.order_id)
        ]
        newest = found[::-1][: self.limit(asked)]
        return 200, [self.rendering.trade(trade) for trade in newest]

    def positions(self, asked: Asked) -> Answer:
        symbol = asked.one("symbol")
        return 200, [
            self.position_json(position)
            for position in self.provider.books.open_positions()
            if symbol in (None, position.symbol)
        ]

    def position(self, asked: Asked) -> Answer:
        return 200, self.position_json(self.find_position(asked))

    def position_json(self, position: Position) -> dict[str, Any]:
        return self.rendering.position(position, self.provider.prices)

    def close_position(self, asked: Asked) -> Answer:
        terms = self.close_terms(asked)
        position = self.find_position(asked)
        order = self.provider.close(position.symbol, **terms)
        return 200, self.rendering.handle(order)

    def close_terms(self, asked: Asked) -> dict[str, Any]:
        """What a close asks for: nothing at all without a body, or with null."""
        if self.has_no_body(asked):
            return {"quantity": None}
        return self.validation.close(
            self.validation.body(asked.content_type, asked.body)
        )

    def has_no_body(self, asked: Asked) -> bool:
        null = self.validation.content_type_is_json(asked.content_type)
        return not asked.body.strip() or (null and asked.body.strip() == b"null")

    def close_all_positions(self, asked: Asked) -> Answer:
        symbol = asked.one("symbol")
        handles = [
            self.rendering.handle(self.provider.close(position.symbol, None))
            for position in self.provider.books.open_positions()
            if symbol in (None, position.symbol)
        ]
        return 200, handles

    def modify_position_exits(self, asked: Asked) -> Answer:
        body = self.validation.body(asked.content_type, asked.body)
        position = self.find_position(asked)
        moves = self.validation.exits(body)
        moved = self.provider.exits.move(position.symbol, moves)
        return 200, self.moved_json(position, moves, moved)

    def moved_json(
        self,
        position: Position,
        moves: dict[str, Decimal],
        moved: dict[str, list[Order]],
    ) -> dict[str, Any]:
        """Which exits of a position moved, and where to."""
        exits = {
            name: {
                "order_ids": [leg.id for leg in legs],
                "trigger_price": self.rendering.decimal(moves[name]),
            }
            for name, legs in moved.items()
        }
        return {"position_id": position.id, **exits}

    def find_position(self, asked: Asked) -> Position:
        position_id = asked.path["position_id"]
        for position in self.provider.books.open_positions():
            if position.id == position_id:
                return position
        raise Failure(
            "POSITION_NOT_FOUND",
            f"no position {position_id!r}",
            {"resource": "position", "id": position_id},
        )


def _traded_at(trade: Trade) -> datetime:
    return trade.at
