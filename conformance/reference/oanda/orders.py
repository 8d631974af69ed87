"""How orders go to OANDA, and how they are found again where its answer was lost."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

from conformance.protocol.words import OrderStatus, OrderType
from conformance.reference.failure import Failure
from conformance.reference.oanda.breaker import Breaker
from conformance.reference.oanda.pace import Pace
from conformance.reference.oanda.transactions import OandaTransactions
from conformance.reference.tektii.translation import word
from conformance.venue.order import Order, Terms

Json = dict[str, Any]

DOUBTFUL = ("PROVIDER_ERROR", "PROVIDER_UNAVAILABLE")
"""Codes of failures after which OANDA may have done what was asked."""

SEARCHES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Seconds before each look for an order whose answer was lost."""


class OandaOrders(OandaTransactions):
    """Has OANDA take, cancel and replace orders."""

    pace: Pace
    breaker: Breaker
    _searching: set[asyncio.Task[None]]

    async def submit(self, terms: Terms) -> Order:
        """Sends an order once."""
        terms.client_order_id = terms.client_order_id or f"gw-{uuid.uuid4().hex}"
        async with self.turn(terms.client_order_id):
            known = await self.taken(terms.client_order_id)
            if known is not None:
                return known
            self.bodies.refuse(terms)
            self.breaker.check(terms)
            return await self.send(terms, terms.client_order_id)

    async def taken(self, client_order_id: str) -> Order | None:
        """The order of this id; OANDA is asked where its answer was lost."""
        if self.known(client_order_id) is None and client_order_id in self.doubtful:
            await self.look_for(client_order_id)
        found = self.known(client_order_id)
        refused = found is not None and found.status is OrderStatus.REJECTED
        return None if refused else found

    async def send(self, terms: Terms, name: str) -> Order:
        self.asked[name] = (terms, str(uuid.uuid4()))
        self.doubtful.add(name)
        self.refused.pop(name, None)
        body = self.bodies.order(terms)
        await self.pace.turn()
        try:
            told = await self.client.ask("POST", self.client.path("orders"), body=body)
            order = await self.answered(told, name)
        except Failure as failure:
            self.breaker.failed(failure)
            if failure.code in DOUBTFUL:
                self.search(name)
            else:
                self.doubtful.discard(name)
            raise
        self.breaker.reset()
        self.doubtful.discard(name)
        return order

    async def answered(self, told: Json, name: str) -> Order:
        """What became of an order, by OANDA's answer; Failure where it was refused."""
        await self.apply_all(told)
        refused = self.refused.get(name)
        if refused is not None:
            raise self.refusal(told, str(refused.get("rejectReason") or "UNKNOWN"))
        order = self.known(name)
        if order is None:
            raise self.client.unknown_outcome("its answer names no order")
        if order.status is OrderStatus.REJECTED:
            cancel = told.get("orderCancelTransaction") or {}
            raise self.refusal(told, str(cancel.get("reason") or "UNKNOWN"))
        return order

    def refusal(self, told: Json, reason: str) -> Failure:
        """OANDA's no in an answer that is no error."""
        message = str(told.get("errorMessage") or f"OANDA refused the order: {reason}")
        return self.client.rejected(
            self.client.scrubbed(message), self.client.scrubbed(reason)
        )

    async def apply_all(self, told: Json) -> None:
        """Books every transaction of an answer, in OANDA's order."""
        with self.client.reading():
            for each in sorted(_transactions(told), key=lambda t: int(t["id"])):
                await self.apply(each)

    # --- what was lost ---

    def search(self, name: str) -> None:
        """Looks for an order whose answer was lost, in the background."""
        task = asyncio.create_task(self.search_for(name))
        self._searching.add(task)
        task.add_done_callback(self._searching.discard)

    async def search_for(self, name: str) -> None:
        for seconds in SEARCHES:
            await asyncio.sleep(seconds)
            if name not in self.doubtful:
                return
            async with self.turn(name):
                with suppress(Failure):
                    await self.look_for(name)

    async def look_for(self, name: str) -> None:
        """What came of an order: the transactions since, then the list of orders."""
        if self.known(name) is None:
            with suppress(Failure):
                await self.catch_up_transactions()
        self.tell_refused(name)
        if self.known(name) is None:
            rows = await self.order_rows()
            with self.client.reading():
                mine = [r for r in rows if _name(r) == name]
            for row in mine:
                await self.found_again(row)
        if self.known(name) is not None:
            self.doubtful.discard(name)

    async def found_again(self, row: Json) -> None:
        """An order that was lost is told, as far as the list says what it is."""
        order = await self.fold(row)
        if order is not None:
            self.note(int(order.id))
            self.order_event("ORDER_CREATED", order)
            if not order.live:
                self.order_event(f"ORDER_{order.status}", order)

    async def catch_up_transactions(self) -> None:
        """Books every transaction since the last that is known."""
        if self.last is None:
            raise Failure("PROVIDER_ERROR", "no transaction is known to begin at")
        path = self.client.path("transactions", "sinceid")
        told = await self.client.ask("GET", path, {"id": str(self.last)})
        with self.client.reading():
            for each in sorted(told["transactions"], key=lambda t: int(t["id"])):
                await self.apply(each)

    # --- changes ---

    async def cancel(self, order: Order) -> None:
        """Has OANDA cancel an order; a Failure where that is not known done."""
        if not order.live:
            raise self.not_modifiable(order)
        path = self.client.path("orders", self.at_oanda(order), "cancel")
        try:
            told = await self.client.ask("PUT", path)
        except Failure as failure:
            if failure.code == "ORDER_NOT_MODIFIABLE":
                await self.look_at(order)
                failure.details = {"order_id": order.id}
            raise
        await self.apply_all(told)
        if order.live:
            await self.look_at(order)
        self.check_cancelled(order)

    async def look_at(self, order: Order) -> None:
        """What the stream did not tell of an order yet."""
        with suppress(Failure):
            await self.catch_up_transactions()
        if order.live:
            with suppress(Failure):
                await self.refresh_order(order.id)

    async def replace(self, order: Order, changes: dict[str, Decimal]) -> Order:
        """An order with other terms in the old one's place: OANDA never has both."""
        if not order.live:
            raise self.not_modifiable(order)
        if not changes:
            return order
        terms = self.rest_of(order, changes)
        trade = self.linked.get(order.id)
        if trade is not None and "quantity" in changes:
            raise self.bodies.unsupported("quantity of an exit: it is its trade's")
        body = self.bodies.replacement(order, terms, trade)
        path = self.client.path("orders", self.at_oanda(order))
        told = await self.client.ask("PUT", path, body=body)
        await self.apply_all(told)
        return self.replaced(order, told)

    def rest_of(self, order: Order, changes: dict[str, Decimal]) -> Terms:
        """What is left of an order, changed; a quantity is the whole order's."""
        whole = changes.get("quantity", order.terms.quantity)
        return order.terms.changed({**changes, "quantity": whole - order.filled})

    def replaced(self, order: Order, told: Json) -> Order:
        """The order that is there now; Failure where OANDA refused it."""
        with self.client.reading():
            refused = told.get("orderRejectTransaction")
            if refused:
                raise self.refusal(told, str(refused.get("rejectReason")))
            new = self.books.orders.get(word(told["orderCreateTransaction"]["id"]))
        if new is None:
            raise self.client.unknown_outcome("its answer names no order")
        return new

    # --- closes ---

    async def close(
        self,
        position_id: str,
        quantity: Decimal | None,
        order_type: OrderType = OrderType.MARKET,
        limit_price: Decimal | None = None,
    ) -> Order:
        """Sends the order that closes a position, or a part of it, and no more."""
        position = self.books.positions[position_id]
        most = abs(position.quantity)
        terms = Terms(
            symbol=position.symbol,
            side=self.side_of(position),
            order_type=order_type,
            quantity=most if quantity is None else min(quantity, most),
            limit_price=limit_price,
            client_order_id=f"gw-{uuid.uuid4().hex}",
            position_id=position_id,
            reduce_only=True,
        )
        if order_type is not OrderType.MARKET:
            return await self.submit(terms)
        part = None if terms.quantity == most else terms.quantity
        return await self.close_now(terms, position.quantity, part)

    async def close_now(
        self, terms: Terms, held: Decimal, part: Decimal | None
    ) -> Order:
        """OANDA's own close: it never opens the other side."""
        name = word(terms.client_order_id)
        self.asked[name] = (terms, str(uuid.uuid4()))
        path = self.client.path("positions", terms.symbol, "close")
        body = self.bodies.close(held, part, name)
        self.doubtful.add(name)
        try:
            told = await self.client.ask("PUT", path, body=body)
        except Failure as failure:
            if failure.code in DOUBTFUL:
                self.search(name)
            else:
                self.doubtful.discard(name)
            raise
        await self.apply_all(told)
        self.doubtful.discard(name)
        return self.closing(told)

    def closing(self, told: Json) -> Order:
        """The order that closed; Failure where OANDA did not let it."""
        found = None
        with self.client.reading():
            for each in _transactions(told):
                if each["type"].endswith("_ORDER"):
                    found = self.books.orders.get(word(each["id"])) or found
                if each["type"] == "ORDER_FILL" and found is None:
                    found = self.books.orders.get(self.own(word(each["orderID"])))
        if found is None:
            raise self.client.unknown_outcome("its answer names no order")
        if found.status is OrderStatus.REJECTED:
            raise self.refusal(told, found.reject_reason or "UNKNOWN")
        return found


def _transactions(told: Json) -> Iterator[Json]:
    """Every transaction of an answer, under whatever name."""
    for name, value in told.items():
        if name.endswith("Transaction") and isinstance(value, dict):
            yield value


def _name(row: Json) -> str | None:
    found = (row.get("clientExtensions") or {}).get("id")
    return None if found is None else str(found)
