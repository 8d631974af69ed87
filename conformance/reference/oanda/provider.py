"""The line to one account at OANDA, from the first request to the last."""

import asyncio
from contextlib import suppress
from decimal import Decimal
from typing import Any
from weakref import WeakValueDictionary

from conformance.reference.failure import Failure
from conformance.reference.metrics import Metrics
from conformance.reference.oanda.bodies import Bodies
from conformance.reference.oanda.breaker import Breaker
from conformance.reference.oanda.candles import OandaCandles
from conformance.reference.oanda.connection import PRICES, OandaConnection
from conformance.reference.oanda.exits import OandaExits
from conformance.reference.oanda.line import OandaLine
from conformance.reference.oanda.pace import Pace
from conformance.reference.oanda.streams import TRANSACTIONS
from conformance.reference.oanda.translation import Translation
from conformance.reference.oanda.upstream import OandaClient
from conformance.reference.rendering import Rendering
from conformance.reference.settings import GatewaySettings
from conformance.reference.stream import Stream
from conformance.venue.books import Books
from conformance.venue.order import Terms
from conformance.venue.prices import Prices

Json = dict[str, Any]

FOLLOWS = (0.0, 0.2, 1.0, 3.0)
"""Seconds before each attempt to see what a fill made of the account."""


class OandaProvider(OandaCandles):
    """OANDA's books as far as they are known, and its two streams."""

    client_class: type[OandaClient] = OandaClient
    translation_class: type[Translation] = Translation
    bodies_class: type[Bodies] = Bodies
    exits_class: type[OandaExits] = OandaExits
    connection_class: type[OandaConnection] = OandaConnection
    breaker_class: type[Breaker] = Breaker
    pace_class: type[Pace] = Pace

    def __init__(
        self,
        settings: GatewaySettings,
        rendering: Rendering,
        metrics: Metrics,
        stream: Stream,
        line: OandaLine,
    ) -> None:
        self.settings = settings
        self.rendering = rendering
        self.metrics = metrics
        self.stream = stream
        self.books = Books()
        self.prices = Prices()
        self.currency = "USD"
        self.hedging: bool | None = None
        self.asked: dict[str, tuple[Terms, str]] = {}
        self.doubtful: set[str] = set()
        self.refused: dict[str, Json] = {}
        self.applied: set[int] = set()
        self.last: int | None = None
        self.held_by: dict[str, tuple[str, Decimal, str]] = {}
        self.linked: dict[str, str] = {}
        self.stands_as: dict[str, str] = {}
        self.shown: dict[str, Json] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._booking = asyncio.Lock()
        self._follow: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._kept: list[Json] = []
        self._held: dict[str, Decimal] = {}
        self._searching: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self.client = self.client_class(line, settings.upstream_seconds)
        self.client.hit = self.limit_hit
        self.translation = self.translation_class()
        self.bodies = self.bodies_class()
        self.pace = self.pace_class()
        self.exits = self.exits_class(self)
        self.breaker = self.breaker_class()
        self.connection = self.connection_class(
            settings.platform, metrics, self.announce
        )
        stream.attached = self.attached

    def attached(self) -> None:
        """A strategy is there: what was kept is for it."""
        kept, self._kept = self._kept, []
        for message in kept:
            self.stream.broadcast(message)
        self.wake()

    def limit_hit(self) -> None:
        """OANDA answered that too much was asked."""
        self.metrics.count("gateway_rate_limit_events_total", "rate_limit_hit")

    def restore(self, entries: list[Json]) -> None:
        """Exits are OANDA's own: none was kept."""

    def open(self) -> None:
        """The Gateway is up: it dials where it is subscribed, else when it is used."""
        if self.subscribed():
            self.wake()

    def wake(self) -> None:
        """Whatever happens at OANDA from now on is heard."""
        if self._tasks:
            return
        begun = [self.keep(TRANSACTIONS, self.hear_transaction), self.follow()]
        if symbols := self.subscribed():
            wanted = ",".join(symbols)
            begun.append(self.keep(PRICES, self.hear_price, instruments=wanted))
        begun += [self.poll(*each) for each in self.candles_wanted()]
        self._tasks = [asyncio.create_task(each) for each in begun]

    # --- what a fill made of the account ---

    async def follow(self) -> None:
        """Tells of positions and the account, in the order of what moved them."""
        while True:
            symbol, event = await self._follow.get()
            if symbol:
                await self.patiently(lambda s=symbol: self.tell_positions(s))
            await self.patiently(lambda e=event: self.tell_account(e))

    async def patiently(self, attempt: Any) -> None:
        """Tries again where OANDA does not answer, and lets it be in the end."""
        for seconds in FOLLOWS:
            await asyncio.sleep(seconds)
            with suppress(Failure):
                await attempt()
                return

    async def tell_positions(self, symbol: str) -> None:
        """What became of an instrument's positions since they were told of last."""
        told = await self.client.ask("GET", self.client.path("positions", symbol))
        with self.client.reading():
            found = self.fold_sides([told["position"]])
        for name in (f"{symbol}_LONG", f"{symbol}_SHORT"):
            position = self.books.positions.get(name)
            if position is None:
                continue
            if name not in found:
                position.quantity = Decimal(0)
            self.tell_position(name)

    def tell_position(self, name: str) -> None:
        position = self.books.positions[name]
        before = self._held.get(name, Decimal(0))
        self._held[name] = position.quantity
        if before == position.quantity:
            return
        event = self.position_event(bool(before), bool(position.quantity))
        body = self.position_json(position)
        self.announce({"type": "position", "event": event, "position": body})

    def position_event(self, was_held: bool, is_held: bool) -> str:
        if not is_held:
            return "POSITION_CLOSED"
        return "POSITION_MODIFIED" if was_held else "POSITION_OPENED"

    async def tell_account(self, event: str) -> None:
        told = await self.client.ask("GET", self.client.path("summary"))
        self.note_account(told)
        with self.client.reading():
            account = self.translation.account(told)
        self.announce({"type": "account", "event": event, "account": account})

    # --- the end ---

    def tick(self) -> None:
        """OANDA moves the market, not we."""

    def stop(self) -> None:
        """Nothing of it goes on."""
        for task in (*self._tasks, *self._searching):
            task.cancel()

    async def hang_up(self) -> None:
        """Ends the line to OANDA."""
        self.stop()
        await self.client.close()
