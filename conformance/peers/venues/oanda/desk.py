"""OANDA's desk: orders, trades and ends become numbered transactions."""

import re
from collections.abc import Mapping
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.venues.oanda.ledger import Settled, Transaction
from conformance.peers.venues.oanda.telling import OandaTelling, Say
from conformance.peers.venues.oanda.terms import (
    ON_FILL,
    Details,
    OpenTrade,
    asked_as,
    dependent_terms,
    terms_of,
)
from conformance.peers.venues.oanda.transactions import (
    cancel_fields,
    create_fields,
    fill_fields,
)
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus, TimeInForce
from conformance.venue.books import Trade
from conformance.venue.order import Order, Terms

A_WORD = re.compile("[A-Z_]+")


class OandaDesk(OandaTelling):
    """OANDA's side of every order; each transaction is said through `say`."""

    told_of_fills = ("transaction",)

    def __init__(self, recorder: Recorder, say: Say) -> None:
        super().__init__(recorder, say)
        self.details: dict[str, Details] = {}
        self.liquidity: dict[str, Decimal] = {}
        """How much of a symbol can be traded with one order; no entry: any amount."""
        self.halted: set[str] = set()
        self._batches: dict[str, list[Transaction]] = {}

    def plainly(self) -> None:
        super().plainly()
        self.halted.clear()

    # --- what a Gateway asks for ---

    def place(self, asked: Mapping[str, Json], **known: Json) -> Order:
        """Books an order that OANDA takes; the caller then calls `begin`."""
        terms = terms_of(asked)
        order = self.ledger.add(terms, self.now())
        began = self.prices[terms.symbol]
        self.details[order.id] = Details(asked["type"], asked, began_at=began, **known)
        self.booked("accepted", order, replaces=known.get("replaces"))
        self._write_new(order)
        return order

    def begin(self, order: Order) -> list[str]:
        told = self.tell_new(order)
        if self.by_hand:
            return told
        told += self.meet(order)
        terms = order.terms
        if order.live and terms.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
            told += self.end(order, OrderStatus.CANCELLED, "TIME_IN_FORCE_EXPIRED")
        return told

    def meet(self, order: Order) -> list[str]:
        if not order.live or not self._triggered(order):
            return []
        why = self._unfillable(order)
        if why is not None:
            return self.end(order, OrderStatus.CANCELLED, why)
        quantity = self._quantity(order)
        told = self.fill(order, quantity)
        if order.live and order.terms.time_in_force is TimeInForce.IOC:
            told += self.end(order, OrderStatus.CANCELLED, "INSUFFICIENT_LIQUIDITY")
        return told

    def _triggered(self, order: Order) -> bool:
        price = self.prices[order.terms.symbol]
        details = self.details[order.id]
        touched = order.terms.stop_price
        if details.kind != "MARKET_IF_TOUCHED" or touched is None:
            return order.meets(price)
        return price >= touched if details.began_at < touched else price <= touched

    def _unfillable(self, order: Order) -> str | None:
        """OANDA's reason why an order that would trade now is cancelled instead."""
        terms = order.terms
        quantity = self._quantity(order)
        if terms.symbol in self.halted:
            return "MARKET_HALTED"
        if quantity <= 0:
            return "POSITION_CLOSEOUT_FAILED"
        if self._beyond_bound(order):
            return "BOUNDS_VIOLATION"
        fok = terms.time_in_force is TimeInForce.FOK
        if fok and not terms.reduce_only and quantity < order.remaining:
            return "INSUFFICIENT_LIQUIDITY"
        if self.margin_after(order, quantity) > self.equity():
            return "INSUFFICIENT_MARGIN"
        return None

    def _beyond_bound(self, order: Order) -> bool:
        """Whether the market is worse than the worst price that was asked for."""
        bound = self.details[order.id].asked.get("priceBound")
        if bound is None:
            return False
        price, sign = self.prices[order.terms.symbol], order.terms.side.sign
        return (price - Decimal(bound)) * sign > 0

    def _quantity(self, order: Order) -> Decimal:
        """How much of it trades at once."""
        terms = order.terms
        most = [order.remaining]
        if terms.symbol in self.liquidity:
            most.append(self.liquidity[terms.symbol])
        trade = self.trades.get(self.details[order.id].trade or "")
        if trade is not None:
            most.append(abs(trade.units))
        elif terms.reduce_only:
            most.append(self._reducible(terms.symbol, terms.side.sign))
        return min(most)

    def withdraw(self, order: Order) -> bool:
        if not order.live or order.id in self.stuck:
            return False
        self.end(order, OrderStatus.CANCELLED, "CLIENT_REQUEST")
        return True

    # --- what happens at the venue ---

    def close_out(self, symbol: str) -> Order:
        return self._unasked(self.all_of(symbol), reason="MARGIN_CLOSEOUT")

    def foreign(self, terms: Terms) -> Order:
        """Somebody at OANDA's own platform gives an order no client id."""
        return self._unasked(terms)

    def _unasked(self, terms: Terms, **known: Json) -> Order:
        order = self.place(asked_as(terms), **known)
        self.begin(order)
        return order

    def book(
        self, order: Order, quantity: Decimal, price: Decimal | None = None
    ) -> Trade:
        before = self.ledger.balance
        trade = super().book(order, quantity, price)
        moved = self.ledger.balance - before + trade.commission
        details = self.details[order.id]
        details.fills.append(trade.id)
        change = trade.quantity * trade.side.sign
        with self.holding() as rest:
            settled = self._settle(order, trade, change)
            # OANDA's profit is that of the trades, first in, first out.
            self.ledger.balance += settled.profit - moved
            told = fill_fields(order, details, trade, settled, self.ledger.balance)
            line = self.write("ORDER_FILL", trade.id, **told)
            rest.append(line)
            self._follow(order, settled.opened, settled.closed)
        self._batches[trade.id] = list(rest)
        return trade

    def _settle(self, order: Order, trade: Trade, change: Decimal) -> Settled:
        """Closes what the fill takes back, first in, first out; opens the rest."""
        named = self.details[order.id].trade
        found = Settled()
        left = change
        apart = self.hedging and named is None and not order.terms.reduce_only
        for old in () if apart else self.open_trades(trade.symbol):
            if not left or old.units * change > 0 or named not in (None, old.id):
                continue
            part = min(abs(left), abs(old.units)) * (1 if change > 0 else -1)
            left -= part
            profit = -part * (trade.price - old.price)
            found.taken.append((old, part, profit))
            old.units += part
            old.realized += profit
            old.closing.append(trade.id)
            self.booked("reduced", order, trade=old.id, units=text_of(part))
            if not old.units:
                old.closed = trade.at
                found.closed.append(old)
        if left:
            found.opened = OpenTrade(
                trade.id, trade.symbol, left, left, trade.price, trade.at
            )
            self.trades[trade.id] = found.opened
        details = self.details[order.id]
        details.opened = details.opened or (trade.id if left else None)
        details.closed += [t.id for t in found.closed]
        return found

    def _follow(
        self, order: Order, opened: OpenTrade | None, closed: list[OpenTrade]
    ) -> None:
        """Orders that hang on trades come with these and go with them."""
        for old in closed:
            for hanging in list(old.dependents.values()):
                other = self.ledger.orders[hanging]
                if other.live and other is not order:
                    self.end(other, OrderStatus.CANCELLED, "LINKED_TRADE_CLOSED")
        for old in self.open_trades(order.terms.symbol):
            for hanging in old.dependents.values():
                other = self.ledger.orders[hanging]
                if other.live and other is not order:
                    other.terms.quantity = abs(old.units) + other.filled
        if opened is None:
            return
        for name, kind in ON_FILL.items():
            asked = self.details[order.id].asked.get(name)
            if asked is not None:
                self.hang(kind, asked, opened, "ON_FILL", order.id)

    def hang(
        self,
        kind: str,
        asked: Mapping[str, Json],
        trade: OpenTrade,
        reason: str,
        parent: str | None = None,
        replaces: str | None = None,
    ) -> Order:
        """An order that belongs to a trade, booked and told."""
        hanging = self.ledger.add(dependent_terms(kind, asked, trade), self.now())
        hanging.parent = parent
        known = Details(kind, asked, reason, trade.id, replaces)
        known.began_at = self.prices[trade.symbol]
        self.details[hanging.id] = known
        trade.dependents[kind] = hanging.id
        self.booked("accepted", hanging, parent=parent, replaces=replaces)
        self._write_new(hanging)
        self.tell_new(hanging)
        return hanging

    # --- what is told ---

    def _write_new(self, order: Order) -> None:
        details = self.details[order.id]
        kind = f"{details.kind}_ORDER"
        fields = create_fields(order, details)
        self.write(kind, order.id, order.created_at, **fields)

    def tell_new(self, order: Order) -> list[str]:
        return [self.say(self.ledger.transactions[order.id])]

    def tell_fill(self, order: Order, trade: Trade, tell: tuple[str, ...]) -> list[str]:
        batch = self._batches.pop(trade.id)
        if not tell:
            self.untold += [str(line["id"]) for line in batch]
            return []
        again = [batch[0]] * (len(tell) - 1)
        return [self.say(line) for line in [*again, *batch]]

    def tell_end(self, order: Order) -> list[str]:
        details = self.details[order.id]
        reason = self.reasons.get(order.id) or ""
        if order.status is OrderStatus.EXPIRED:
            reason = "TIME_IN_FORCE_EXPIRED"
        elif not A_WORD.fullmatch(reason):
            refused = order.status is OrderStatus.REJECTED
            reason = "ACCOUNT_ORDER_FILL_LOCKED" if refused else "MIGRATION"
        line = self.write("ORDER_CANCEL", **cancel_fields(order, details, reason))
        details.cancel = str(line["id"])
        return [self.say(line)]
