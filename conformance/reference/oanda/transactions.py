"""How each transaction of OANDA becomes messages, once whoever told of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from conformance.protocol.order_states import TERMINAL
from conformance.protocol.words import OrderStatus, OrderType, Side
from conformance.reference.failure import Failure
from conformance.reference.oanda.books import OandaBooks
from conformance.reference.oanda.translation import client_id, instant
from conformance.reference.provider import ENDINGS
from conformance.reference.tektii.translation import number, word
from conformance.venue.books import Trade
from conformance.venue.order import Order, Terms

Json = dict[str, Any]

MARGIN = {
    "MARGIN_CALL_ENTER": "MARGIN_CALL",
    "MARGIN_CALL_EXTEND": "MARGIN_CALL",
    "MARGIN_CALL_EXIT": "MARGIN_WARNING",
}
MONEY = ("TRANSFER_FUNDS", "DIVIDEND_ADJUSTMENT", "RESET_RESETTABLE_PL")


class OandaTransactions(OandaBooks):
    """Books what OANDA says; the answer, the stream and the history say the same."""

    applied: set[int]
    """Transactions that were booked, and told."""
    last: int | None
    """Up to here none is missing: OANDA counts them; None before it named any."""
    refused: dict[str, Json]
    """By client order id: the transaction that refused it."""
    _booking: asyncio.Lock
    _follow: asyncio.Queue[tuple[str, str]]

    async def apply(self, told: Json) -> None:
        """Books one transaction, unless it was booked before."""
        async with self._booking:
            name = word(told["id"])
            if self.is_old(name):
                return
            await self.booker(word(told["type"]))(told)
            self.note(int(name))

    def is_old(self, name: str) -> bool:
        return int(name) in self.applied

    def note(self, number: int) -> None:
        """A transaction was booked; those that follow on it may have been before."""
        self.applied.add(number)
        self.last = number if self.last is None else self.last
        while self.last + 1 in self.applied:
            self.last += 1

    def booker(self, kind: str) -> Callable[[Json], Awaitable[None]]:
        """What is done with a transaction of this type."""
        if kind.endswith("_ORDER_REJECT"):
            return self.on_reject
        if kind.endswith("_ORDER"):
            return self.on_order
        if kind in MARGIN:
            return self.on_margin
        if kind in MONEY:
            return self.on_money
        named = {
            "ORDER_FILL": self.on_fill,
            "ORDER_CANCEL": self.on_cancel,
            "DAILY_FINANCING": self.on_financing,
        }
        return named.get(kind, self.on_other)

    # --- orders ---

    async def on_order(self, told: Json) -> None:
        before = self.books.orders.get(self.own(str(told.get("replacesOrderID"))))
        if before is not None and before.live and before.filled:
            # Nobody replaced it: what is left of it has another id at OANDA.
            self.stands_as[word(told["id"])] = before.id
            return
        order = self.books.orders.get(word(told["id"]))
        if order is None:
            order = await self.new_order(told)
        if order is None:
            return
        if before is not None:
            order.parent, order.correlation_id = before.parent, before.correlation_id
        self.order_event("ORDER_CREATED", order)
        if before is not None:
            self.order_event("ORDER_MODIFIED", order)

    async def new_order(self, told: Json) -> Order | None:
        found = await self.instrument_and_units(told)
        if found is None:
            return None
        made = instant(told["time"])
        terms = self.translation.terms(told, *found)
        order = Order(word(told["id"]), terms, made, made)
        self.books.orders[order.id] = order
        self.dress(order)
        self.adopt(order, told)
        return order

    async def on_reject(self, told: Json) -> None:
        """An order was refused: that is told where its answer did not say so."""
        name = client_id(told)
        if name is None:
            return
        self.refused[name] = told
        if name in self.doubtful and not self.turn(name).locked():
            self.tell_refused(name)

    def tell_refused(self, name: str) -> None:
        """Tells that an order was refused of which that was not known."""
        told, asked = self.refused.get(name), self.asked.get(name)
        if told is None or asked is None or self.known(name) is not None:
            return
        at = instant(told["time"])
        order = Order(word(told["id"]), asked[0], at, at, OrderStatus.REJECTED)
        order.correlation_id = asked[1]
        order.reject_reason = self.translation.reason(str(told.get("rejectReason")))
        self.books.orders[order.id] = order
        self.doubtful.discard(name)
        self.order_event("ORDER_REJECTED", order)

    async def on_fill(self, told: Json) -> None:
        order = await self.order_of(told)
        trade = self.translation.trade(told, order.id)
        self.learn_trades(told, order)
        if trade.quantity <= order.remaining:
            self.fill(order, trade)
        self.books.trades.append(trade)
        self.realize(told, trade)
        self.tell_trade(trade)
        done = order.status is OrderStatus.FILLED
        self.order_event("ORDER_FILLED" if done else "ORDER_PARTIALLY_FILLED", order)
        if number(told.get("financing") or "0"):
            self.financing(trade.symbol, told["financing"], told)
        self._follow.put_nowait((trade.symbol, "BALANCE_UPDATED"))

    def fill(self, order: Order, trade: Trade) -> None:
        order.traded.append(trade.id)
        order.filled += trade.quantity
        order.worth += trade.quantity * trade.price
        order.updated_at = trade.at
        if order.remaining <= 0:
            order.status = OrderStatus.FILLED
        elif order.live:
            order.status = OrderStatus.PARTIALLY_FILLED

    def learn_trades(self, told: Json, order: Order) -> None:
        """Which of OANDA's trades this fill opened: exits are named after them."""
        opened = told.get("tradeOpened")
        if opened:
            units = number(opened.get("units") or told["units"])
            self.held_by[word(opened["tradeID"])] = (
                order.terms.symbol,
                units,
                order.id,
            )

    def realize(self, told: Json, trade: Trade) -> None:
        """What a position has won by being closed in part."""
        for position in self.books.open_positions():
            against = position.quantity * trade.side.sign < 0
            if position.symbol == trade.symbol and against:
                position.realized += number(told.get("pl") or "0")

    async def order_of(self, told: Json) -> Order:
        """The order that a transaction is about, whether or not it was told of."""
        order_id = word(told["orderID"])
        known = self.books.orders.get(self.own(order_id))
        if known is not None:
            return known
        try:
            row = await self.order_row(order_id)
            found = await self.fold_listed({**row, "state": "PENDING"})
        except Failure:
            found = None
        if found is None:
            found = self.made_up(order_id, told)
        self.order_event("ORDER_CREATED", found)
        return found

    def made_up(self, order_id: str, told: Json) -> Order:
        """An order of which only its fill is known."""
        asked = self.asked.get(str(told.get("clientOrderID")))
        if asked is None:
            units, at = number(told["units"]), instant(told["time"])
            side = Side.BUY if units > 0 else Side.SELL
            kind, symbol = OrderType.MARKET, word(told["instrument"])
            terms = Terms(symbol, side, kind, abs(units))
            terms.client_order_id = client_id(told)
        else:
            terms, at = asked[0], instant(told["time"])
        order = Order(order_id, terms, at, at)
        self.books.orders[order_id] = order
        self.dress(order)
        return order

    async def on_cancel(self, told: Json) -> None:
        order = await self.order_of(told)
        if order.status in TERMINAL:
            return
        reason = str(told.get("reason", ""))
        order.status = self.translation.ended(reason, order)
        order.updated_at = instant(told["time"])
        if order.status is OrderStatus.REJECTED:
            order.reject_reason = self.translation.reason(reason)
        self.order_event(ENDINGS[order.status], order)

    # --- the account ---

    async def on_margin(self, told: Json) -> None:
        self._follow.put_nowait(("", MARGIN[told["type"]]))

    async def on_money(self, told: Json) -> None:
        self._follow.put_nowait(("", "BALANCE_UPDATED"))

    async def on_financing(self, told: Json) -> None:
        """What a night cost, by instrument; the balance moved with it."""
        for row in told.get("positionFinancings") or ():
            self.financing(word(row["instrument"]), row["financing"], told)
        self._follow.put_nowait(("", "BALANCE_UPDATED"))

    def financing(self, symbol: str, amount: str, told: Json) -> None:
        at = self.rendering.instant(instant(told["time"]))
        figure = self.rendering.decimal(number(amount))
        message = {"type": "financing", "symbol": symbol, "amount": figure}
        self.announce({**message, "timestamp": at})

    async def on_other(self, told: Json) -> None:
        """It changes nothing that a strategy is told of."""

    # --- what is announced ---

    def order_event(self, event: str, order: Order) -> None:
        counted = event.removeprefix("ORDER_").lower()
        self.metrics.count("gateway_order_events_total", counted)
        body = self.rendering.order(order)
        message = {"type": "order", "event": event, "order": body}
        if order.parent is not None:
            message["parent_order_id"] = order.parent
        self.announce(message)

    def tell_trade(self, trade: Trade) -> None:
        told = self.trade_json(trade)
        self.announce({"type": "trade", "event": "TRADE_FILLED", "trade": told})

    def trade_json(self, trade: Trade) -> Json:
        """A trade; who made the market OANDA does not say."""
        body = {**self.rendering.trade(trade), "commission_currency": self.currency}
        del body["is_maker"]
        return body
