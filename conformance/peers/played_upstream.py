"""A played upstream as a script sees it, whatever it is: its books, and what it saw."""

from decimal import Decimal
from typing import ClassVar, Generic, TypeVar

from conformance.errors import StepFailed
from conformance.evidence.recorder import Recorder
from conformance.peers.desk import TradingDesk
from conformance.peers.upstream import UpstreamServer
from conformance.peers.waiting import Seen
from conformance.protocol.words import OrderStatus
from conformance.venue.order import Order

Server = TypeVar("Server", bound=UpstreamServer)
Desk = TypeVar("Desk", bound=TradingDesk)


class PlayedUpstream(Generic[Server, Desk]):
    """The Engine or a broker, in the words that scripts use of both."""

    called_here: ClassVar[str] = "the venue"
    """How notes speak of it."""

    def __init__(
        self, recorder: Recorder, server: Server, desk: Desk, patience: float
    ) -> None:
        self.recorder = recorder
        self.server = server
        self.desk = desk
        self.patience = patience
        """Seconds that a wait lasts unless told otherwise."""
        self._port = 0

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listens, port 0 for a free one; raises OSError where it cannot."""
        self.server.host = host
        await self.server.listen(port)
        self._port = self.server.port

    async def stop(self) -> None:
        """Ends it."""
        await self.server.stop()

    # --- how it behaves ---

    @property
    def by_hand(self) -> bool:
        """Whether orders that meet the market wait for `fill` too."""
        return self.desk.by_hand

    @by_hand.setter
    def by_hand(self, value: bool) -> None:
        self.desk.by_hand = value

    def price(self, symbol: str, value: str) -> None:
        """Where a symbol trades from now on."""
        self.desk.move(symbol, Decimal(value))

    def plainly(self) -> None:
        """What was planned is planned no more, and what is stuck is no longer."""
        told = f"{self.called_here}: as it should from now on"
        self.recorder.note(told, name="conduct")
        self.server.plans.clear()
        self.desk.plainly()

    # --- what happens there; each returns the ids of what was told of it ---

    def order(self, order_id: str) -> Order:
        """An order on the books; StepFailed where there is none of this id."""
        found = self.desk.books.orders.get(order_id)
        if found is None:
            where = f"order {order_id} at {self.called_here}"
            raise StepFailed(where, "it never came there")
        return found

    def orders(self, symbol: str | None = None) -> list[Order]:
        """Every order of a symbol that was taken, oldest first."""
        found = self.desk.books.orders.values()
        return [o for o in found if symbol in (None, o.terms.symbol)]

    def fill(
        self,
        order_id: str,
        quantity: str,
        price: str | None = None,
        tell: tuple[str, ...] | None = None,
    ) -> list[str]:
        """Fills some of an order, more than is left of it too.

        `tell` is what of it is told; `()` tells nobody.
        """
        at = None if price is None else Decimal(price)
        return self.desk.fill(self.order(order_id), Decimal(quantity), at, tell)

    def cancel(self, order_id: str, reason: str | None = None) -> list[str]:
        """Cancels an order that nobody asked to be cancelled."""
        return self.desk.end(self.order(order_id), OrderStatus.CANCELLED, reason)

    def reject(self, order_id: str, reason: str) -> list[str]:
        """Rejects an order that was taken before."""
        return self.desk.end(self.order(order_id), OrderStatus.REJECTED, reason)

    # --- connections ---

    async def leave(self) -> None:
        """Goes away: nothing listens, every connection is reset."""
        self.recorder.note(f"{self.called_here} goes away", name="away")
        await self.server.stop()

    async def come_back(self) -> None:
        """Listens again where it was; StepFailed where it is not away, or cannot."""
        if self.server.listens:
            raise StepFailed(f"the return of {self.called_here}", "it is not away")
        try:
            await self.server.listen(self._port)
        except OSError as error:
            raise StepFailed(f"the return of {self.called_here}", str(error)) from error
        self.recorder.note(f"{self.called_here} is back", name="back")

    # --- what was seen ---

    async def booked(self, client_order_id: str, seconds: float | None = None) -> Order:
        """Waits for an order with this client order id; StepFailed where none came."""

        def found() -> Order | None:
            return self.desk.books.by_client_id(client_order_id)

        await self.until(
            f"order {client_order_id}", lambda: found() is not None, seconds
        )
        order = found()
        if order is None:
            where = f"order {client_order_id} at {self.called_here}"
            raise StepFailed(where, "it never came")
        return order

    async def until(self, what: str, seen: Seen, seconds: float | None = None) -> bool:
        """Waits until something was seen; a note says so where it was not in time."""
        budget = self.patience if seconds is None else seconds
        if await self.server.news.wait(seen, budget):
            return True
        self.recorder.note(
            f"{what} did not come within {budget:g} s",
            name="did-not-come",
            facts={"what": what, "seconds": budget},
        )
        return False
