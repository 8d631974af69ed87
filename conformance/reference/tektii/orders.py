"""How orders go to the Engine, and how another takes one's place."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conformance.protocol.words import OrderStatus, OrderType, Side
from conformance.reference.failure import Failure, rejected
from conformance.reference.tektii.books import EngineBooks
from conformance.reference.tektii.translation import word
from conformance.venue.order import Order, Terms

LOCAL = ("stop_loss", "take_profit")
"""What of an order the Gateway keeps to itself."""

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
        """Sends an order once.

        `anew` where it takes the place of one with its client order id.
        """
        terms.client_order_id = terms.client_order_id or f"gw-{uuid.uuid4().hex}"
        async with self.turn(terms.client_order_id):
            known = None if anew else await self.taken(terms.client_order_id)
            if known is not None:
                return known
            self.translation.refuse(terms)
            self.exits.refuse(terms)
            return await self.send(terms, terms.client_order_id, parent)

    async def taken(self, client_order_id: str) -> Order | None:
        """The order of this id; the Engine is asked where its answer was lost."""
        if self.known(client_order_id) is None and client_order_id in self.doubtful:
            await self.refresh_orders()
        return self.known(client_order_id)

    async def send(self, terms: Terms, name: str, parent: str | None) -> Order:
        self.asked[name] = (terms, str(uuid.uuid4()))
        self.doubtful.add(name)
        self.exits.expected(terms, parent)
        path = self.client.path("orders")
        body = self.translation.request(terms)
        try:
            handle = await self.client.ask("POST", path, body=body)
        except Failure as failure:
            if failure.code != "PROVIDER_ERROR":
                self.doubtful.discard(name)
            raise
        order = await self.placed(terms, handle)
        self.doubtful.discard(name)
        return order

    async def placed(self, terms: Terms, handle: Json) -> Order:
        """The Engine took an order; it may have told of it before."""
        with self.client.reading():
            order_id = word(handle["id"])
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
        try:
            await self.refresh_order(order.id)
        except Failure as failure:
            raise self.client.unknown_outcome(failure.message) from failure
        self.check_cancelled(order)

    async def replace(self, order: Order, changes: dict[str, Decimal]) -> Order:
        """An order with other terms in the old one's place; never both.

        Where the Engine refuses it, the old one is put back and the Failure raised.
        """
        if not order.live:
            raise self.not_modifiable(order)
        before = order.terms
        after = before.changed({n: v for n, v in changes.items() if n in LOCAL})
        sent = {n: v for n, v in changes.items() if n not in LOCAL}
        if not sent:
            self.keep(order, after)
            return order
        await self.cancel(order)
        try:
            return await self.resubmit(order, self.rest_of(order, after, sent))
        except Failure as failure:
            if failure.code == "PROVIDER_ERROR":
                raise
            failure.details["restored_order_id"] = await self.put_back(order, before)
            raise

    def keep(self, order: Order, terms: Terms) -> None:
        """Changes what the Engine does not know of an order."""
        if terms != order.terms:
            order.terms = terms
            self.exits.save()
            self.tell_modified(order)

    async def put_back(self, order: Order, before: Terms) -> str:
        """The id of an order with the terms that another had."""
        try:
            restored = await self.resubmit(order, self.rest_of(order, before, {}))
        except Failure as failure:
            text = f"{order.id} is cancelled and could not be put back: "
            raise Failure("PROVIDER_ERROR", text + failure.message) from failure
        return restored.id

    def rest_of(
        self, order: Order, before: Terms, changes: dict[str, Decimal]
    ) -> Terms:
        """What is left of an order, changed; a quantity is the whole order's."""
        whole = changes.get("quantity", before.quantity)
        prices = {n: v for n, v in changes.items() if n != "quantity"}
        return before.changed({**prices, "quantity": whole - order.filled})

    async def resubmit(self, order: Order, terms: Terms) -> Order:
        """Sends an order anew under its client order id."""
        if terms.quantity <= 0:
            raise rejected("INVALID_QUANTITY", f"{order.filled} are filled already")
        found = await self.submit(terms, parent=order.parent, anew=True)
        self.exits.replaced(order, found)
        try:
            await self.refresh_order(found.id)
        except Failure:
            # It stands, whether or not it can be looked at now.
            found.created_at = found.updated_at = datetime.now(UTC)
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
