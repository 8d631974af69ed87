"""Where the Engine books orders, fills and ends, and says and writes down each."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Refuse
from conformance.peers.engine.rendering import (
    account_json,
    bar_json,
    order_json,
    position_json,
    terms_of,
    trade_json,
)
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus, TimeInForce
from conformance.venue.books import Books, Trade
from conformance.venue.order import Order

Say = Callable[[dict[str, Json]], None]

START_PRICE = Decimal(100)
"""Where a symbol trades that no script gave a price."""

FILL = ("order", "trade", "account", "position")
"""What a fill is told with, in this order."""


class Prices(dict[str, Decimal]):
    """The price of every symbol."""

    def __missing__(self, symbol: str) -> Decimal:
        return START_PRICE


class Desk:
    """The venue's side of every order; `by_hand` leaves every fill to the script."""

    def __init__(self, recorder: Recorder, say: Say, mark: str = "e") -> None:
        """`mark` is in the ids of its orders: no two venues give the same."""
        self.books = Books(mark)
        self.prices = Prices()
        self.by_hand = False
        self.names_positions = False
        """Whether an order that filled tells which position it is part of."""
        self.unknown_symbols: frozenset[str] = frozenset()
        self.stuck: set[str] = set()
        """Orders that cannot be cancelled."""
        self.reasons: dict[str, str] = {}
        self.recorder = recorder
        self._say = say
        self._events = count(1)

    # --- what a Gateway asks for ---

    def submit(self, asked: Mapping[str, Json]) -> Order | Refuse:
        """Books an order, or says why not; the caller then calls `begin`."""
        terms = terms_of(asked)
        if terms.symbol in self.unknown_symbols:
            return Refuse(f"symbol not found: {terms.symbol}", "SYMBOL_NOT_FOUND")
        if terms.reduce_only and self._reducible(terms.symbol, terms.side.sign) <= 0:
            return Refuse("there is nothing to reduce", "REDUCE_ONLY_VIOLATED")
        order = self.books.add(terms, _now())
        self._booked("accepted", order)
        return order

    def begin(self, order: Order) -> list[str]:
        """Tells of a new order, and fills it where it meets the market."""
        told = [self.tell_order(order, "created")]
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

    def live(self, symbol: str | None = None) -> list[Order]:
        """The orders that can still fill."""
        orders = self.books.orders.values()
        return [o for o in orders if o.live and symbol in (None, o.terms.symbol)]

    # --- what happens at the venue ---

    def fill(
        self,
        order: Order,
        quantity: Decimal,
        price: Decimal | None = None,
        tell: tuple[str, ...] = FILL,
    ) -> list[str]:
        """Trades some of an order, more than is left of it too; the events' ids."""
        trade = self.book(order, quantity, price)
        return self.tell_fill(order, trade, tell)

    def book(
        self, order: Order, quantity: Decimal, price: Decimal | None = None
    ) -> Trade:
        """Trades some of an order and tells nobody."""
        at = self.prices[order.terms.symbol] if price is None else price
        trade = self.books.fill(order, quantity, at, _now())
        if self.names_positions:
            order.terms.position_id = self.books.positions[order.terms.symbol].id
        self._booked(
            "filled",
            order,
            fill=text_of(quantity),
            price=text_of(at),
            trade=trade.id,
            commission=text_of(trade.commission),
        )
        return trade

    def end(
        self, order: Order, status: OrderStatus, reason: str | None = None
    ) -> list[str]:
        """Ends a live order of the venue's own accord, or on demand, and says so."""
        if reason is not None:
            self.reasons[order.id] = reason
        self.books.end(order, status, _now())
        word = {OrderStatus.REJECTED: "rejected"}.get(status, "cancelled")
        self._booked(word, order, reason=reason)
        return [self.tell_order(order, word)]

    # --- what is told ---

    def tell_fill(self, order: Order, trade: Trade, tell: tuple[str, ...]) -> list[str]:
        """The events of one fill; each may be left out, or told again."""
        said = []
        for what in tell:
            if what == "order":
                done = order.status is OrderStatus.FILLED
                said.append(
                    self.tell_order(order, "filled" if done else "partial_fill")
                )
            elif what == "trade":
                said.append(self.tell("trade", trade=trade_json(trade)))
            elif what == "account":
                said.append(self.tell_account())
            elif what == "position":
                said.append(self.tell_position(order.terms.symbol))
        return said

    def tell_order(self, order: Order, event: str, **other: Json) -> str:
        """An order event; `other` fields replace what the books say."""
        told = {**order_json(order, self.reasons.get(order.id)), **other}
        return self.tell("order", event=event, order=told)

    def tell_account(self, event: str = "balance_updated") -> str:
        """An account event."""
        told = account_json(self.books, self.prices)
        return self.tell("account", event=event, account=told)

    def tell_position(self, symbol: str) -> str:
        """A position event, at quantity 0 too."""
        position = self.books.positions[symbol]
        told = position_json(position, self.prices[symbol])
        return self.tell("position", position=told)

    def tell_candle(self, symbol: str, timeframe: str, at: datetime | None) -> str:
        """A bar that closes at the symbol's price."""
        bar = bar_json(at or _now(), self.prices[symbol])
        return self.tell("candle", symbol=symbol, timeframe=timeframe, **bar)

    def tell(self, kind: str, **content: Json) -> str:
        """Any event, under an id of its own, which is returned."""
        event_id = f"evt-{next(self._events)}"
        self._say({"type": kind, "event_id": event_id, **content})
        return event_id

    def _reducible(self, symbol: str, sign: int) -> Decimal:
        return -self.books.held(symbol) * sign

    def _booked(self, what: str, order: Order, **more: Json) -> None:
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
            **{name: value for name, value in more.items() if value is not None},
        )


def _now() -> datetime:
    return datetime.now(UTC)
