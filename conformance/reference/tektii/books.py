"""What the Engine shows of orders, trades and positions, over what is known."""

from decimal import Decimal
from typing import Any

from conformance.reference.known_orders import KnownOrders
from conformance.reference.metrics import Metrics
from conformance.reference.settings import GatewaySettings
from conformance.reference.tektii.delivery import Delivery
from conformance.reference.tektii.exits import TektiiExits
from conformance.reference.tektii.translation import Translation, number
from conformance.reference.tektii.upstream import EngineClient
from conformance.venue.order import Order
from conformance.venue.prices import Prices

Json = dict[str, Any]


class EngineBooks(KnownOrders, Delivery):
    """What the Engine shows over REST, folded over what is known."""

    settings: GatewaySettings
    metrics: Metrics
    prices: Prices
    client: EngineClient
    translation: Translation
    exits: TektiiExits

    def dress(self, order: Order) -> None:
        """Gives an order what only the Gateway knows of it."""
        asked = self.asked.get(order.terms.client_order_id or "")
        if asked is not None:
            order.terms, order.correlation_id = asked
        self.exits.dress(order)

    async def refresh_order(self, order_id: str) -> None:
        """Raises Failure where the Engine does not know it."""
        told = await self.client.ask("GET", self.client.path("orders", order_id))
        with self.client.reading():
            self.fold(told)

    async def refresh_orders(self) -> None:
        told = await self.client.ask("GET", self.client.path("orders"))
        with self.client.reading():
            for row in told["orders"]:
                self.fold(row)

    def fold(self, told: Json) -> Order:
        """What the Engine says of an order, over what is known."""
        known = self.books.orders.get(str(told["id"]))
        order = self.translation.order(told, known)
        if known is None:
            self.books.orders[order.id] = order
            self.dress(order)
        order.terms.position_id = told.get("position_id") or order.terms.position_id
        return order

    async def refresh_trades(self) -> None:
        told = await self.client.ask("GET", self.client.path("trades"))
        known = {trade.id for trade in self.books.trades}
        with self.client.reading():
            for row in told["trades"]:
                trade = self.translation.trade(row)
                if trade.id not in known:
                    self.books.trades.append(trade)
                    known.add(trade.id)

    async def refresh_positions(self) -> None:
        told = await self.client.ask("GET", self.client.path("positions"))
        with self.client.reading():
            found = {str(row["id"]) for row in told["positions"]}
            for row in told["positions"]:
                self.fold_position(row)
        for name, position in self.books.positions.items():
            if name not in found:
                position.quantity = Decimal(0)

    def fold_position(self, told: Json) -> None:
        known = self.books.positions.get(str(told["id"]))
        price = number(told["current_price"])
        position = self.translation.position(told, known)
        self.books.positions[position.id] = position
        self.prices.move(position.symbol, price)
