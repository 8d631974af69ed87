"""The account that a strategy trades on: what is booked, when, and what is told."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.strategy.outcomes import (
    FILLS,
    Expected,
    Fills,
    Outcome,
    Rejected,
    Waits,
)
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus, OrderType, Side
from conformance.reference.failure import Failure
from conformance.reference.provider import MockProvider
from conformance.venue.books import Trade
from conformance.venue.order import Order, Terms


class PlayedProvider(MockProvider):
    """The reference's provider, its fills brought by bars and not by the clock."""

    recorder: Recorder
    run: str
    news: Callable[[], None]
    expected: list[Expected]
    outcomes: dict[str, Outcome]
    lot: Decimal | None = None
    """What every part of a fill is a multiple of, where that is declared."""
    quiet: bool = False
    """Whether nothing is told on the stream just now."""

    def begin(self, recorder: Recorder, run: str, news: Callable[[], None]) -> None:
        """Where it writes down what it books."""
        self.recorder, self.run, self.news = recorder, run, news
        self.expected, self.outcomes = [], {}
        self._parts: dict[str, list[Decimal]] = {}

    # --- orders ---

    def submit(self, terms: Terms, *, parent: str | None = None) -> Order:
        """Takes an order; what becomes of it comes with the next bars."""
        known = self.known(terms.client_order_id)
        if known is not None:
            return known
        self.refuse(terms)
        order = self.books.add(terms, self.now())
        order.parent = parent
        order.correlation_id = str(uuid.uuid4())
        self.outcomes[order.id] = self._outcome(terms)
        self.record("accepted", order)
        self.exits.joined(order)
        self.created(order)
        self.taken(order)
        return order

    def taken(self, order: Order) -> None:
        """What comes of an order as soon as it was taken."""
        outcome = self.outcomes[order.id]
        if isinstance(outcome, Rejected) and outcome.at_once:
            self.reject(order, outcome.reason)

    def refuse(self, terms: Terms) -> None:
        super().refuse(terms)
        price = terms.limit_price or self.prices.last(terms.symbol)
        worth = terms.quantity * price
        opens = self.books.held(terms.symbol) * terms.side.sign >= 0
        if opens and worth > self.buying_power():
            details = {"reject_code": "INSUFFICIENT_FUNDS"}
            told = f"the order is worth {worth:.2f}, beyond what is there"
            raise Failure("ORDER_REJECTED", told, details)

    def buying_power(self) -> Decimal:
        """What may be spent: four times the equity that is not in positions."""
        held = sum(
            (
                abs(p.quantity) * self.prices.last(p.symbol)
                for p in self.books.open_positions()
            ),
            Decimal(0),
        )
        return 4 * max(self.books.balance, Decimal(0)) - held

    def equity(self) -> Decimal:
        """What the account is worth now."""
        positions = self.books.open_positions()
        gains = (p.unrealized(self.prices.last(p.symbol)) for p in positions)
        return self.books.balance + sum(gains, Decimal(0))

    def _outcome(self, terms: Terms) -> Outcome:
        for each in self.expected:
            if each.times > 0 and each.which(terms):
                each.times -= 1
                return each.outcome
        return FILLS

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Nothing comes by the clock."""

    def meet(self, *, resting: bool = False) -> None:
        """Every live order meets the price where the market is now.

        With `resting` only those that waited for a price: a bar fills one part of each.
        """
        for order in list(self.books.orders.values()):
            waits = order.terms.order_type is not OrderType.MARKET and not order.filled
            if order.live and (waits or not resting):
                self.attempt(order)

    def attempt(self, order: Order, *, first: bool = False) -> None:
        """Does with an order what is meant for it, if the market reaches it."""
        outcome = self.outcomes.get(order.id, FILLS)
        if isinstance(outcome, Waits):
            return
        if isinstance(outcome, Rejected):
            self.reject(order, outcome.reason)
        elif self.reaches(order):
            self._fill(order, outcome)
        elif order.terms.order_type is OrderType.MARKET:
            self.end_if_immediate(order)

    def _fill(self, order: Order, how: Fills) -> None:
        """The next part of it, or all that are left; then its end."""
        parts = self._parts.setdefault(order.id, list(how.parts))
        self.quiet = not how.told
        try:
            while parts and order.live:
                share = parts.pop(0)
                if parts or sum(how.parts) != 1:
                    self.part(order, share)
                else:
                    # All that is left: shares of many digits do not add up to it.
                    self.fill_some(order, order.remaining)
                if not how.together:
                    break
            else:
                if not parts and order.live and how.then is not None:
                    self.finish(order, how.then)
        finally:
            self.quiet = False

    def part(self, order: Order, share: Decimal) -> None:
        """Fills so much of its whole quantity now."""
        quantity = order.terms.quantity * share
        if self.lot is not None and share < 1:
            quantity = max(quantity // self.lot, Decimal(1)) * self.lot
        self.fill_some(order, quantity)

    def elsewhere(self, symbol: str, share: Decimal) -> None:
        """An order of somebody else closes a share of what is held, at once."""
        held = self.books.held(symbol)
        side = Side.SELL if held > 0 else Side.BUY
        quantity = abs(held) * share
        if self.lot is not None and share < 1:
            quantity = quantity // self.lot * self.lot
        terms = Terms(symbol, side, OrderType.MARKET, quantity)
        order = self.books.add(terms, self.now())
        self.fill_some(order, quantity)

    def lose(self, share: Decimal) -> None:
        """So much of the equity is gone from the balance."""
        self.books.balance -= self.equity() * share
        self.news()

    def foreign(self, symbol: str, quantity: Decimal) -> str:
        """A position and an open order of somebody else; the order's id."""
        terms = Terms(symbol, Side.BUY, OrderType.MARKET, quantity)
        self.fill_some(self.books.add(terms, self.now()), quantity)
        far = self.prices.last(symbol) / 2
        limit = Terms(symbol, Side.BUY, OrderType.LIMIT, quantity, limit_price=far)
        order = self.books.add(limit, self.now())
        self.record("accepted", order)
        return order.id

    def reject(self, order: Order, reason: str) -> None:
        """Ends an order as rejected."""
        order.reject_reason = reason
        self.finish(order, OrderStatus.REJECTED)

    # --- what is written down ---

    def book(self, order: Order, quantity: Decimal) -> Trade:
        trade = super().book(order, quantity)
        self.record(
            "filled",
            order,
            fill=text_of(trade.quantity),
            price=text_of(trade.price),
            trade=trade.id,
            commission=text_of(trade.commission),
        )
        return trade

    def finish(self, order: Order, status: OrderStatus) -> None:
        self.books.end(order, status, self.now())
        self.record(status.lower(), order)
        super().finish(order, status)

    def modified(self, order: Order) -> None:
        self.record("modified", order)
        super().modified(order)

    def record(self, what: str, order: Order, **more: Any) -> None:
        """Writes down what is true from here on."""
        terms = order.terms
        self.recorder.add(
            Party.VENUE,
            Kind.BOOKED,
            run=self.run,
            what=what,
            order=order.id,
            client_order_id=terms.client_order_id,
            symbol=terms.symbol,
            side=terms.side,
            order_type=terms.order_type,
            quantity=text_of(terms.quantity),
            filled=text_of(order.filled),
            parent=order.parent,
            held=text_of(self.books.held(terms.symbol)),
            equity=text_of(self.equity()),
            **more,
        )
        self.news()

    def announce(self, message: dict[str, Any]) -> None:
        if not self.quiet:
            super().announce(message)
