"""Exits that the Gateway places at the Engine: with a fill, and until they are over."""

import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conformance.protocol.words import OrderStatus, OrderType
from conformance.reference.failure import Failure, rejected
from conformance.venue.books import Position
from conformance.venue.order import Order, Terms

if TYPE_CHECKING:
    from conformance.reference.tektii.provider import TektiiProvider

PRICES = {"stop_loss": "stop_price", "take_profit": "limit_price"}
KINDS = {"stop_loss": OrderType.STOP, "take_profit": OrderType.LIMIT}
SHORT = {"stop_loss": "sl", "take_profit": "tp"}


class TektiiExits:
    """Watches every fill and every end of an order at the Engine."""

    def __init__(self, provider: "TektiiProvider") -> None:
        self._provider = provider
        self._covered: dict[str, Decimal] = {}
        """By entry: how much of its fill has exits, or was told to have none."""
        self._parents: dict[str, str] = {}
        """By client order id of a leg: its entry."""
        self._groups: dict[str, str] = {}
        """By group: the order of it that filled first."""
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

    def dress(self, order: Order) -> None:
        """Gives an exit its entry."""
        order.parent = self._parents.get(order.terms.client_order_id or "")

    def covered(self, order: Order) -> Decimal:
        """How much of an entry's fill was seen to."""
        return self._covered.get(order.id, Decimal(0))

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

    def live(self) -> list[Order]:
        return [o for o in self._provider.books.orders.values() if o.live]

    # --- brackets ---

    async def cover(self, entry: Order) -> None:
        """Places exits over what was filled and has none yet."""
        quantity = entry.filled - self.covered(entry)
        number = sum(1 for p in self._parents.values() if p == entry.id)
        self._covered[entry.id] = entry.filled
        for name in PRICES:
            price = getattr(entry.terms, name)
            if price is not None and quantity > 0:
                terms = self.leg(entry, name, price, quantity, number)
                await self.place(entry, name, terms)

    def leg(
        self, entry: Order, name: str, price: Decimal, quantity: Decimal, number: int
    ) -> Terms:
        """The terms of one exit; `number` is how many the entry has already."""
        seed = (entry.terms.client_order_id or entry.id)[:56]
        tail = f"-{number // 2}" if number > 1 else ""
        terms = Terms(
            symbol=entry.terms.symbol,
            side=entry.terms.side.other,
            order_type=KINDS[name],
            quantity=quantity,
            client_order_id=f"{seed}-{SHORT[name]}{tail}",
            position_id=self.position_of(entry),
            reduce_only=True,
        )
        return terms.changed({PRICES[name]: price})

    def position_of(self, entry: Order) -> str | None:
        """The position that an entry opened, where it is known."""
        if entry.terms.position_id is not None:
            return entry.terms.position_id
        for position in self._provider.books.open_positions():
            if position.symbol == entry.terms.symbol:
                return position.id
        return None

    async def place(self, entry: Order, name: str, terms: Terms) -> None:
        """Sends an exit; what stays without one is told."""
        try:
            await self._provider.submit(terms, parent=entry.id)
        except Failure as failure:
            if failure.code == "PROVIDER_ERROR" and await self.found(terms):
                return
            self.unprotected(entry, name, terms.quantity, failure)

    async def found(self, terms: Terms) -> bool:
        """Whether an exit is at the Engine whose answer was lost."""
        with contextlib.suppress(Failure):
            await self._provider.refresh_orders()
        return self._provider.known(terms.client_order_id) is not None

    def unprotected(
        self, entry: Order, name: str, quantity: Decimal, failure: Failure
    ) -> None:
        """Tells that some of a position has no exit."""
        told = self._provider.rendering.decimal(quantity)
        what = f"{told} {entry.terms.symbol} has no {name}"
        self._provider.announce(
            {
                "type": "error",
                "code": "POSITION_UNPROTECTED",
                "message": f"{what}: {failure.message}",
                "details": {
                    "order_id": entry.id,
                    "symbol": entry.terms.symbol,
                    "exit": name,
                    "quantity": told,
                },
            }
        )

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
        """Whether two exits stand over the same tranche."""
        return (
            other.terms.order_type is not leg.terms.order_type
            and other.terms.quantity == leg.terms.quantity
        )

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
            legs = [leg for leg in self.legs_on(position.symbol) if _is(leg, kind)]
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

    def legs_on(self, symbol: str) -> list[Order]:
        return [o for o in self.live() if o.parent and o.terms.symbol == symbol]

    async def move(
        self, symbol: str, moves: dict[str, Decimal]
    ) -> dict[str, list[Order]]:
        """Moves a position's exits; a Failure leaves what it could not move."""
        found = {
            name: [leg for leg in self.legs_on(symbol) if _is(leg, KINDS[name])]
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
            entry = self._provider.books.orders[leg.parent or ""]
            if "restored_order_id" in failure.details:
                text = f"the {name} stays where it was: {failure.message}"
                raise Failure("ORDER_NOT_MODIFIABLE", text) from failure
            self.unprotected(entry, name, leg.remaining, failure)
            text = f"the {name} is lost: {failure.message}"
            raise Failure("PROVIDER_ERROR", text) from failure

    def replaced(self, old: Order, new: Order) -> None:
        """An exit stands at the Engine under a new id."""
        new.parent = old.parent
        self.save()

    # --- what lasts ---

    def pending(self) -> list[dict[str, Any]]:
        """Entries that wait for their fill, and exits that stand."""
        found: list[dict[str, Any]] = []
        decimal = self._provider.rendering.decimal
        for order in self._provider.books.orders.values():
            exits = {n: decimal(getattr(order.terms, n)) for n in PRICES}
            if any(exits.values()):
                row = {"order": order.id, "covered": decimal(self.covered(order))}
                row["client_order_id"] = order.terms.client_order_id
                found.append({**row, **exits})
        legs = [{"leg": k, "parent": v} for k, v in self._parents.items()]
        return [*found, *legs]

    def save(self) -> None:
        """Written at every change: a kill loses nothing."""
        self._provider.save()

    def load(self, rows: list[dict[str, Any]]) -> None:
        """Takes up what a run before had written."""
        for row in rows:
            if "leg" in row:
                self._parents[str(row["leg"])] = str(row["parent"])
            else:
                self._covered[str(row["order"])] = Decimal(row["covered"])
                self._waiting[str(row["order"])] = row

    @property
    def _waiting(self) -> dict[str, dict[str, Any]]:
        return self._provider.waiting

    async def restore(self) -> None:
        """Brings entries that a run before had sent up to what the Engine shows."""
        waiting = dict(self._waiting)
        if not waiting:
            return
        self._waiting.clear()
        try:
            await self._provider.refresh_orders()
            await self._provider.refresh_positions()
        except Failure:
            self._waiting.update(waiting)
            return
        for order_id, row in waiting.items():
            order = self._provider.books.orders.get(order_id)
            if order is None:
                continue
            prices = {n: Decimal(row[n]) for n in PRICES if row.get(n) is not None}
            order.terms = order.terms.changed(prices)
            if order.filled > self.covered(order):
                await self.filled(order)


def _is(leg: Order, kind: OrderType) -> bool:
    return leg.terms.order_type is kind
