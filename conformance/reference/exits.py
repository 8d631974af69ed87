"""Brackets and OCO groups: which orders follow a fill, and which end with it."""

from decimal import Decimal
from typing import TYPE_CHECKING

from conformance.protocol.words import OrderStatus, OrderType
from conformance.reference.failure import Failure, rejected
from conformance.venue.order import Order, Terms

if TYPE_CHECKING:
    from conformance.reference.provider import MockProvider


class Exits:
    """Watches every fill and every end of an order."""

    def __init__(self, provider: "MockProvider") -> None:
        self._provider = provider
        self._spent_groups: set[str] = set()

    # --- told by the provider ---

    def joined(self, order: Order) -> None:
        """A new order was taken."""

    def refuse(self, terms: Terms) -> None:
        """Raises Failure for an order that joins a group which has filled."""
        if terms.oco_group_id in self._spent_groups:
            raise rejected("UNKNOWN", "the OCO group has filled already")

    def filled(self, order: Order, quantity: Decimal) -> None:
        """Some of an order was filled."""
        if order.parent is None:
            self.cover(order, quantity)
        else:
            self.shrink_sibling(order, quantity)
        if not order.live:
            self.cancel_siblings(order)
            self.cancel_group(order)
        self.fit_to_position(order.terms.symbol)

    def cancelled(self, order: Order) -> None:
        """An order was cancelled: what was to follow its fill never comes."""

    # --- brackets ---

    def cover(self, entry: Order, quantity: Decimal) -> None:
        """Places an entry's exits, or enlarges them, by what was filled."""
        for terms in self.legs_of(entry, quantity):
            leg = self.live_leg(entry, terms.order_type)
            if leg is None:
                self.place(entry, terms)
            else:
                changed = {"quantity": leg.terms.quantity + quantity}
                self._provider.modify(leg, changed)

    def legs_of(self, entry: Order, quantity: Decimal) -> list[Terms]:
        """The exits that an entry asks for, for this quantity."""
        asked, found = entry.terms, []
        seed = asked.client_order_id or entry.id
        if asked.stop_loss is not None:
            found.append(self.leg(entry, quantity, OrderType.STOP, f"{seed}-sl"))
            found[-1].stop_price = asked.stop_loss
        if asked.take_profit is not None:
            found.append(self.leg(entry, quantity, OrderType.LIMIT, f"{seed}-tp"))
            found[-1].limit_price = asked.take_profit
        return found

    def leg(
        self, entry: Order, quantity: Decimal, kind: OrderType, client_id: str
    ) -> Terms:
        position = self._provider.books.positions[entry.terms.symbol]
        return Terms(
            symbol=entry.terms.symbol,
            side=entry.terms.side.other,
            order_type=kind,
            quantity=quantity,
            client_order_id=client_id[:64],
            position_id=position.id,
            reduce_only=True,
        )

    def place(self, entry: Order, terms: Terms) -> None:
        """Sends an exit over what of the fill is still held: other orders trade too."""
        if terms.reduce_only:
            held = -self._provider.books.held(terms.symbol) * terms.side.sign
            terms.quantity = min(terms.quantity, held)
        if terms.quantity > 0:
            self._provider.submit(terms, parent=entry.id)

    def live_leg(self, entry: Order, kind: OrderType) -> Order | None:
        for order in self._provider.books.orders.values():
            mine = order.parent == entry.id and order.live
            if mine and order.terms.order_type is kind:
                return order
        return None

    def shrink_sibling(self, leg: Order, quantity: Decimal) -> None:
        """A part of one exit filled: the other covers so much less."""
        for other in self.siblings(leg):
            left = other.terms.quantity - quantity
            if leg.live and left > other.filled:
                self._provider.modify(other, {"quantity": left})

    def cancel_siblings(self, leg: Order) -> None:
        """One exit filled whole: the other ends."""
        for other in self.siblings(leg):
            self._provider.cancel(other)

    def siblings(self, leg: Order) -> list[Order]:
        if leg.parent is None:
            return []
        return [
            order
            for order in self._provider.books.orders.values()
            if order.parent == leg.parent and order.live and order is not leg
        ]

    def fit_to_position(self, symbol: str) -> None:
        """No exit covers more than is held; none is left when nothing is, or less."""
        signed = self._provider.books.held(symbol)
        for order in list(self._provider.books.orders.values()):
            leg = order.parent is not None and order.live
            if not leg or order.terms.symbol != symbol:
                continue
            held = -signed * order.terms.side.sign
            if held <= 0:
                self._provider.cancel(order)
            elif order.remaining > held:
                self._provider.modify(order, {"quantity": order.filled + held})

    def move(self, symbol: str, moves: dict[str, Decimal]) -> dict[str, list[Order]]:
        """Moves a position's exits; raises Failure where it has none of that kind."""
        kinds = {"stop_loss": OrderType.STOP, "take_profit": OrderType.LIMIT}
        found = {name: self.legs_on(symbol, kinds[name]) for name in moves}
        for name, legs in found.items():
            if not legs:
                raise Failure("ORDER_NOT_MODIFIABLE", f"no {name} is tracked here")
        for name, legs in found.items():
            price = "stop_price" if name == "stop_loss" else "limit_price"
            for leg in legs:
                self._provider.modify(leg, {price: moves[name]})
        return found

    def legs_on(self, symbol: str, kind: OrderType) -> list[Order]:
        return [
            order
            for order in self._provider.books.orders.values()
            if order.parent is not None
            and order.live
            and order.terms.symbol == symbol
            and order.terms.order_type is kind
        ]

    # --- OCO groups ---

    def cancel_group(self, order: Order) -> None:
        """One of a group filled: the others end."""
        group = order.terms.oco_group_id
        if group is None or order.status is not OrderStatus.FILLED:
            return
        self._spent_groups.add(group)
        for other in list(self._provider.books.orders.values()):
            if other.terms.oco_group_id == group and other.live:
                self._provider.cancel(other)

    def pending(self) -> list[dict[str, str]]:
        """What is still to follow a fill, for the state file."""
        found = []
        for order in self._provider.books.orders.values():
            for name in ("stop_loss", "take_profit"):
                price = getattr(order.terms, name)
                if order.live and price is not None:
                    found.append(
                        {
                            "primary_order_id": order.id,
                            "symbol": order.terms.symbol,
                            "order_type": name,
                            "trigger_price": str(price),
                            "quantity": str(order.terms.quantity),
                            "status": "pending",
                        }
                    )
            if order.parent is not None and order.live:
                found.append(
                    {
                        "primary_order_id": order.parent,
                        "symbol": order.terms.symbol,
                        "order_type": str(order.terms.order_type),
                        "quantity": str(order.remaining),
                        "status": "placed",
                    }
                )
        return found
