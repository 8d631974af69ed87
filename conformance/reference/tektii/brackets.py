"""Exits over what filled: placed at the Engine, or told to be missing."""

import contextlib
import re
from decimal import Decimal

from conformance.protocol.words import OrderType
from conformance.reference.failure import Failure
from conformance.reference.tektii.exit_memory import PRICES, ExitMemory, Unsent
from conformance.venue.order import Order, Terms

KINDS = {"stop_loss": OrderType.STOP, "take_profit": OrderType.LIMIT}
SHORT = {"stop_loss": "sl", "take_profit": "tp"}
TAIL = re.compile(r"-(?:sl|tp)(?=(?:-\d+)?$)")
LONGEST = 56
"""Characters of an entry's name that leave room for those of its exits."""


class Brackets(ExitMemory):
    """Each tranche of a fill gets exits of its own."""

    async def cover(self, entry: Order) -> None:
        """Places exits over what was filled and has none yet."""
        quantity = entry.filled - self.covered(entry)
        self._covered[entry.id] = entry.filled
        asked = {n: p for n in PRICES if (p := getattr(entry.terms, n)) is not None}
        if not asked or quantity <= 0:
            return
        number = self.tranche(entry)
        for name in asked:
            # Nobody else takes these names, and a kill from here on loses none.
            leg = self.name(entry, name, number)
            self._parents[leg] = entry.id
            self._unsent[leg] = Unsent(entry.id, name, quantity, number)
        await self.locate(entry)
        for name, price in asked.items():
            terms = self.leg(entry, name, price, quantity, number)
            await self.place(entry, name, terms)

    def leg(
        self, entry: Order, name: str, price: Decimal, quantity: Decimal, number: int
    ) -> Terms:
        """The terms of one exit; `number` is how many tranches were before it."""
        terms = Terms(
            symbol=entry.terms.symbol,
            side=entry.terms.side.other,
            order_type=KINDS[name],
            quantity=quantity,
            client_order_id=self.name(entry, name, number),
            position_id=self.position_of(entry),
            reduce_only=True,
        )
        return terms.changed({PRICES[name]: price})

    def name(self, entry: Order, name: str, number: int) -> str:
        """The client order id of an exit, never longer than one may be."""
        seed = entry.terms.client_order_id or entry.id
        if len(seed) > LONGEST:
            # Cut short it could be that of another entry.
            seed = entry.id[:LONGEST]
        return f"{seed}-{SHORT[name]}" + (f"-{number}" if number else "")

    def tranche(self, entry: Order) -> int:
        """The first number under which no order has the name of an exit."""
        number = 0
        while any(self.is_taken(self.name(entry, name, number)) for name in SHORT):
            number += 1
        return number

    def is_taken(self, name: str) -> bool:
        return name in self._parents or self._provider.known(name) is not None

    async def place_unsent(self) -> None:
        """Places what a run before had decided on and did not come to send."""
        provider = self._provider
        for leg, unsent in list(self._unsent.items()):
            entry = provider.books.orders.get(unsent.entry)
            price = None if entry is None else getattr(entry.terms, unsent.exit)
            if entry is None or price is None or provider.known(leg) is not None:
                del self._unsent[leg]
                continue
            asked = (unsent.exit, price, unsent.quantity, unsent.number)
            await self.place(entry, unsent.exit, self.leg(entry, *asked))

    async def locate(self, entry: Order) -> None:
        """Asks for the positions where that of an entry is not known."""
        if self.position_of(entry) is None:
            with contextlib.suppress(Failure):
                await self._provider.refresh_positions()

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
            if await self.found(terms, failure) is None:
                self.unprotected(entry, name, terms.quantity, failure)
        self._unsent.pop(terms.client_order_id or "", None)
        self.save()

    async def found(self, terms: Terms, failure: Failure) -> Order | None:
        """The exit at the Engine, where only the answer was lost."""
        if failure.code != "PROVIDER_ERROR":
            return None
        with contextlib.suppress(Failure):
            await self._provider.refresh_orders()
        return self._provider.known(terms.client_order_id)

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

    def live(self) -> list[Order]:
        return [o for o in self._provider.books.orders.values() if o.live]

    def legs_on(self, symbol: str) -> list[Order]:
        return [o for o in self.live() if o.parent and o.terms.symbol == symbol]


def is_kind(leg: Order, kind: OrderType) -> bool:
    return leg.terms.order_type is kind


def tail(name: str) -> str:
    """The name of an exit without its kind: that of its twin too."""
    return TAIL.sub("", name)
