"""Exits that the Gateway places at the Engine: with a fill, and until they are over."""

import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING

from conformance.protocol.words import OrderStatus
from conformance.reference.failure import Failure, rejected
from conformance.reference.tektii.brackets import KINDS, Brackets, is_kind, tail
from conformance.reference.tektii.exit_memory import PRICES
from conformance.venue.books import Position
from conformance.venue.order import Order, Terms

if TYPE_CHECKING:
    from conformance.reference.tektii.provider import TektiiProvider


class TektiiExits(Brackets):
    """Watches every fill and every end of an order at the Engine."""

    def __init__(self, provider: "TektiiProvider") -> None:
        super().__init__(provider)
        self._double: set[str] = set()

    # --- told by the provider ---

    def refuse(self, terms: Terms) -> None:
        """Raises Failure for an order that joins a group which has filled."""
        if terms.oco_group_id in self._groups:
            raise rejected("UNKNOWN", "the OCO group has filled already")

    def expected(self, terms: Terms, parent: str | None) -> None:
        """An order is about to be sent."""
        if parent is not None and terms.client_order_id is not None:
            self._parents[terms.client_order_id] = parent
        self.save()

    async def registered(self, order: Order) -> None:
        """An order was answered; it may have filled before that."""
        self.save()
        if order.filled > self.covered(order):
            await self.filled(order)

    async def filled(self, order: Order) -> None:
        """Some more of an order was filled."""
        if order.parent is None:
            await self.cover(order)
        elif order.status is OrderStatus.FILLED:
            await self.cancel_siblings(order)
        self.save()

    async def ended(self, order: Order) -> None:
        """An order was told; where that was its end, its group ends with its fill."""
        group = order.terms.oco_group_id
        if order.status is OrderStatus.FILLED and group:
            await self.end_group(order, group)
        self.save()

    async def end_group(self, order: Order, group: str) -> None:
        """One of a group filled: the others end, unless one had filled before."""
        first = self._groups.setdefault(group, order.id)
        if first != order.id:
            self.double_exit(order, group)
            return
        for other in self.live():
            if other.terms.oco_group_id == group:
                await self.cancel(other)

    async def cancel_siblings(self, leg: Order) -> None:
        """One exit filled whole: its twin over the same tranche ends."""
        for other in list(self._provider.books.orders.values()):
            if other is leg or other.parent != leg.parent or not self.twins(leg, other):
                continue
            if other.live:
                await self.cancel(other)
            if other.status is OrderStatus.FILLED:
                self.double_exit(leg, leg.parent)

    def twins(self, leg: Order, other: Order) -> bool:
        """Whether two exits stand over the same tranche: their names say so."""
        mine = tail(leg.terms.client_order_id or "")
        yours = tail(other.terms.client_order_id or "")
        same_kind = other.terms.order_type is leg.terms.order_type
        return not same_kind and mine == yours

    def double_exit(self, order: Order, name: str | None) -> None:
        """Both exits of an entry, or of a group, filled: too much was traded."""
        if name is None or name in self._double:
            return
        self._double.add(name)
        self._provider.metrics.count("gateway_oco_double_exit_total")
        self._provider.announce(
            {
                "type": "error",
                "code": "OCO_DOUBLE_EXIT",
                "message": f"both exits of {name} filled",
                "details": {"order_id": order.id, "symbol": order.terms.symbol},
            }
        )

    async def cancel(self, order: Order) -> None:
        """Cancels; where that fails the order is shown as it is."""
        with contextlib.suppress(Failure):
            await self._provider.cancel(order)

    async def fit(self, position: Position) -> None:
        """No kind of exit covers more than is held."""
        for kind in KINDS.values():
            legs = [leg for leg in self.legs_on(position.symbol) if is_kind(leg, kind)]
            covered = sum((leg.remaining for leg in legs), Decimal(0))
            held = position.quantity
            closing = legs[0].terms.side.sign if legs else 0
            most = max(-held * closing, Decimal(0))
            for leg in reversed(legs):
                excess = covered - most
                if excess <= 0:
                    break
                covered -= min(excess, leg.remaining)
                await self.shrink(leg, excess)

    async def shrink(self, leg: Order, excess: Decimal) -> None:
        """Takes some of an exit away, or all of it."""
        if leg.remaining <= excess:
            await self.cancel(leg)
            return
        with contextlib.suppress(Failure):
            left = leg.terms.quantity - excess
            await self._provider.replace(leg, {"quantity": left})

    async def move(
        self, symbol: str, moves: dict[str, Decimal]
    ) -> dict[str, list[Order]]:
        """Moves a position's exits; a Failure leaves what it could not move."""
        found = {
            name: [leg for leg in self.legs_on(symbol) if is_kind(leg, KINDS[name])]
            for name in moves
        }
        for name, legs in found.items():
            if not legs:
                raise Failure("ORDER_NOT_MODIFIABLE", f"no {name} is tracked here")
        return {
            name: [await self.moved(leg, name, moves[name]) for leg in legs]
            for name, legs in found.items()
        }

    async def moved(self, leg: Order, name: str, price: Decimal) -> Order:
        """One exit at its new price; it is put back where the Engine refuses that."""
        try:
            return await self._provider.replace(leg, {PRICES[name]: price})
        except Failure as failure:
            entry = self._provider.books.orders.get(leg.parent or "", leg)
            if "restored_order_id" in failure.details:
                text = f"the {name} stays where it was: {failure.message}"
                raise Failure("ORDER_NOT_MODIFIABLE", text) from failure
            stands = await self.found(leg.terms, failure)
            if stands is not None and stands.id != leg.id and stands.live:
                return stands
            self.unprotected(entry, name, leg.remaining, failure)
            text = f"the {name} is lost: {failure.message}"
            raise Failure("PROVIDER_ERROR", text) from failure

    def replaced(self, old: Order, new: Order) -> None:
        """An exit stands at the Engine under a new id."""
        new.parent = old.parent
        self.save()

    async def restore(self) -> None:
        """Sees to what happened at the Engine while no Gateway was there."""
        if not self._loaded:
            return
        provider = self._provider
        try:
            await provider.refresh_orders()
            await provider.refresh_positions()
        except Failure:
            return
        for order in list(provider.books.orders.values()):
            if order.filled > self.covered(order):
                await self.filled(order)
                await self.ended(order)
        await self.place_unsent()
        self.forget_lost()
        self.save()
