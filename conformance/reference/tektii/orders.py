"""How orders go to the Engine, and how another takes one's place."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conformance.protocol.words import OrderStatus, OrderType, Side
from conformance.reference.failure import Failure
from conformance.reference.tektii.books import EngineBooks
from conformance.venue.order import Order, Terms

UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)

Json = dict[str, Any]


class EngineOrders(EngineBooks):
    """Has the Engine take, cancel and replace orders."""

    _announced: dict[str, Order]
    """By id: the order as the strategies were told of it last."""
    _replacing: set[str]
    """Orders that were modified before they were told created."""

    async def submit(
        self, terms: Terms, *, parent: str | None = None, anew: bool = False
    ) -> Order:
        """Sends an order once; raises Failure for whatever is no clean yes.

        `anew` where it takes the place of one with its client order id.
        """
        known = None if anew else self.known(terms.client_order_id)
        if known is not None:
            return known
        self.translation.refuse(terms)
        self.exits.refuse(terms)
        terms.client_order_id = terms.client_order_id or f"gw-{uuid.uuid4().hex}"
        correlation = str(uuid.uuid4())
        self.asked[terms.client_order_id] = (terms, correlation)
        self.exits.expected(terms, parent)
        path = self.client.path("orders")
        body = self.translation.request(terms)
        handle = await self.client.ask("POST", path, body=body)
        return await self.placed(terms, handle)

    async def placed(self, terms: Terms, handle: Json) -> Order:
        """The Engine took an order; it may have told of it before."""
        with self.client.reading():
            order_id = str(handle["id"])
            status = OrderStatus(str(handle["status"]).upper())
        order = self.books.orders.get(order_id)
        if order is None:
            # When it was taken only the Engine knows: it is asked before it is shown.
            order = Order(order_id, terms, UNKNOWN_TIME, UNKNOWN_TIME, status)
            self.dress(order)
            self.books.orders[order_id] = order
        await self.exits.registered(order)
        return order

    async def cancel(self, order: Order) -> None:
        """Has the Engine cancel an order; a Failure where that is not known done."""
        if not order.live:
            raise self.not_modifiable(order)
        await self.client.ask("DELETE", self.client.path("orders", order.id))
        await self.refresh_order(order.id)
        if order.live:
            raise self.client.unknown_outcome("the order is still live")

    def not_modifiable(self, order: Order) -> Failure:
        text = f"the order is {order.status}"
        return Failure("ORDER_NOT_MODIFIABLE", text, {"order_id": order.id})

    async def replace(self, order: Order, changes: dict[str, Decimal]) -> Order:
        """An order with other terms in the old one's place; never both.

        Where the Engine refuses it, the old one is put back and the Failure raised.
        """
        if not order.live:
            raise self.not_modifiable(order)
        local = {n: v for n, v in changes.items() if n in ("stop_loss", "take_profit")}
        for name, value in local.items():
            setattr(order.terms, name, value)
        sent = {n: v for n, v in changes.items() if n not in local}
        if not sent:
            if local:
                self.tell_modified(order)
            return order
        before = order.terms
        await self.cancel(order)
        try:
            return await self.resubmit(order, self.rest_of(order, before, sent))
        except Failure as failure:
            if failure.code == "PROVIDER_ERROR":
                raise
            restored = await self.resubmit(order, self.rest_of(order, before, {}))
            failure.details["restored_order_id"] = restored.id
            raise

    def rest_of(
        self, order: Order, before: Terms, changes: dict[str, Decimal]
    ) -> Terms:
        """What is left of an order, changed; a quantity is the whole order's."""
        whole = changes.get("quantity", before.quantity)
        prices = {n: v for n, v in changes.items() if n != "quantity"}
        return before.changed({**prices, "quantity": whole - order.filled})

    async def resubmit(self, order: Order, terms: Terms) -> Order:
        """Sends an order anew under its client order id."""
        found = await self.submit(terms, parent=order.parent, anew=True)
        self.exits.replaced(order, found)
        await self.refresh_order(found.id)
        self.tell_modified(found)
        return found

    def tell_modified(self, order: Order) -> None:
        """Once it was told created: the Engine's word of that may be on its way."""
        if order.id in self._announced:
            self.modified(order)
        else:
            self._replacing.add(order.id)

    def modified(self, order: Order) -> None:
        """Tells that an order has other terms now."""
        self.metrics.count("gateway_order_events_total", "modified")
        told = self.rendering.order(order)
        message = {"type": "order", "event": "ORDER_MODIFIED", "order": told}
        self.announce(message)

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
            side=Side.SELL if position.quantity > 0 else Side.BUY,
            order_type=order_type,
            quantity=most if quantity is None else min(quantity, most),
            limit_price=limit_price,
            reduce_only=True,
            position_id=position.id,
        )
        return await self.submit(terms)
