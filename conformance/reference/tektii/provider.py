"""The line to one Engine: opened for the first strategy, lost, taken up again."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import aiohttp

from conformance.reference.failure import Failure
from conformance.reference.metrics import Metrics
from conformance.reference.rendering import Rendering
from conformance.reference.settings import GatewaySettings
from conformance.reference.stream import Stream
from conformance.reference.tektii.acks import Acknowledgements
from conformance.reference.tektii.connection import Connection
from conformance.reference.tektii.events import EngineEvents
from conformance.reference.tektii.exits import TektiiExits
from conformance.reference.tektii.translation import Translation
from conformance.reference.tektii.upstream import EngineClient
from conformance.venue.books import Books
from conformance.venue.order import Order, Terms
from conformance.venue.prices import Prices

Json = dict[str, Any]


class TektiiProvider(EngineEvents):
    """The Engine's books as far as they are known, and its events."""

    client_class: type[EngineClient] = EngineClient
    translation_class: type[Translation] = Translation
    acks_class: type[Acknowledgements] = Acknowledgements
    exits_class: type[TektiiExits] = TektiiExits
    connection_class: type[Connection] = Connection

    def __init__(
        self,
        settings: GatewaySettings,
        rendering: Rendering,
        metrics: Metrics,
        stream: Stream,
    ) -> None:
        self.settings = settings
        self.rendering = rendering
        self.metrics = metrics
        self.stream = stream
        self.books = Books()
        self.prices = Prices()
        self.asked: dict[str, tuple[Terms, str]] = {}
        self.doubtful: set[str] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.client = self.client_class(
            settings.engine_url, settings.engine_stream_url, settings.upstream_seconds
        )
        self.translation = self.translation_class()
        self.acks = self.acks_class()
        self.exits = self.exits_class(self)
        self.connection = self.connection_class(
            settings.platform, metrics, self.announce
        )
        self.complete = False
        self._written = ""
        """The entries as they stand in the state file."""
        self._announced: dict[str, Order] = {}
        """By id: the order as the strategies were told of it last."""
        self._told_trades: set[str] = set()
        self._held: dict[str, Decimal] = {}
        self._replacing: set[str] = set()
        """Orders that were modified before they were told created."""
        self._kept: list[Json] = []
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        stream.attached = self.attached
        stream.acknowledged = self.acknowledged

    def attached(self) -> None:
        """A strategy is there: what was kept is for it; the Engine may begin."""
        kept, self._kept = self._kept, []
        for message in kept:
            self.deliver(message)
        if self._task is None:
            self._task = asyncio.create_task(self.live())

    async def live(self) -> None:
        """The line to the Engine, for as long as it is taken up."""
        socket = await self.client.connect_patiently()
        while socket is not None:
            self._socket = socket
            if not self.connection.up:
                await self.catch_up()
                self.connection.back()
            await self.exits.restore()
            await self.listen(socket)
            if self.complete:
                return
            self.broke_off(socket.close_code)
            if not self.settings.reconnect:
                return
            socket = await self.again()
        self.connection.given_up("the Engine's stream cannot be opened")

    async def again(self) -> aiohttp.ClientWebSocketResponse | None:
        """The line that was lost, if it comes back before it is given up."""
        given = self.settings
        return await self.client.connect_patiently(
            given.give_up_seconds,
            given.pause_seconds,
            given.longest_pause_seconds,
            lambda: self.metrics.count("gateway_broker_reconnect_attempts_total"),
        )

    async def catch_up(self) -> None:
        """Tells what happened at the Engine while its stream was away."""
        with suppress(Failure), self.client.reading():
            orders = await self.client.ask("GET", self.client.path("orders"))
            trades = await self.client.ask("GET", self.client.path("trades"))
            for row in orders["orders"]:
                missed = {"event": self.event_of(row), "order": row}
                await self.on_order({**missed, "event_id": None})
            for row in trades["trades"]:
                await self.on_trade({"trade": row, "event_id": None})
            await self.refresh_positions()
            for position in list(self.books.positions.values()):
                if position.quantity != self._held.get(position.id, 0):
                    await self.tell_position(position.id, {"event_id": None})

    async def listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        with suppress(aiohttp.ClientError):
            async for message in socket:
                if message.type is aiohttp.WSMsgType.ERROR:
                    return
                text = message.data if message.type is aiohttp.WSMsgType.TEXT else ""
                await self.hear(text)

    def broke_off(self, code: int | None) -> None:
        """The line ended before the run did."""
        symbols = sorted({s.instrument for s in self.settings.subscriptions})
        self.connection.lost(symbols, f"the Engine's stream ended ({code})")

    def save(self) -> None:
        """Writes the state file anew: whole, or not at all."""
        entries = self.exits.pending()
        path = Path(self.settings.exit_state_file)
        found = json.dumps(entries)
        if found == self._written or not (entries or path.exists()):
            return
        stamp = self.rendering.instant(datetime.now(UTC))
        text = json.dumps({"timestamp": stamp, "entries": entries})
        new = path.with_name(path.name + ".new")
        with suppress(OSError):
            new.write_text(text, encoding="utf-8")
            new.replace(path)
            self._written = found

    def restore(self, entries: list[Json]) -> None:
        """Takes up what a run before had written, once the Engine is there."""
        self.exits.load(entries)

    def open(self) -> None:
        """The line is opened for the first strategy."""

    def tick(self) -> None:
        """The Engine moves the market, not we."""

    async def hang_up(self) -> None:
        """Ends the line to the Engine."""
        if self._task is not None:
            self._task.cancel()
        if self._socket is not None:
            await self._socket.close()
        await self.client.close()

    def stop(self) -> None:
        """Nothing of it goes on."""
        if self._task is not None:
            self._task.cancel()
