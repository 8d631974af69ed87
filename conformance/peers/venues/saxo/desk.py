"""Saxo's desk: numbers as ids, exits that wait for their entry, one story a stream."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.desk import TradingDesk
from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.saxo.instruments import instrument_of
from conformance.peers.venues.saxo.rendering import (
    CURRENCY,
    balance_json,
    order_json,
    terms_of,
)
from conformance.protocol.words import OrderStatus, TimeInForce
from conformance.venue.books import Books, Trade
from conformance.venue.order import Order

Publish = Callable[[str, Json], str]
ORDERS = "orders_account"
BALANCE = "balance_account"


@dataclass(frozen=True, slots=True)
class Closed:
    """What a trade closed, of a position that was opened at this price."""

    trade: Trade
    opened: Decimal
    amount: Decimal


class SaxoBooks(Books):
    """Books whose ids are numbers as text."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count(5_012_345_001)

    def new_id(self, kind: str) -> str:
        return str(next(self._numbers))


class SaxoDesk(TradingDesk):
    """Books orders with their related ones, and says so through `publish`."""

    told_of_fills = ("order", "balance")

    def __init__(self, recorder: Recorder, publish: Publish) -> None:
        super().__init__(recorder)
        self.books = SaxoBooks()
        self.utilisation: Decimal | None = None
        """What a script says of the margin; None for what the books say."""
        self.closed: list[Closed] = []
        self._publish = publish

    def fee_currency(self, trade: Trade) -> str:
        return CURRENCY

    def refusal(self, asked: Mapping[str, Json]) -> Refuse | None:
        """Why an order is not taken, before anything is booked."""
        instrument = instrument_of(asked["Uic"], asked["AssetType"])
        if instrument is None or instrument.symbol in self.unknown_symbols:
            return Refuse("The Uic is not valid", "InvalidUic", 400)
        return None

    def place(self, asked: Mapping[str, Json]) -> tuple[Order, list[Order]]:
        """Books an order and its related ones; the caller then calls `begin`."""
        instrument = instrument_of(asked["Uic"], asked["AssetType"])
        assert instrument is not None
        entry = self._add(asked, instrument.symbol)
        exits = []
        for row in asked.get("Orders") or []:
            leg = self._add(row, instrument.symbol, entry)
            exits.append(leg)
        return entry, exits

    def _add(
        self, asked: Mapping[str, Json], symbol: str, entry: Order | None = None
    ) -> Order:
        order = self.books.add(terms_of(asked, symbol), self.now())
        if entry is not None:
            order.parent = entry.id
        self.booked("accepted", order)
        return order

    def begin(self, order: Order) -> list[str]:
        told = self.tell_new(order)
        for leg in self.legs(order):
            told += self.tell_new(leg)
        if self.by_hand:
            return told
        told += self.meet(order)
        at_once = {TimeInForce.IOC, TimeInForce.FOK}
        if order.live and order.terms.time_in_force in at_once:
            told += self.end(order, OrderStatus.CANCELLED)
        return told

    def change(self, order: Order, changes: Mapping[str, Decimal]) -> None:
        """Changes an order in place, and says so."""
        order.terms = order.terms.changed(changes)
        order.updated_at = self.now()
        self.booked("replaced", order)
        self.tell_order(order)
        if not self.by_hand:
            self.meet(order)

    # --- exits ---

    def legs(self, order: Order) -> list[Order]:
        """The live orders that are exits of this one."""
        return [o for o in self.live(order.terms.symbol) if o.parent == order.id]

    def waits(self, order: Order) -> bool:
        """Whether it is an exit whose entry has not filled."""
        entry = self.books.orders.get(order.parent or "")
        return entry is not None and entry.status is not OrderStatus.FILLED

    def related(self, order: Order) -> list[Order]:
        """What is related to an order: its exits, or the other exit."""
        if order.parent is None:
            return self.legs(order)
        found = self.live(order.terms.symbol)
        return [o for o in found if o.parent == order.parent and o is not order]

    def meet(self, order: Order) -> list[str]:
        return [] if self.waits(order) else super().meet(order)

    def _settled(self, order: Order) -> list[str]:
        """An exit that filled ends the other; an entry that ended ends its exits."""
        gone = []
        if order.parent is not None and order.status is OrderStatus.FILLED:
            gone = self.related(order)
        elif order.parent is None and not order.live and not order.filled:
            gone = self.legs(order)
        return [event for leg in gone for event in self.end(leg, OrderStatus.CANCELLED)]

    # --- what is told ---

    def book(
        self, order: Order, quantity: Decimal, price: Decimal | None = None
    ) -> Trade:
        symbol = order.terms.symbol
        before = self.books.held(symbol)
        position = self.books.positions.get(symbol)
        opened = position.entry_price if position is not None else Decimal(0)
        trade = super().book(order, quantity, price)
        if before * trade.side.sign < 0:
            amount = min(abs(before), quantity)
            self.closed.append(Closed(trade, opened, amount))
        return trade

    def tell_new(self, order: Order) -> list[str]:
        return [self.tell_order(order)]

    def tell_end(self, order: Order) -> list[str]:
        return [self.tell_order(order), *self._settled(order)]

    def tell_fill(self, order: Order, trade: Trade, tell: tuple[str, ...]) -> list[str]:
        told = []
        for what in tell:
            if what == "order":
                told.append(self.tell_order(order))
            elif what == "balance":
                told.append(self.tell_balance())
        if order.status is OrderStatus.FILLED:
            told += self._settled(order)
        return told

    def tell_order(self, order: Order, *, quoted: bool = False) -> str:
        """How an order stands, in full; with the market's prices where asked for."""
        # port/v1/orders, OrderResponse: Ask, Bid, the current market prices.
        price = float(self.prices[order.terms.symbol])
        market = {"Bid": price, "Ask": price} if quoted else {}
        return self._publish(ORDERS, {**self.shown(order), **market})

    def tell_balance(self) -> str:
        """The account."""
        told = balance_json(self.books, self.prices, self.utilisation)
        return self._publish(BALANCE, told)

    def shown(self, order: Order) -> Json:
        """An order as REST and the stream have it."""
        waiting = order.live and self.waits(order)
        return order_json(order, self.related(order), "NotWorking" if waiting else None)
