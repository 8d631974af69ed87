"""Binance's desk: a wallet that nothing is lent to, ids that are numbers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import count

from conformance.evidence.recorder import Recorder
from conformance.peers.desk import TradingDesk
from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.binance.placing import refused, terms_of
from conformance.peers.venues.binance.symbols import QUOTE, SYMBOLS, base_of
from conformance.protocol.words import OrderStatus, OrderType, Side, TimeInForce
from conformance.venue.books import START_BALANCE, Books, Trade
from conformance.venue.order import Order

ZERO = Decimal(0)


class SpotBooks(Books):
    """Books of whole numbers as ids; a commission is taken of what one receives.

    Of its commission rates (`commissionRates`) only the seller's is not nothing, so
    that what was bought is what is held; `buyer_rate` changes that.
    """

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count(28)
        self.seller_rate = self.commission_rate
        self.buyer_rate = ZERO

    def new_id(self, kind: str) -> str:
        return str(next(self._numbers))

    def fill(
        self, order: Order, quantity: Decimal, price: Decimal, now: datetime
    ) -> Trade:
        bought = order.terms.side is Side.BUY
        self.commission_rate = ZERO if bought else self.seller_rate
        trade = super().fill(order, quantity, price, now)
        if bought and self.buyer_rate:
            trade = replace(trade, commission=quantity * self.buyer_rate)
            self.trades[-1] = trade
            self.positions[order.terms.symbol].quantity -= trade.commission
        return trade

    def cash(self) -> Decimal:
        """What is left of the quote asset."""
        spent = (t.quantity * t.price * t.side.sign for t in self.trades)
        fees = (t.commission for t in self.trades if t.side is Side.SELL)
        return START_BALANCE - sum(spent, ZERO) - sum(fees, ZERO)


class BinanceDesk(TradingDesk):
    """Takes an order, or says why not; fills come before the answer, as there."""

    books: SpotBooks

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self.books = SpotBooks()

    def fee_currency(self, trade: Trade) -> str:
        """What was received is what it is taken of."""
        return base_of(trade.symbol) if trade.side is Side.BUY else QUOTE

    def known(self, symbol: str) -> bool:
        """Whether it trades this symbol."""
        return symbol in SYMBOLS and symbol not in self.unknown_symbols

    def refusal(
        self, sent: Mapping[str, str], besides: Order | None = None
    ) -> Refuse | None:
        """Why an order is not taken; `besides` is one that goes for it."""
        symbol = sent["symbol"]
        if not self.known(symbol):
            return Refuse("Invalid symbol.", "-1121", 400)
        found = refused(sent, self.prices[symbol])
        return found or self._unmatched(
            Order("", terms_of(sent), *self._twice()), besides
        )

    def place(self, sent: Mapping[str, str]) -> Order:
        """Books an order that is not refused, and has it meet the market."""
        order = self.books.add(terms_of(sent), self.now())
        self.booked("accepted", order)
        self.begin(order)
        return order

    def begin(self, order: Order) -> list[str]:
        if self.by_hand:
            return []
        told = self.meet(order)
        rests = order.terms.time_in_force is TimeInForce.GTC
        if order.live and not (
            rests and order.terms.order_type is not OrderType.MARKET
        ):
            told += self.end(order, OrderStatus.EXPIRED)
        return told

    def find(
        self, symbol: str, order_id: str | None, client: str | None
    ) -> Order | None:
        """The order of these names, on this symbol."""
        if order_id is not None:
            found = self.books.orders.get(order_id)
        else:
            found = self._newest(client)
        if found is None or found.terms.symbol != symbol:
            return None
        return found if client in (None, found.terms.client_order_id) else None

    def free(self, symbol: str | None = None, besides: Order | None = None) -> Decimal:
        """What is not locked of a symbol's base asset, or of the quote asset."""
        return self.total(symbol) - self.locked(symbol, besides)

    def total(self, symbol: str | None = None) -> Decimal:
        """What is there of a symbol's base asset, or of the quote asset."""
        return self.books.cash() if symbol is None else self.books.held(symbol)

    def locked(
        self, symbol: str | None = None, besides: Order | None = None
    ) -> Decimal:
        """What live orders lock of it."""
        side = Side.BUY if symbol is None else Side.SELL
        found = [
            self._cost(o) if symbol is None else o.remaining
            for o in self.live(symbol)
            if o.terms.side is side and o is not besides
        ]
        return sum(found, ZERO)

    def _unmatched(self, order: Order, besides: Order | None) -> Refuse | None:
        """What the matching engine says no to."""
        terms = order.terms
        same = self._newest(terms.client_order_id)
        if same is not None and same.live and same is not besides:
            return _rejected("Duplicate order sent.")
        if terms.post_only and order.within_limit(self.prices[terms.symbol]):
            return _rejected("Order would immediately match and take.")
        if terms.stop_price is not None and order.meets(self.prices[terms.symbol]):
            return _rejected("Order would trigger immediately.")
        if terms.side is Side.BUY:
            short = self._cost(order) > self.free(besides=besides)
        else:
            short = terms.quantity > self.free(terms.symbol, besides)
        if short:
            return _rejected("Account has insufficient balance for requested action.")
        return None

    def _newest(self, client: str | None) -> Order | None:
        found = reversed(self.books.orders.values())
        return next((o for o in found if o.terms.client_order_id == client), None)

    def _cost(self, order: Order) -> Decimal:
        terms = order.terms
        price = terms.limit_price or terms.stop_price or self.prices[terms.symbol]
        return order.remaining * price

    def _twice(self) -> tuple[datetime, datetime]:
        now = self.now()
        return now, now


def _rejected(text: str) -> Refuse:
    return Refuse(text, "-2010", 400)
