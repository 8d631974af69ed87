"""The books of one account at the venue: orders, trades, positions and cash."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count

from conformance.protocol.words import MarginMode, OrderStatus, Side
from conformance.venue.order import Order, Terms

START_BALANCE = Decimal(100_000)
COMMISSION_RATE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Trade:
    """One fill."""

    id: str
    order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    commission: Decimal
    at: datetime


@dataclass(slots=True)
class Position:
    """What is held of one symbol: above zero long, below zero short."""

    id: str
    symbol: str
    opened_at: datetime
    updated_at: datetime
    quantity: Decimal = Decimal(0)
    entry_price: Decimal = Decimal(0)
    realized: Decimal = Decimal(0)
    leverage: Decimal | None = None
    margin_mode: MarginMode | None = None

    def unrealized(self, price: Decimal) -> Decimal:
        """The profit if it were closed at this price."""
        return self.quantity * (price - self.entry_price)


class Books:
    """Everything the venue knows of the account."""

    def __init__(self, mark: str = "") -> None:
        """`mark` is in every id: two venues never give the same."""
        self._mark = mark
        self.orders: dict[str, Order] = {}
        self.trades: list[Trade] = []
        self.positions: dict[str, Position] = {}
        self.balance = START_BALANCE
        self.commission_rate = COMMISSION_RATE
        self._ids = count(1)

    def new_id(self, kind: str) -> str:
        """An id that was never given before."""
        return f"{kind}-{self._mark}{next(self._ids):06d}"

    def add(self, terms: Terms, now: datetime) -> Order:
        """Takes an order onto the books, open."""
        order = Order(self.new_id("ord"), terms, now, now)
        self.orders[order.id] = order
        return order

    def by_client_id(self, client_order_id: str) -> Order | None:
        """The order that carries this client order id."""
        for order in self.orders.values():
            if order.terms.client_order_id == client_order_id:
                return order
        return None

    def held(self, symbol: str) -> Decimal:
        """The signed quantity held of a symbol."""
        position = self.positions.get(symbol)
        return Decimal(0) if position is None else position.quantity

    def open_positions(self) -> list[Position]:
        """The positions that are not flat."""
        return [p for p in self.positions.values() if p.quantity]

    def fill(
        self, order: Order, quantity: Decimal, price: Decimal, now: datetime
    ) -> Trade:
        """Trades some of an order: its state, the position and the cash follow."""
        commission = quantity * price * self.commission_rate
        trade = Trade(
            self.new_id("trd"),
            order.id,
            order.terms.symbol,
            order.terms.side,
            quantity,
            price,
            commission,
            now,
        )
        self.trades.append(trade)
        order.traded.append(trade.id)
        order.filled += quantity
        order.worth += quantity * price
        order.updated_at = now
        done = order.remaining <= 0
        order.status = OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED
        self.balance -= commission
        self._move(order.terms, quantity * order.terms.side.sign, price, now)
        return trade

    def end(self, order: Order, status: OrderStatus, now: datetime) -> None:
        """Ends a live order unfilled, or with what was filled."""
        order.status = status
        order.updated_at = now

    def _move(
        self, terms: Terms, change: Decimal, price: Decimal, now: datetime
    ) -> None:
        position = self.positions.get(terms.symbol)
        if position is None or not position.quantity:
            position = Position(
                f"pos-{self._mark}{terms.symbol}", terms.symbol, now, now
            )
            self.positions[terms.symbol] = position
        position.leverage = terms.leverage or position.leverage
        position.margin_mode = terms.margin_mode or position.margin_mode
        position.updated_at = now
        held = position.quantity
        if held * change >= 0:
            worth = position.entry_price * held + price * change
            position.quantity = held + change
            position.entry_price = worth / position.quantity
            return
        closed = min(abs(change), abs(held)) * (1 if held > 0 else -1)
        profit = closed * (price - position.entry_price)
        position.realized += profit
        self.balance += profit
        position.quantity = held + change
        if position.quantity * held < 0:
            position.entry_price = price
            position.opened_at = now
