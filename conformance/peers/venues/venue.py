"""A played broker as a script sees it: what happens there, and what was seen."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Generic, TypeVar

from conformance.errors import StepFailed
from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.desk import TradingDesk
from conformance.peers.engine.conduct import Conduct, How
from conformance.peers.upstream import Asked, Call, UpstreamServer
from conformance.peers.venues.words import (
    Ability,
    Operation,
    PlannedFor,
    Reason,
    Refusal,
)
from conformance.peers.waiting import Seen
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus
from conformance.venue.order import Order


class VenueServer(UpstreamServer):
    """The wire of a broker; each broker says which operation a request is.

    Every call is written down with `operation`, and with `client_order_id` and `order`
    (the broker's id) where it names one: so a check reads all brokers alike.
    """

    def operation(self, method: str, target: str) -> Operation:
        """Which operation a request asks for."""
        raise NotImplementedError

    def named(self, asked: Asked) -> Mapping[str, Json]:
        """`client_order_id` and `order` of a request, as far as it names them."""
        return {}

    def _operation(self, method: str, target: str) -> str:
        return str(self.operation(method, target))

    def _marks(self, asked: Asked) -> Mapping[str, Json]:
        request = asked.request
        found = self._operation(request.method, request.raw_path)
        return {"operation": found, **self.named(asked)}


Server = TypeVar("Server", bound=VenueServer)
Desk = TypeVar("Desk", bound=TradingDesk)


class PlayedVenue(ABC, Generic[Server, Desk]):
    """One broker; a Gateway finds it through `environment`.

    A subclass makes the server and the desk, and knows how a stream is ended.
    """

    provider: ClassVar[str]
    """The value of GATEWAY_PROVIDER."""
    platforms: ClassVar[Mapping[str, str]]
    """The platform's name by GATEWAY_MODE: paper, live."""
    symbols: ClassVar[tuple[str, ...]]
    """Instruments that it trades, as a Gateway names them."""
    can: ClassVar[frozenset[Ability]]
    refusals: ClassVar[tuple[Refusal, ...]]
    """Its documented refusals of an order."""

    def __init__(
        self, recorder: Recorder, server: Server, desk: Desk, patience: float = 4.0
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

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.server.host}:{self._port}"

    @abstractmethod
    def environment(
        self, *symbols: str, mode: str = "paper", events: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """What a Gateway is told, so that all it dials is this venue.

        It is subscribed to these symbols, with what the broker has of quotes, orders
        and the account, or with `events` only; placeholder credentials, made for the
        run, are among it.
        """

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

    def below(self, symbol: str) -> str:
        """A limit at which a buy rests, within what brokers take: half the price."""
        return text_of(self.desk.prices[symbol] / 2)

    def next(self, operation: Operation, *conducts: Conduct) -> None:
        """What is done with the next requests for an operation, one conduct each."""
        for conduct in conducts:
            self._plan(operation, conduct, 1)

    def always(self, operation: Operation, conduct: Conduct) -> None:
        """What is done with every request for an operation, until `plainly`."""
        self._plan(operation, conduct, None)

    def _plan(self, operation: Operation, conduct: Conduct, times: int | None) -> None:
        which = "every" if times is None else "the next"
        told = f"the venue: {type(conduct).__name__} for {which} {operation}"
        self.recorder.note(told, name="conduct")
        planned = PlannedFor(operation, conduct, self.server.operation, times)
        self.server.plans.append(planned)

    def plainly(self) -> None:
        """What was planned and did not come up is planned no more."""
        self.recorder.note("the venue: as it should from now on", name="conduct")
        self.server.plans.clear()

    def refusal(self, reason: Reason) -> Refusal | None:
        """A documented refusal for this reason; None where it has none."""
        return next((r for r in self.refusals if r.reason is reason), None)

    # --- what happens at the venue; each returns the ids of what was told of it ---

    def order(self, order_id: str) -> Order:
        """An order on the books; StepFailed where the venue has none of this id."""
        found = self.desk.books.orders.get(order_id)
        if found is None:
            raise StepFailed(f"order {order_id} at the venue", "it never came there")
        return found

    def orders(self, symbol: str | None = None) -> list[Order]:
        """Every order of a symbol that the venue took, oldest first."""
        found = self.desk.books.orders.values()
        return [o for o in found if symbol in (None, o.terms.symbol)]

    def fill(
        self,
        order_id: str,
        quantity: str,
        price: str | None = None,
        tell: tuple[str, ...] | None = None,
    ) -> list[str]:
        """Fills some of an order; `tell=()` has nobody told."""
        at = None if price is None else Decimal(price)
        return self.desk.fill(self.order(order_id), Decimal(quantity), at, tell)

    def cancel(self, order_id: str, reason: str | None = None) -> list[str]:
        """Cancels an order that nobody asked to be cancelled."""
        return self.desk.end(self.order(order_id), OrderStatus.CANCELLED, reason)

    def expire(self, order_id: str) -> list[str]:
        """Ends an order because its time is over."""
        return self.desk.end(self.order(order_id), OrderStatus.EXPIRED)

    def reject(self, order_id: str, reason: str) -> list[str]:
        """Rejects an order that was taken before."""
        return self.desk.end(self.order(order_id), OrderStatus.REJECTED, reason)

    # --- connections ---

    async def leave(self) -> None:
        """Goes away: nothing listens, every connection is reset."""
        self.recorder.note("the venue goes away", name="away")
        await self.server.stop()

    async def come_back(self) -> None:
        """Listens again where it was."""
        await self.server.listen(self._port)
        self.recorder.note("the venue is back", name="back")

    @property
    def streams(self) -> int:
        """How often a Gateway opened the stream that tells of orders."""
        return 0

    async def cut(self, how: How | int = How.RST) -> None:
        """Ends the stream of orders: with a close code, or as networks do."""
        raise StepFailed("the venue's stream", f"{self.provider}'s cannot be played")

    def refuse_streams(self, status: int | None) -> None:
        """What the next attempts at a stream are answered with; None grants them."""
        raise StepFailed("the venue's stream", f"{self.provider}'s cannot be played")

    def quote(self, symbol: str, bid: str, ask: str) -> None:
        """Tells a quote on the stream of prices."""
        raise StepFailed("the venue's stream", f"{self.provider}'s cannot be played")

    # --- what was seen ---

    def calls(self, operation: Operation) -> list[Call]:
        """The requests for an operation that came, in order."""
        return [c for c in self.server.calls if c.operation == operation]

    async def called(
        self, operation: Operation, count: int = 1, seconds: float | None = None
    ) -> bool:
        """Waits until such a request has come this often; whether it did in time."""
        return await self.until(
            f"{count} of {operation}",
            lambda: len(self.calls(operation)) >= count,
            seconds,
        )

    async def streamed(self, count: int = 1, seconds: float | None = None) -> bool:
        """Waits until a Gateway has opened the stream of orders this often."""
        return await self.until(
            f"the venue's stream opened {count} times",
            lambda: self.streams >= count,
            seconds,
        )

    async def booked(self, client_order_id: str, seconds: float | None = None) -> Order:
        """Waits for an order with this client order id; StepFailed where none came."""

        def found() -> Order | None:
            return self.desk.books.by_client_id(client_order_id)

        await self.until(
            f"order {client_order_id}", lambda: found() is not None, seconds
        )
        order = found()
        if order is None:
            raise StepFailed(f"order {client_order_id} at the venue", "it never came")
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
