"""What each REST operation does; one method an operation."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance import __version__
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.protocol.words import TIMEFRAMES, OrderStatus, OrderType, Side
from conformance.reference.failure import Failure, invalid
from conformance.reference.metrics import Metrics
from conformance.reference.provider import MockProvider
from conformance.reference.rendering import Rendering
from conformance.reference.settings import GatewaySettings
from conformance.reference.validation import Validation
from conformance.venue.books import Position, Trade
from conformance.venue.order import Order

LIMIT = 100
MOST = 1000
"""Rows of one answer: what is asked for beyond is cut to this."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: path parameters decoded, the query's pairs, the raw body."""

    path: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes

    def one(self, name: str) -> str | None:
        """A query parameter that may be given once."""
        found = [value for key, value in self.query if key == name]
        if len(found) > 1:
            raise invalid(name, "given more than once")
        return found[0] if found else None

    def many(self, name: str) -> tuple[str, ...]:
        """A query parameter that may be repeated, or hold several with commas."""
        values = (
            v for key, value in self.query if key == name for v in value.split(",")
        )
        return tuple(v for v in values if v)


Answer = tuple[int, Any]


class Handlers:
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

    # --- probes and operation ---

    def livez(self, asked: Asked) -> Answer:
        return 200, {"status": "ok"}

    def readyz(self, asked: Asked) -> Answer:
        ready = not self.shutting_down
        return (200 if ready else 503), {
            "ready": ready,
            "providers": [self.settings.platform],
            "provider_count": 1,
        }

    def health(self, asked: Asked) -> Answer:
        return 200, {
            "status": "connected",
            "version": __version__,
            "git_sha": self.settings.git_sha,
            "providers": [{"platform": self.settings.platform, "connected": True}],
        }

    def capabilities(self, asked: Asked) -> Answer:
        return 200, {
            "supported_asset_classes": ["STOCK", "CRYPTO", "FOREX"],
            "supported_order_types": list(OrderType),
            "position_mode": "NETTING",
            "features": ["bracket_orders", "oco", "trailing_stop", "short_selling"],
        }

    def status(self, asked: Asked) -> Answer:
        return 200, {
            "connected": True,
            "latency_ms": 0,
            "last_heartbeat": self.rendering.instant(self.now()),
        }

    def circuit_breakers(self, asked: Asked) -> Answer:
        closed = {"state": "closed", "failure_count": 0}
        return 200, {"adapter": closed, "exit_order": closed}

    def reset_circuit_breakers(self, asked: Asked) -> Answer:
        self.metrics.count("gateway_circuit_breaker_resets_total")
        return self.circuit_breakers(asked)

    # --- account and market ---

    def account(self, asked: Asked) -> Answer:
        return 200, self.rendering.account(self.provider.books, self.provider.prices)

    def quote(self, asked: Asked) -> Answer:
        symbol = asked.path["symbol"]
        return 200, self.rendering.quote(symbol, self.provider.prices, self.now())

    def bars(self, asked: Asked) -> Answer:
        timeframe = asked.one("timeframe")
        if timeframe not in TIMEFRAMES:
            raise invalid("timeframe", f"one of {', '.join(TIMEFRAMES)}", timeframe)
        start, end = self.instant(asked, "start"), self.instant(asked, "end")
        limit = self.limit(asked)
        starts = self.bar_starts(TIMEFRAMES[timeframe], start, end, limit)
        symbol, prices = asked.path["symbol"], self.provider.prices
        return 200, [self.rendering.bar(symbol, timeframe, prices, at) for at in starts]

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
        return 200, {
            "position_id": position.id,
            **{
                name: {
                    "order_ids": [leg.id for leg in legs],
                    "trigger_price": self.rendering.decimal(moves[name]),
                }
                for name, legs in moved.items()
            },
        }

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

    # --- filters ---

    def filtered(self, asked: Asked) -> list[Order]:
        """The orders that meet every filter but the status."""
        symbol, side = asked.one("symbol"), self.side(asked)
        client, group = asked.one("client_order_id"), asked.one("oco_group_id")
        orders = self.within(asked, self.provider.books.orders.values(), _created_at)
        return [
            order
            for order in orders
            if symbol in (None, order.terms.symbol)
            and side in (None, order.terms.side)
            and client in (None, order.terms.client_order_id)
            and group in (None, order.terms.oco_group_id)
        ]

    def listed(self, orders: Iterable[Order], asked: Asked) -> list[dict[str, Any]]:
        newest = list(orders)[::-1][: self.limit(asked)]
        return [self.rendering.order(order) for order in newest]

    def within(
        self, asked: Asked, rows: Iterable[Any], at: Callable[[Any], Any]
    ) -> Any:
        """The rows since one time, inclusive, and until another, exclusive."""
        since, until = self.instant(asked, "since"), self.instant(asked, "until")
        return [
            row
            for row in rows
            if (since is None or at(row) >= since)
            and (until is None or at(row) < until)
        ]

    def statuses(self, asked: Asked) -> tuple[OrderStatus, ...]:
        try:
            return tuple(OrderStatus(value) for value in asked.many("status"))
        except ValueError as error:
            raise invalid("status", str(error)) from error

    def side(self, asked: Asked) -> Side | None:
        value = asked.one("side")
        try:
            return None if value is None else Side(value.upper())
        except ValueError as error:
            raise invalid("side", str(error)) from error

    def instant(self, asked: Asked, name: str) -> datetime | None:
        value = asked.one(name)
        try:
            return None if value is None else instant_of(value)
        except NotAnInstant as error:
            raise invalid(name, str(error), value) from error

    def limit(self, asked: Asked) -> int:
        value = asked.one("limit")
        if value is None:
            return LIMIT
        if not (value.isascii() and value.isdigit()) or int(value) >= 2**31:
            raise invalid("limit", "a whole number", value)
        return min(int(value), MOST)

    def now(self) -> datetime:
        return datetime.now(UTC)


def _created_at(order: Order) -> datetime:
    return order.created_at


def _traded_at(trade: Trade) -> datetime:
    return trade.at


ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", "/livez", "livez"),
    ("GET", "/readyz", "readyz"),
    ("GET", "/health", "health"),
    ("GET", "/v1/account", "account"),
    ("GET", "/v1/capabilities", "capabilities"),
    ("GET", "/v1/status", "status"),
    ("GET", "/v1/circuit-breakers", "circuit_breakers"),
    ("POST", "/v1/circuit-breakers/reset", "reset_circuit_breakers"),
    ("GET", "/v1/quotes/{symbol}", "quote"),
    ("GET", "/v1/bars/{symbol}", "bars"),
    ("POST", "/v1/orders", "submit_order"),
    ("GET", "/v1/orders", "orders"),
    ("DELETE", "/v1/orders", "cancel_all_orders"),
    ("GET", "/v1/orders/history", "order_history"),
    ("GET", "/v1/orders/{order_id}", "order"),
    ("PATCH", "/v1/orders/{order_id}", "modify_order"),
    ("DELETE", "/v1/orders/{order_id}", "cancel_order"),
    ("GET", "/v1/trades", "trades"),
    ("GET", "/v1/positions", "positions"),
    ("DELETE", "/v1/positions", "close_all_positions"),
    ("GET", "/v1/positions/{position_id}", "position"),
    ("PATCH", "/v1/positions/{position_id}", "modify_position_exits"),
    ("DELETE", "/v1/positions/{position_id}", "close_position"),
)
"""Method, path and the handler's name: the 23 operations."""
