"""The two streams of OANDA: opened, heard line by line, lost, taken up again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp

from conformance.reference.failure import Failure
from conformance.reference.oanda.connection import PRICES, OandaConnection
from conformance.reference.oanda.orders import OandaOrders
from conformance.reference.oanda.upstream import KeyRefused
from conformance.reference.tektii.translation import word
from conformance.reference.tektii.upstream import UNREADABLE, parsed

Json = dict[str, Any]

TRANSACTIONS = "transactions"
Hear = Callable[[Json], Awaitable[None]]


class OandaStreams(OandaOrders):
    """Hears what OANDA says of prices and of the account."""

    connection: OandaConnection

    def subscribed(self) -> list[str]:
        """The instruments whose prices are wanted from OANDA."""
        mine = self.settings.platform
        found = {
            s.instrument for s in self.settings.subscriptions if s.platform == mine
        }
        return sorted(found - {"*"})

    def wants_quotes(self, symbol: str) -> bool:
        return any(
            s.instrument == symbol and "quote" in s.events
            for s in self.settings.subscriptions
        )

    async def keep(self, name: str, hear: Hear, **query: str) -> None:
        """One stream, for as long as it is taken up."""
        clock = asyncio.get_running_loop().time
        given, pause, away_since = self.settings, self.settings.pause_seconds, clock()
        while True:
            try:
                heard = await self.once(name, hear, **query)
            except KeyRefused as refused:
                self.lost(name, str(refused))
                self.connection.given_up(str(refused))
                return
            if heard:
                pause, away_since = given.pause_seconds, clock()
            self.lost(name, f"OANDA's stream of {name} ended")
            if clock() - away_since + pause >= given.give_up_seconds:
                self.connection.given_up(f"OANDA's stream of {name} cannot be opened")
                return
            await asyncio.sleep(pause)
            self.metrics.count("gateway_broker_reconnect_attempts_total")
            pause = min(pause * 2, given.longest_pause_seconds)

    def lost(self, name: str, why: str) -> None:
        self.connection.lost_stream(name, self.subscribed(), why)

    async def once(self, name: str, hear: Hear, **query: str) -> bool:
        """One opening of a stream, until it ends; whether it was of any use."""
        answer = await self.client.open(name, **query)
        if answer is None:
            return False
        try:
            await self.caught_up(name)
            self.connection.stream_back(name)
            async for line in lines_of(answer):
                await self.hear_line(line, hear)
        except Failure:
            return False
        finally:
            answer.close()
        return True

    async def caught_up(self, name: str) -> None:
        """What happened while a stream was away; Failure where that stays unknown."""
        if name == PRICES:
            return
        if self.connection.away:
            await self.catch_up()
        else:
            with suppress(Failure):
                await self.begin()

    async def begin(self) -> None:
        """Where the account stands before anything was asked."""
        told = await self.client.ask("GET", self.client.path("summary"))
        self.note_account(told)

    async def catch_up(self) -> None:
        """Tells what happened at OANDA while its streams were away."""
        if self.last is None:
            await self.begin()
            return
        await self.catch_up_transactions()

    def note_account(self, told: Json) -> None:
        """What the account's summary says beside the figures."""
        with self.client.reading():
            self.currency = word(told["account"]["currency"])
            self.hedging = bool(told["account"].get("hedgingEnabled"))
            newest = told.get("lastTransactionID")
            newest = newest or told["account"].get("lastTransactionID")
            if self.last is None and newest is not None:
                self.last = int(newest)

    # --- one line ---

    async def hear_line(self, text: str, hear: Hear) -> None:
        """One line, whatever it is."""
        try:
            await hear(parsed(text))
        except (*UNREADABLE, RecursionError, Failure):
            told = self.client.scrubbed(text[:80])
            self.complain(f"OANDA said what makes no sense: {told!r}")

    async def hear_transaction(self, told: Json) -> None:
        if told["type"] != "HEARTBEAT":
            await self.apply(told)
            return
        newest = told.get("lastTransactionID")
        if newest is not None and self.last is not None and int(newest) > self.last:
            with suppress(Failure):
                await self.catch_up_transactions()

    async def hear_price(self, told: Json) -> None:
        if told["type"] != "PRICE" or not self.is_whole(told):
            return
        quote = self.quote_json(told)
        symbol = quote["symbol"]
        if self.wants_quotes(symbol):
            self.announce({"type": "quote", "quote": quote})
        self.connection.fresh(symbol)

    def is_whole(self, told: Json) -> bool:
        """Whether there is somebody on both sides: OANDA lists nobody otherwise."""
        return bool(told["bids"] and told["asks"])

    def quote_json(self, told: Json) -> Json:
        quote = self.translation.quote(told, self.settings.platform)
        return {**quote, "timestamp": self.rendering.instant(quote["timestamp"])}


async def lines_of(answer: aiohttp.ClientResponse) -> AsyncIterator[str]:
    """The lines of a stream until it ends, falls silent or breaks off."""
    rest = b""
    with suppress(aiohttp.ClientError, TimeoutError, OSError):
        async for piece in answer.content.iter_any():
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                if line.strip():
                    yield line.decode("utf-8", errors="replace").strip()
