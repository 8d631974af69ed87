"""The trading desk of a played venue: it books orders, fills and ends, and tells."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Refuse
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus, OrderType, Side, TimeInForce
from conformance.venue.books import Books, Trade
from conformance.venue.order import Order, Terms

START_PRICE = Decimal(100)
"""Where a symbol trades that no script gave a price."""

BOOKED_AS = {OrderStatus.REJECTED: "rejected", OrderStatus.EXPIRED: "expired"}
"""What an end is written down as; any other is a cancel."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """The best prices of a symbol, and when they were made; None on a side without."""

    bid: Decimal | None
    ask: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Shape:
    """What every bar of a symbol looks like."""

    opened: Decimal
    high: Decimal
    low: Decimal
    closed: Decimal
    volume: Decimal


class Prices(dict[str, Decimal]):
    """The price of every symbol."""

    def __missing__(self, symbol: str) -> Decimal:
        return START_PRICE


class TradingDesk:
    """The venue's side of every order; `by_hand` leaves every fill to the script.

    A venue says what was booked in its own language: it overrides what `tell`s.
    """

    told_of_fills: tuple[str, ...] = ()
    """What a fill is told with, in this order."""

    def __init__(self, recorder: Recorder, mark: str = "e") -> None:
        """`mark` is in the ids of its orders: no two venues give the same."""
        self.books = Books(mark)
        self.prices = Prices()
        self.quotes: dict[str, Quoted] = {}
        """Where a script quotes a symbol; no entry: around its price, now."""
        self.shapes: dict[str, Shape] = {}
        """A script's bars of a symbol; no entry: those of a flat market."""
        self.by_hand = False
        self.unknown_symbols: frozenset[str] = frozenset()
        self.stuck: set[str] = set()
        """Orders that cannot be cancelled."""
        self.reasons: dict[str, str] = {}
        self.recorder = recorder

    # --- what a Gateway asks for ---

    def take(self, terms: Terms) -> Order | Refuse:
        """Books an order, or says why not; the caller then calls `begin`."""
        if terms.symbol in self.unknown_symbols:
            return Refuse(f"symbol not found: {terms.symbol}", "SYMBOL_NOT_FOUND")
        if terms.reduce_only and self._reducible(terms.symbol, terms.side.sign) <= 0:
            return Refuse("there is nothing to reduce", "REDUCE_ONLY_VIOLATED")
        order = self.books.add(terms, self.now())
        self.booked("accepted", order)
        return order

    def begin(self, order: Order) -> list[str]:
        """Tells of a new order, and fills it where it meets the market."""
        told = self.tell_new(order)
        if self.by_hand:
            return told
        told += self.meet(order)
        if order.live and order.terms.time_in_force is TimeInForce.IOC:
            told += self.end(order, OrderStatus.CANCELLED)
        return told

    def meet(self, order: Order) -> list[str]:
        """Fills a live order at the symbol's price, if that is one it trades at."""
        terms = order.terms
        price = self.prices[terms.symbol]
        if not order.live or not order.meets(price):
            return []
        quantity = order.remaining
        if terms.reduce_only:
            most = self._reducible(terms.symbol, terms.side.sign)
            if most <= 0:
                return self.end(order, OrderStatus.CANCELLED)
            quantity = min(quantity, most)
        return self.fill(order, quantity)

    def move(self, symbol: str, price: Decimal) -> list[str]:
        """Where a symbol trades from now on; resting orders meet it, unless by hand."""
        self.prices[symbol] = price
        if self.by_hand:
            return []
        return [event for order in self.live(symbol) for event in self.meet(order)]

    def withdraw(self, order: Order) -> bool:
        """Cancels a live order; whether it was one, and not stuck."""
        if not order.live or order.id in self.stuck:
            return False
        self.end(order, OrderStatus.CANCELLED)
        return True

    def plainly(self) -> None:
        """Nothing is stuck from now on."""
        self.stuck.clear()

    def live(self, symbol: str | None = None) -> list[Order]:
        """The orders that can still fill."""
        orders = self.books.orders.values()
        return [o for o in orders if o.live and symbol in (None, o.terms.symbol)]

    # --- what happens at the venue ---

    def foreign(self, terms: Terms) -> Order:
        """Books an order that no Gateway asked for, and goes on with it."""
        order = self.books.add(terms, self.now())
        self.booked("accepted", order)
        self.begin(order)
        return order

    def fill(
        self,
        order: Order,
        quantity: Decimal,
        price: Decimal | None = None,
        tell: tuple[str, ...] | None = None,
    ) -> list[str]:
        """Trades some of an order, more than is left of it too; the events' ids."""
        trade = self.book(order, quantity, price)
        return self.tell_fill(
            order, trade, self.told_of_fills if tell is None else tell
        )

    def close_out(self, symbol: str) -> Order:
        """Takes back what is held of a symbol, which nobody asked for."""
        return self.foreign(self.all_of(symbol))

    def all_of(self, symbol: str) -> Terms:
        """An order that takes back what is held of a symbol."""
        held = self.books.held(symbol)
        return Terms(
            symbol=symbol,
            side=Side.SELL if held > 0 else Side.BUY,
            order_type=OrderType.MARKET,
            quantity=abs(held),
            reduce_only=True,
        )

    def book(
        self, order: Order, quantity: Decimal, price: Decimal | None = None
    ) -> Trade:
        """Trades some of an order and tells nobody."""
        at = self.prices[order.terms.symbol] if price is None else price
        trade = self.books.fill(order, quantity, at, self.now())
        self.booked(
            "filled",
            order,
            fill=text_of(quantity),
            price=text_of(at),
            trade=trade.id,
            commission=text_of(trade.commission),
            currency=self.fee_currency(trade),
        )
        return trade

    def fee_currency(self, trade: Trade) -> str | None:
        """What a commission was taken in; None where it does not matter."""
        return None

    def end(
        self, order: Order, status: OrderStatus, reason: str | None = None
    ) -> list[str]:
        """Ends a live order of the venue's own accord, or on demand, and says so."""
        if reason is not None:
            self.reasons[order.id] = reason
        self.books.end(order, status, self.now())
        self.booked(BOOKED_AS.get(status, "cancelled"), order, reason=reason)
        return self.tell_end(order)

    # --- what is told; each returns the ids of its events ---

    def tell_new(self, order: Order) -> list[str]:
        """That an order was taken."""
        return []

    def tell_fill(self, order: Order, trade: Trade, tell: tuple[str, ...]) -> list[str]:
        """One fill; each part of its telling may be left out, or told again."""
        return []

    def tell_end(self, order: Order) -> list[str]:
        """That an order was cancelled, rejected, or has expired."""
        return []

    # --- the market ---

    def quoted(self, symbol: str, half: Decimal) -> Quoted:
        """Where a symbol is quoted: what a script said, or half a spread apart."""
        price = self.prices[symbol]
        plain = Quoted(price - half, price + half, self.now())
        return self.quotes.get(symbol, plain)

    def shape(self, symbol: str, high: Decimal, low: Decimal, volume: int) -> Shape:
        """How a bar of a symbol looks: as a script said, or a flat one's."""
        price = self.prices[symbol]
        plain = Shape(price, high, low, price, Decimal(volume))
        return self.shapes.get(symbol, plain)

    # --- writing down ---

    def booked(self, what: str, order: Order, **more: Json) -> None:
        """Writes down what is true of an order from here on."""
        terms = order.terms
        self.recorder.add(
            Party.VENUE,
            Kind.BOOKED,
            what=what,
            order=order.id,
            client_order_id=terms.client_order_id,
            symbol=terms.symbol,
            side=str(terms.side),
            order_type=str(terms.order_type),
            quantity=text_of(terms.quantity),
            filled=text_of(order.filled),
            time_in_force=str(terms.time_in_force),
            **_prices(terms),
            **{name: value for name, value in more.items() if value is not None},
        )

    def now(self) -> datetime:
        """The venue's clock."""
        return datetime.now(UTC)

    def _reducible(self, symbol: str, sign: int) -> Decimal:
        return -self.books.held(symbol) * sign


def _prices(terms: Terms) -> dict[str, Json]:
    """What an order says of prices, as far as it does."""
    names = ("limit_price", "stop_price")
    found = ((name, getattr(terms, name)) for name in names)
    return {name: text_of(value) for name, value in found if value is not None}
