"""The market under a script's hand: bar after bar, each when the last is digested."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from conformance.evidence.entry import Json
from conformance.peers.strategy.life import Life
from conformance.protocol import instants
from conformance.venue.paths import Bar

ACK_SECONDS = 5.0
"""How long the Engine waits for the acknowledgements of a step (strategy-duties.md)."""

FLOOR_SECONDS = 0.03
"""How long a bar lasts at least for a strategy that confirms nothing."""

CALM_SECONDS = 0.015
"""How long no request may have come before a strategy counts as done with a bar."""

BREATH_SECONDS = 0.3
"""How long a strategy has between its return and the next bar at the least."""

PATIENT_SECONDS, SLOW_SECONDS = 8.0, 0.1
"""For how long bars go on, and how long each lasts, where a pause may be meant."""

FILL_SECONDS = 0.1
"""How long the venue waits between two fills where no bars are told."""

BUSY_SECONDS = 2.0
"""How long a bar lasts at the most while requests are still coming."""


class Pacing(Life):
    """Tells bars, as fast as the strategy takes them."""

    async def feed(self, bars: int = 1) -> None:
        """Tells the next bars, each when the one before has been digested."""
        for _ in range(bars):
            if self.ended:
                return
            await self._bar()

    def rewind(self) -> None:
        """The market goes through the bars before the entry once more, later."""
        turn = max(self.footing.turn, 1)
        into = self.market.next % turn
        self.market.next += turn - into

    async def until(self, seen: Callable[[], bool], bars: int | None = None) -> bool:
        """Tells bars until `seen` holds; whether it does after so many."""
        for _ in range(self.footing.patience if bars is None else bars):
            if seen() or self.ended:
                break
            await self._bar()
        return seen()

    async def until_patiently(self, seen: Callable[[], bool], bars: int) -> bool:
        """The same; and then slower bars, for one that waits by the clock."""
        if await self.until(seen, bars):
            return True
        end = time.monotonic() + PATIENT_SECONDS
        while not seen() and not self.ended and time.monotonic() < end:
            await self._bar()
            await asyncio.sleep(SLOW_SECONDS)
        return seen()

    async def _bar(self) -> None:
        market, prices = self.market, self.provider.prices
        bar = market.bar(market.next)
        market.next += 1
        prices.move(market.symbol, bar.open)
        self.provider.meet()
        for price in (bar.low, bar.high, bar.close):
            prices.move(market.symbol, price)
            self.provider.meet(resting=True)
        self.tell_bar(bar)
        if self.stream.open:
            market.shown = bar.index
        await self.digested()
        if not self.paced:
            # On a live account a fill comes before the next bar does.
            await self._fill()

    def tell_bar(self, bar: Bar) -> None:
        """Tells one bar in all that the strategy is fed with."""
        market = self.market
        stamp = {"timestamp": instants.text_of(datetime.now(UTC))}
        if "quote" in self.footing.feeds:
            self.stream.tell(
                {"type": "quote", "quote": market.quote_json(bar), **stamp}
            )
        if "candle" in self.footing.feeds:
            told = {"type": "candle", "bar": market.bar_json(bar), **stamp}
            self.stream.tell(told, bar=bar.index)

    def _pending(self) -> bool:
        return any(o.live for o in self.provider.books.orders.values())

    async def digested(self) -> None:
        """Waits until the strategy is done with what it was told."""
        if not self.stream.open:
            await asyncio.sleep(FLOOR_SECONDS)
        elif self.paced:
            await self._acknowledged()
        elif self.footing.confirms:
            await self.wait(lambda: self.stream.acks >= self.stream.told, BUSY_SECONDS)
            await self._calm(0)
        elif self.footing.pongs:
            began = time.monotonic()
            await self._fenced()
            await self._calm(0, began)
        else:
            await self._calm(FLOOR_SECONDS)

    async def rested(self) -> None:
        """Waits until a strategy that has just come has read what is true.

        A real bar is seldom sooner than a breath.
        """
        await asyncio.sleep(BREATH_SECONDS)
        if self.footing.pongs:
            await self._fenced()
        await self.digested()

    async def _fenced(self) -> None:
        """Waits until a heartbeat is answered: what was told before it was heard."""
        pongs = self.stream.pongs
        self.tell_plain({"type": "ping"})
        await self.wait(
            lambda: self.stream.pongs > pongs or not self.stream.open, BUSY_SECONDS
        )

    async def _acknowledged(self) -> None:
        stream = self.stream
        if not await self.wait(
            lambda: not stream.awaited or not stream.open, ACK_SECONDS
        ):
            self.unanswered(sorted(stream.awaited))
            stream.awaited.clear()
        if self.terms.hold:
            await asyncio.sleep(self.terms.hold)
        await self.wait(lambda: not self.server.in_flight, BUSY_SECONDS)

    def unanswered(self, events: list[str]) -> None:
        """Writes down that these events were not acknowledged in time."""
        told = f"{len(events)} events not acknowledged in {ACK_SECONDS} s"
        self.note("unacknowledged", told, events=list[Json](events))
        self.missed += events

    async def _calm(self, floor: float, began: float | None = None) -> None:
        """Until no request has come for a moment, or one takes too long."""
        since_when = time.monotonic()
        end = (since_when if began is None else began) + BUSY_SECONDS
        while (now := time.monotonic()) < end:
            since = now - max(self.server.answered_at, since_when)
            if not self.server.in_flight and since >= max(CALM_SECONDS, floor):
                return
            if self.footing.confirms and not self.server.in_flight:
                return
            await asyncio.sleep(0.005)

    async def within(self, seen: Callable[[], bool], seconds: float) -> bool:
        """Waits until `seen` holds or the time is over; whether it holds.

        Bars go on as long as none of them would make the strategy leave anyway. After
        them the venue still fills what is sent: a machine that is busy may make the
        strategy send it late. Time that it was given no processor does not count.
        """
        began, starved = time.monotonic(), self.starved
        spare = self._spare()
        while not seen() and not self.ended:
            if time.monotonic() - began > seconds + self.starved - starved:
                return False
            if spare > 0:
                spare -= 1
                await self._bar()
            else:
                await self.wait(seen, FILL_SECONDS)
                await self._fill()
        if self.ended:
            # What it sent last is on the market all the same.
            await self._fill()
        return seen()

    async def _fill(self) -> None:
        """The venue fills what is open, with no bar."""
        if self._pending():
            self.provider.meet()
            await self.digested()

    def _spare(self) -> int:
        """Bars before the one on which it leaves where nothing goes wrong."""
        left = self.footing.exit - self.market.next
        return left if left > 0 else 1
