"""Alpaca's desk: a margin account, UUIDs as ids, brackets whose legs wait for the
entry."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import uuid4

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.desk import TradingDesk
from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.alpaca.assets import COINS, STOCKS, is_coin, plain
from conformance.peers.venues.alpaca.placing import EXITS, leg_terms, refused, terms_of
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus, OrderType, Side, TimeInForce
from conformance.venue.books import Books, Trade
from conformance.venue.order import Order, Terms

ZERO = Decimal(0)
MULTIPLIER = 2
"""Of a Reg T margin account."""


class AlpacaBooks(Books):
    """Books with UUIDs as ids; trading costs no commission."""

    def __init__(self) -> None:
        super().__init__()
        self.commission_rate = ZERO

    def new_id(self, kind: str) -> str:
        return str(uuid4())


class AlpacaDesk(TradingDesk):
    """Takes an order, or says why not."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self.books = AlpacaBooks()
        self.lingering = False
        """Whether a cancel stays pending until the script ends it (`cancel`)."""
        self.held_back: set[str] = set()
        """Symbols of which nothing is available: all is held for other orders."""
        self.legs: dict[str, list[Order]] = {}
        """The exits of a bracket, by its entry's id."""
        self.replaced: dict[str, str] = {}
        """Which order took the place of which."""

    def plainly(self) -> None:
        super().plainly()
        self.held_back.clear()
        self.lingering = False

    def known(self, symbol: str) -> bool:
        """Whether it trades this asset."""
        name = plain(symbol)
        return name in (*STOCKS, *COINS) and name not in self.unknown_symbols

    # --- placing ---

    def submit(self, fields: Mapping[str, Json]) -> Order | Refuse:
        """Books an order and its legs; the caller then calls `begin`."""
        if not self.known(fields["symbol"]):
            return Refuse(f'asset "{fields["symbol"]}" not found', "42210000")
        terms = terms_of(fields)
        no = refused(fields, terms) or self.unaffordable(terms)
        if no is not None:
            return no
        if self.books.by_client_id(str(terms.client_order_id)) is not None:
            return Refuse("client_order_id must be unique", "40010001")
        order = self._added(terms)
        if fields.get("order_class") in EXITS:
            exits = leg_terms(fields, terms)
            self.legs[order.id] = [self._added(leg, order) for leg in exits]
        return order

    def _added(self, terms: Terms, entry: Order | None = None) -> Order:
        order = self.books.add(terms, self.now())
        if entry is not None:
            order.parent, order.status = entry.id, OrderStatus.PENDING
        self.booked("accepted", order)
        return order

    def begin(self, order: Order) -> list[str]:
        """Has it meet the market; what may not rest, expires or is cancelled."""
        if self.by_hand:
            return []
        told = self.meet(order)
        if order.live and order.terms.time_in_force in {
            TimeInForce.IOC,
            TimeInForce.FOK,
        }:
            told += self.end(order, OrderStatus.CANCELLED)
        return told

    def meet(self, order: Order) -> list[str]:
        held = order.status is OrderStatus.PENDING
        return [] if held else super().meet(order)

    def unaffordable(self, terms: Terms, besides: Order | None = None) -> Refuse | None:
        """The no for want of buying power, or of what it would sell."""
        held = self.books.held(terms.symbol)
        if held * terms.side.sign < 0:
            return self._short_of(terms, abs(held), besides)
        if is_coin(terms.symbol) and terms.side is Side.SELL:
            return self._short_of(terms, ZERO, besides)
        cost, power = self.cost(terms), self.buying_power(besides)
        if cost > power:
            return Refuse("insufficient buying power", "40310000", 403)
        return None

    def _short_of(
        self, terms: Terms, held: Decimal, besides: Order | None
    ) -> Refuse | None:
        bound = self.bound(terms.symbol, terms.side, besides)
        free = ZERO if terms.symbol in self.held_back else held - bound
        if terms.quantity <= free:
            return None
        text = (
            f"insufficient qty available for order (requested: "
            f"{text_of(terms.quantity)}, available: {text_of(max(free, ZERO))})"
        )
        return Refuse(text, "40310000", 403)

    def bound(self, symbol: str, side: Side, besides: Order | None = None) -> Decimal:
        """What open orders of this side hold of a position; a bracket's exits once."""
        found = [
            o.remaining
            for o in self.live(symbol)
            if o.terms.side is side
            and o is not besides
            and o.status is not OrderStatus.PENDING
            and not self._second_exit(o)
        ]
        return sum(found, ZERO)

    def _second_exit(self, order: Order) -> bool:
        legs = self.legs.get(order.parent or "", [])
        return bool(legs) and legs[0] is not order and legs[0].live

    # --- money ---

    def cost(self, terms: Terms) -> Decimal:
        """What an order would bind."""
        price = terms.limit_price or terms.stop_price or self.prices[terms.symbol]
        return terms.quantity * price

    def worth(self) -> Decimal:
        """The signed value of all positions."""
        held = self.books.open_positions()
        return sum((p.quantity * self.prices[p.symbol] for p in held), ZERO)

    def equity(self) -> Decimal:
        """Cash and positions."""
        held = self.books.open_positions()
        profit = sum((p.unrealized(self.prices[p.symbol]) for p in held), ZERO)
        return self.books.balance + profit

    def buying_power(self, besides: Order | None = None) -> Decimal:
        """What new positions may cost."""
        held = self.books.open_positions()
        used = sum((abs(p.quantity) * self.prices[p.symbol] for p in held), ZERO)
        opening = [
            self.cost(o.terms)
            for o in self.live()
            if o is not besides
            and o.status is not OrderStatus.PENDING
            and self.books.held(o.terms.symbol) * o.terms.side.sign >= 0
        ]
        power = self.equity() * MULTIPLIER - used - sum(opening, ZERO)
        return max(power, ZERO)

    # --- what becomes of an order ---

    def withdraw(self, order: Order) -> bool:
        if not order.live or order.id in self.stuck:
            return False
        if self.lingering:
            order.status = OrderStatus.PENDING_CANCEL
            order.updated_at = self.now()
            return True
        return super().withdraw(order)

    def replace(
        self, order: Order, changes: Mapping[str, Decimal], client: str | None
    ) -> Order | Refuse:
        """Another order in its place, for what was not filled yet, under a new id."""
        terms = order.terms.changed(changes)
        terms.quantity -= order.filled
        terms.client_order_id = client or str(uuid4())
        if terms.quantity <= 0:
            return Refuse("qty must be > filled qty", "42210000")
        no = refused({}, terms) or self.unaffordable(terms, besides=order)
        if no is not None:
            return no
        new = self.books.add(terms, self.now())
        self.replaced[order.id] = new.id
        super().end(order, OrderStatus.CANCELLED, f"replaced by {new.id}")
        self._instead(order, new)
        self.booked("accepted", new)
        return new

    def _instead(self, order: Order, new: Order) -> None:
        new.parent = order.parent
        self.legs.update(
            {new.id: self.legs.pop(order.id)} if order.id in self.legs else {}
        )
        for legs in self.legs.values():
            legs[:] = [new if leg is order else leg for leg in legs]
        for leg in self.legs.get(new.id, []):
            leg.parent = new.id

    def tell_fill(self, order: Order, trade: Trade, tell: tuple[str, ...]) -> list[str]:
        """Nobody is told; a bracket goes on."""
        if order.status is OrderStatus.FILLED:
            for leg in self.legs.get(order.id, []):
                leg.status = OrderStatus.OPEN
            self._drop(self._siblings(order))
        return []

    def tell_end(self, order: Order) -> list[str]:
        """Nobody is told; what hung on an order goes with it."""
        if order.id not in self.replaced:
            self._drop([*self.legs.get(order.id, []), *self._siblings(order)])
        return []

    def _siblings(self, order: Order) -> list[Order]:
        return [o for o in self.legs.get(order.parent or "", []) if o is not order]

    def _drop(self, orders: list[Order]) -> None:
        for order in orders:
            if order.live:
                self.end(order, OrderStatus.CANCELLED)

    def close(self, symbol: str, quantity: Decimal | None = None) -> Order | Refuse:
        """A market order that takes a position back; the caller calls `begin`."""
        held = self.books.held(symbol)
        terms = Terms(
            symbol=symbol,
            side=Side.SELL if held > 0 else Side.BUY,
            order_type=OrderType.MARKET,
            quantity=abs(held) if quantity is None else quantity,
            time_in_force=TimeInForce.GTC if is_coin(symbol) else TimeInForce.DAY,
            client_order_id=str(uuid4()),
        )
        return self.unaffordable(terms) or self._added(terms)
