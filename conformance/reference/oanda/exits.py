"""The exits of OANDA's own: which orders they are, and how they are moved."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conformance.protocol.words import OrderType
from conformance.reference.failure import Failure
from conformance.venue.order import Order

if TYPE_CHECKING:
    from conformance.reference.oanda.provider import OandaProvider

KINDS = {
    "stop_loss": (OrderType.STOP, "stop_price"),
    "take_profit": (OrderType.LIMIT, "limit_price"),
}


class OandaExits:
    """OANDA ends an exit with its trade: nothing is kept of it here."""

    def __init__(self, provider: "OandaProvider") -> None:
        self._provider = provider

    def pending(self) -> list[dict[str, Any]]:
        """Nothing waits in the Gateway."""
        return []

    async def move(
        self, symbol: str, moves: dict[str, Decimal]
    ) -> dict[str, list[Order]]:
        """Moves the exits of a position; Failure where there is none to move."""
        found = {name: self.legs(symbol, name) for name in moves}
        for name, legs in found.items():
            if not legs:
                text = f"{symbol} has no {name} to move"
                raise Failure("UNSUPPORTED_OPERATION", text)
        return {
            name: [await self.moved(leg, name, moves[name]) for leg in legs]
            for name, legs in found.items()
        }

    async def moved(self, leg: Order, name: str, price: Decimal) -> Order:
        return await self._provider.replace(leg, {KINDS[name][1]: price})

    def legs(self, symbol: str, name: str) -> list[Order]:
        """The live exits of one kind on an instrument."""
        provider = self._provider
        return [
            order
            for order in provider.books.orders.values()
            if order.live
            and order.id in provider.linked
            and order.terms.symbol == symbol
            and order.terms.order_type is KINDS[name][0]
        ]
