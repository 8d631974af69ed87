"""What a Gateway knows of the orders that it has sent on, by their client order ids."""

import asyncio
from weakref import WeakValueDictionary

from conformance.protocol.words import OrderStatus
from conformance.reference.failure import Failure
from conformance.reference.tektii.upstream import EngineClient
from conformance.venue.books import Books
from conformance.venue.order import Order, Terms


class KnownOrders:
    """Orders that rest at an upstream; it says what became of them."""

    books: Books
    client: EngineClient
    asked: dict[str, tuple[Terms, str]]
    """By client order id: what was sent on, and its correlation id."""
    doubtful: set[str]
    """Client order ids of which the upstream has not said what came of them."""
    _turns: WeakValueDictionary[str, asyncio.Lock]

    def known(self, client_order_id: str | None) -> Order | None:
        """The newest order that was submitted under this client order id."""
        found = None
        if client_order_id is not None:
            for order in self.books.orders.values():
                if order.terms.client_order_id == client_order_id:
                    found = order
        return found

    def turn(self, client_order_id: str) -> asyncio.Lock:
        """Who submits under this id waits for whoever did so before."""
        return self._turns.setdefault(client_order_id, asyncio.Lock())

    def check_cancelled(self, order: Order) -> None:
        """An order that filled meanwhile is not told cancelled."""
        if order.live:
            raise self.client.unknown_outcome("the order is still live")
        if order.status is not OrderStatus.CANCELLED:
            raise self.not_modifiable(order)

    def not_modifiable(self, order: Order) -> Failure:
        text = f"the order is {order.status}"
        return Failure("ORDER_NOT_MODIFIABLE", text, {"order_id": order.id})
