"""The mock provider: takes orders to the books, fills them, says what happened."""

import asyncio
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conformance.protocol.words import OrderStatus, OrderType, Side, TimeInForce
from conformance.reference.exits import Exits
from conformance.reference.failure import Failure, rejected
from conformance.reference.metrics import Metrics
from conformance.reference.rendering import Rendering
from conformance.reference.settings import GatewaySettings
from conformance.venue.books import Books, Trade
from conformance.venue.order import Order, Terms
from conformance.venue.prices import Prices

Announce = Callable[[dict[str, Any]], None]

ENDINGS = {
    OrderStatus.CANCELLED: "ORDER_CANCELLED",
    OrderStatus.EXPIRED: "ORDER_EXPIRED",
    OrderStatus.REJECTED: "ORDER_REJECTED",
}


class MockProvider:
    """Orders against a walking price; every change is announced when it is booked."""

    exits_class: type[Exits] = Exits

    def __init__(
        self,
        settings: GatewaySettings,
        rendering: Rendering,
        metrics: Metrics,
        announce: Announce,
    ) -> None:
        self.settings = settings
        self.rendering = rendering
        self.metrics = metrics
        # Two instances are two venues: no id of one is an id of the other.
        self.books = Books(f"{secrets.token_hex(2)}-")
        self.prices = Prices()
        self._announce = announce
        self._timers: set[asyncio.TimerHandle] = set()
        self.exits = self.exits_class(self)

    def now(self) -> datetime:
        return datetime.now(UTC)

    # --- what the Gateway asks for ---

    def submit(self, terms: Terms, *, parent: str | None = None) -> Order:
        """Takes an order; raises Failure where the venue refuses it."""
        known = self.known(terms.client_order_id)
        if known is not None:
            return known
        self.refuse(terms)
        order = self.books.add(terms, self.now())
        order.parent = parent
        order.correlation_id = str(uuid.uuid4())
        self.exits.joined(order)
        self.created(order)
        self.later(self.settings.fill_seconds, lambda: self.attempt(order, first=True))
        return order

    def known(self, client_order_id: str | None) -> Order | None:
        """The order that was submitted under this client order id before."""
        if client_order_id is None:
            return None
        return self.books.by_client_id(client_order_id)

    def refuse(self, terms: Terms) -> None:
        """Raises Failure for what the venue does not take."""
        self.refuse_reduce_only(terms)
        self.refuse_post_only(terms)
        self.exits.refuse(terms)

    def refuse_reduce_only(self, terms: Terms) -> None:
        held = self.books.held(terms.symbol)
        reducible = -held * terms.side.sign
        if terms.reduce_only and terms.quantity > reducible:
            raise rejected("REDUCE_ONLY_VIOLATED", "the order would not only reduce")

    def refuse_post_only(self, terms: Terms) -> None:
        if terms.post_only and self.would_fill(terms):
            raise rejected("POST_ONLY_VIOLATED", "the order would fill at once")

    def would_fill(self, terms: Terms) -> bool:
        trial = Order("trial", terms, self.now(), self.now())
        return trial.meets(self.prices.last(terms.symbol))

    def cancel(self, order: Order) -> None:
        """Cancels a live order; one that has ended cannot be."""
        if not order.live:
            raise Failure(
                "ORDER_NOT_MODIFIABLE",
                f"the order is {order.status}",
                {"order_id": order.id},
            )
        self.finish(order, OrderStatus.CANCELLED)
        self.exits.cancelled(order)

    def modify(self, order: Order, changes: dict[str, Decimal]) -> None:
        """Changes a live order in place."""
        if not order.live:
            raise Failure(
                "ORDER_NOT_MODIFIABLE",
                f"the order is {order.status}",
                {"order_id": order.id},
            )
        for name, value in changes.items():
            setattr(order.terms, name, value)
        if changes:
            order.updated_at = self.now()
            self.modified(order)

    def close(
        self,
        symbol: str,
        quantity: Decimal | None,
        order_type: OrderType = OrderType.MARKET,
        limit_price: Decimal | None = None,
    ) -> Order:
        """Sends the order that closes a position, or a part of it."""
        held = self.books.held(symbol)
        most = abs(held)
        terms = Terms(
            symbol=symbol,
            side=Side.SELL if held > 0 else Side.BUY,
            order_type=order_type,
            quantity=most if quantity is None else min(quantity, most),
            limit_price=limit_price,
            reduce_only=True,
            position_id=self.books.positions[symbol].id,
        )
        return self.submit(terms)

    # --- what time brings ---

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Does something after a while, unless the provider was stopped."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            self._timers.discard(handle)
            action()

        handle = loop.call_later(seconds, run)
        self._timers.add(handle)

    def tick(self) -> None:
        """The market moves; every resting order meets the new price."""
        self.prices.step()
        for order in list(self.books.orders.values()):
            if order.live and order.terms.order_type is not OrderType.MARKET:
                self.expire_with_the_day(order)
                self.attempt(order)

    def expire_with_the_day(self, order: Order) -> None:
        day = order.terms.time_in_force is TimeInForce.DAY
        if day and order.live and self.now().date() > order.created_at.date():
            self.finish(order, OrderStatus.EXPIRED)

    def attempt(self, order: Order, *, first: bool = False) -> None:
        """Fills an order if the price allows; an immediate one ends if it does not."""
        if not order.live or (order.filled and not first):
            return
        if self.reaches(order):
            self.fill_some(order, self.first_tranche(order))
        if first and order.live:
            self.end_if_immediate(order)

    def reaches(self, order: Order) -> bool:
        return order.meets(self.prices.last(order.terms.symbol))

    def end_if_immediate(self, order: Order) -> None:
        if order.terms.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
            self.finish(order, OrderStatus.EXPIRED)

    def first_tranche(self, order: Order) -> Decimal:
        ratio = self.settings.partial_fill_ratio
        whole = order.terms.time_in_force is TimeInForce.FOK
        return order.remaining if ratio is None or whole else order.remaining * ratio

    def fill_some(self, order: Order, quantity: Decimal) -> None:
        """Fills a tranche; the rest follows after a while."""
        if not order.live:
            return
        quantity = min(quantity, order.remaining, self.reducible(order))
        if quantity <= 0:
            self.finish(order, OrderStatus.CANCELLED)
            return
        was_held = bool(self.books.held(order.terms.symbol))
        trade = self.book(order, quantity)
        self.announce_fill(order, trade, was_held=was_held)
        self.exits.filled(order, quantity)
        if order.live:
            self.later(
                self.settings.tranche_seconds,
                lambda: self.fill_some(order, order.remaining),
            )

    def reducible(self, order: Order) -> Decimal:
        """How much the order may trade: a reduce-only one never more than is held."""
        if not order.terms.reduce_only:
            return order.remaining
        return max(
            -self.books.held(order.terms.symbol) * order.terms.side.sign, Decimal(0)
        )

    def book(self, order: Order, quantity: Decimal) -> Trade:
        return self.books.fill(order, quantity, self.fill_price(order), self.now())

    def fill_price(self, order: Order) -> Decimal:
        """Where the market is, but never through a limit."""
        price, limit = self.prices.last(order.terms.symbol), order.terms.limit_price
        if limit is None:
            return price
        better = min if order.terms.side is Side.BUY else max
        return better(price, limit)

    def finish(self, order: Order, status: OrderStatus) -> None:
        """Ends an order and says so."""
        self.books.end(order, status, self.now())
        self.order_event(ENDINGS[status], order)

    # --- what is announced ---

    def created(self, order: Order) -> None:
        self.order_event("ORDER_CREATED", order)

    def modified(self, order: Order) -> None:
        self.order_event("ORDER_MODIFIED", order)

    def announce_fill(self, order: Order, trade: Trade, *, was_held: bool) -> None:
        """The trade, the order, the position and the account, in this order."""
        self.announce(
            {
                "type": "trade",
                "event": "TRADE_FILLED",
                "trade": self.rendering.trade(trade),
            }
        )
        done = order.status is OrderStatus.FILLED
        self.order_event("ORDER_FILLED" if done else "ORDER_PARTIALLY_FILLED", order)
        self.announce_position(order.terms.symbol, was_held=was_held)
        self.announce(
            {
                "type": "account",
                "event": "BALANCE_UPDATED",
                "account": self.rendering.account(self.books, self.prices),
            }
        )

    def announce_position(self, symbol: str, *, was_held: bool) -> None:
        position = self.books.positions[symbol]
        event = "POSITION_MODIFIED" if was_held else "POSITION_OPENED"
        self.announce(
            {
                "type": "position",
                "event": event if position.quantity else "POSITION_CLOSED",
                "position": self.rendering.position(position, self.prices),
            }
        )

    def order_event(self, event: str, order: Order) -> None:
        self.metrics.count(
            "gateway_order_events_total", event.removeprefix("ORDER_").lower()
        )
        message = {
            "type": "order",
            "event": event,
            "order": self.rendering.order(order),
        }
        if order.parent is not None and order.live:
            message["parent_order_id"] = order.parent
        self.announce(message)

    def announce(self, message: dict[str, Any]) -> None:
        """Every message of the provider passes here."""
        stamped = {**message, "timestamp": self.rendering.instant(self.now())}
        self._announce(stamped)

    def restore(self, entries: list[dict[str, Any]]) -> None:
        """Nothing: the mock venue's orders ended with their process."""

    def open(self) -> None:
        """Nothing: the venue is within."""

    async def hang_up(self) -> None:
        """Nothing: the venue is within."""

    def stop(self) -> None:
        """Lets no timer run any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
