"""A played broker as a script sees it: what happens there, and what was seen."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar, TypeVar

from conformance.errors import StepFailed
from conformance.peers.desk import Quoted, Shape, TradingDesk
from conformance.peers.engine.conduct import Conduct, How
from conformance.peers.played_upstream import PlayedUpstream
from conformance.peers.upstream import Call
from conformance.peers.venues.wire import VenueServer
from conformance.peers.venues.words import (
    Ability,
    Misquote,
    Operation,
    PlannedFor,
    Refusal,
)
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus, OrderType, Side
from conformance.venue.order import Order, Terms

CLOSED_OUT = "closed-out"
"""The name of the note before a broker closes a position of its own accord."""

Server = TypeVar("Server", bound=VenueServer)
Desk = TypeVar("Desk", bound=TradingDesk)


class PlayedVenue(PlayedUpstream[Server, Desk], ABC):
    """One broker; a Gateway finds it through `environment`.

    A subclass makes the server and the desk, and knows how a stream is ended.
    """

    provider: ClassVar[str]
    """The value of GATEWAY_PROVIDER."""
    platforms: ClassVar[Mapping[str, str]]
    """The platform's name by GATEWAY_MODE: paper, live."""
    symbols: ClassVar[tuple[str, ...]]
    """Instruments that it trades, as a Gateway names them."""
    coins: ClassVar[tuple[str, ...]] = ()
    """Those of its instruments that it trades under other rules than the rest."""
    can: ClassVar[frozenset[Ability]]
    silence: ClassVar[int] = 1
    """How often a usual wait a stream may be silent until that must be noticed."""
    refusals: ClassVar[tuple[Refusal, ...]]
    """Its documented refusals of an order."""
    lacks: ClassVar[frozenset[str]] = frozenset()
    """Fields of an order of a Gateway's, and types, that it has no word for."""

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

    def below(self, symbol: str) -> str:
        """A limit at which a buy rests, within what brokers take: half the price."""
        return text_of(self.desk.prices[symbol] / 2)

    def market(
        self, symbol: str, bid: str | None, ask: str | None, ago: float = 0.0
    ) -> None:
        """Where a symbol is quoted over REST from now on, and since when it is.

        None is a side without anybody; it trades in the middle of what there is.
        """
        at = self.desk.now() - timedelta(seconds=ago)
        low, high = (None if side is None else Decimal(side) for side in (bid, ask))
        self.desk.quotes[symbol] = Quoted(low, high, at)
        there = [price for price in (low, high) if price is not None]
        self.desk.prices[symbol] = sum(there, Decimal(0)) / len(there)

    def bars(self, symbol: str, *figures: str) -> None:
        """Open, high, low, close and volume of every bar of a symbol from now on."""
        self.desk.shapes[symbol] = Shape(*map(Decimal, figures))

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

    def keep_open(self, symbol: str) -> None:
        """Has it refuse what would close a position of this symbol, as it would.

        Where a close is an order like any other, it is the next order that is refused.
        """
        self.next(Operation.SUBMIT, self.refusals[0].answer)

    def linger(self) -> None:
        """Has cancels stay pending, until the script ends the order."""
        raise self._unplayable("a pending cancel")

    # --- what happens at the venue; each returns the ids of what was told of it ---

    def elsewhere(self, symbol: str, side: str, quantity: str, limit: str) -> Order:
        """A limit order that somebody placed at the broker, past every Gateway."""
        name = f"elsewhere-{len(self.desk.books.orders) + 1}"
        terms = Terms(
            symbol=symbol,
            side=Side(side),
            order_type=OrderType.LIMIT,
            quantity=Decimal(quantity),
            limit_price=Decimal(limit),
            client_order_id=name,
        )
        return self.desk.foreign(terms)

    def expire(self, order_id: str) -> list[str]:
        """Ends an order because its time is over."""
        return self.desk.end(self.order(order_id), OrderStatus.EXPIRED)

    def thin(self, symbol: str, quantity: str | None) -> None:
        """How much of a symbol can be traded with one order; None for any amount."""
        raise self._unplayable("a thin market")

    def tell_again(self, order_id: str) -> list[str]:
        """Tells on the stream once more what was filled of an order, if it ever is."""
        raise self._unplayable("the venue's stream")

    def close_out(self, symbol: str) -> Order:
        """Closes what is held of a symbol, for want of margin."""
        self.recorder.note(f"the broker closes {symbol} out", name=CLOSED_OUT)
        return self.desk.close_out(symbol)

    def call_margin(self, *, again: bool = False) -> None:
        """Says that the account has no margin left, or has none still."""
        raise self._unplayable("a margin call")

    def financing(self, symbol: str, amount: str) -> list[str]:
        """Books a day's financing of a symbol."""
        raise self._unplayable("financing")

    # --- the account, before a Gateway asks for it ---

    def account_in(self, currency: str) -> None:
        """What the account is kept in."""
        raise self._unplayable("another currency")

    def hedge(self) -> None:
        """Keeps both sides of an instrument apart."""
        raise self._unplayable("hedging")

    # --- connections ---

    @property
    def streams(self) -> int:
        """How often a Gateway opened the stream that tells of orders."""
        return 0

    async def cut(self, how: How | int = How.RST) -> None:
        """Ends the stream of orders: with a close code, or as networks do."""
        raise self._unplayable("the venue's stream")

    def refuse_streams(self, status: int | None) -> None:
        """What the next attempts at a stream are answered with; None grants them."""
        raise self._unplayable("the venue's stream")

    def leave_streams_unanswered(self, value: bool = True) -> None:
        """Whether the next attempts at a stream are not even answered."""
        raise self._unplayable("the venue's stream")

    @property
    def listening(self) -> bool:
        """Whether a Gateway has every stream open that it needs."""
        return False

    async def cut_all(self, how: How | int = How.RST) -> None:
        """Ends every stream, those of prices too."""
        await self.cut(how)

    async def lose_streams(
        self,
        how: How | int | None = How.RST,
        *,
        refused: int | None = None,
        unanswered: bool = False,
    ) -> None:
        """Ends every stream (None: there is none yet), as `cut` would.

        Until `grant_streams` what asks for one is answered with the status `refused`,
        or with nothing where it is left `unanswered`; else it is granted at once.
        """
        shown = "closed" if isinstance(how, int) else str(how or "not granted")
        self.recorder.note(
            f"the venue's streams are lost: {shown}",
            name="streams-lost",
            facts={"how": shown, "refused": refused, "unanswered": unanswered},
        )
        self.refuse_streams(refused)
        self.leave_streams_unanswered(unanswered)
        if how is not None:
            await self.cut_all(how)

    def grant_streams(self) -> None:
        """Has every stream opened again that is asked for."""
        self.refuse_streams(None)
        self.leave_streams_unanswered(False)
        told = "the venue grants its streams again"
        self.recorder.note(told, name="streams-granted", facts={})

    def keep_quiet(self) -> None:
        """Keeps what happens from the stream of orders, until `tell`."""
        raise self._unplayable("the venue's stream")

    def tell(self) -> list[str]:
        """Tells on the stream what was kept from it, in its order."""
        raise self._unplayable("the venue's stream")

    def quote(self, symbol: str, bid: str, ask: str) -> None:
        """Tells a quote on the stream of prices."""
        raise self._unplayable("the venue's stream")

    def misquote(self, symbol: str, told: Misquote) -> None:
        """Tells a strange quote on the stream of prices."""
        raise self._unplayable("the venue's stream")

    @property
    def price_streams(self) -> int:
        """How often a Gateway opened the stream of prices."""
        return self.streams

    async def priced(self, count: int = 1, seconds: float | None = None) -> bool:
        """Waits until a Gateway has opened the stream of prices this often."""
        return await self.until(
            f"the venue's stream of prices opened {count} times",
            lambda: self.price_streams >= count,
            seconds,
        )

    def _unplayable(self, what: str) -> StepFailed:
        return StepFailed(what, f"{self.provider}'s cannot be played")

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

    async def attempted(self, count: int = 1, seconds: float | None = None) -> bool:
        """Waits until a stream was asked for and not granted this often."""
        what = f"{count} attempts at a stream of the venue"
        return await self.until(what, lambda: self.server.attempts >= count, seconds)

    async def listened(self, seconds: float | None = None) -> bool:
        """Waits until a Gateway has every stream open; whether it did in time."""
        what = "a Gateway on every stream of the venue"
        return await self.until(what, lambda: self.listening, seconds)

    def trades(self, symbol: str) -> list[str]:
        """The ids of the trades that are open, oldest first, where a broker has any."""
        return []
