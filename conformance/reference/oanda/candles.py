"""Bars for the stream: OANDA streams none, so they are asked for as each one ends."""

import asyncio
import time
from contextlib import suppress
from typing import Any

from conformance.protocol.words import TIMEFRAMES as SECONDS
from conformance.reference.failure import Failure
from conformance.reference.oanda.streams import OandaStreams
from conformance.reference.oanda.translation import TIMEFRAMES

Json = dict[str, Any]

SETTLED = 1.0
"""Seconds after its end until a bar is asked for."""

USUAL = "1m"
"""The timeframe of who asked for candles and named none."""


class OandaCandles(OandaStreams):
    """Tells each bar that was subscribed to, once it is complete."""

    def candles_wanted(self) -> list[tuple[str, str]]:
        """The instruments and timeframes that were subscribed to."""
        found = {
            (each.instrument, self.timeframe_of(event))
            for each in self.settings.subscriptions
            if each.platform == self.settings.platform
            for event in each.events
            if event.partition("_")[0] in ("candle", "candles", "bar", "bars")
        }
        return sorted((s, t) for s, t in found if t in TIMEFRAMES and s != "*")

    def timeframe_of(self, event: str) -> str:
        named = event.partition("_")[2]
        return USUAL if named in ("", "*") else named

    async def poll(self, symbol: str, timeframe: str) -> None:
        """Asks for one instrument's bars, each time that one must have ended."""
        told = ""
        while True:
            await asyncio.sleep(self.until_next(SECONDS[timeframe]))
            with suppress(Failure):
                told = await self.tell_bars(symbol, timeframe, told)

    def until_next(self, seconds: int) -> float:
        often = self.settings.candle_seconds
        return seconds - time.time() % seconds + SETTLED if often is None else often

    async def tell_bars(self, symbol: str, timeframe: str, told: str) -> str:
        """Tells the newest complete bar, if it is new; the time of what was told."""
        query = {"granularity": TIMEFRAMES[timeframe], "price": "M", "count": "3"}
        answer = await self.client.ask("GET", self.client.candles(symbol), query)
        with self.client.reading():
            rows = [row for row in answer["candles"] if row["complete"]]
            bars = [self.bar_json(row, symbol, timeframe) for row in rows]
        if not bars or bars[-1]["timestamp"] <= told:
            return told
        self.announce({"type": "candle", "bar": bars[-1]})
        return str(bars[-1]["timestamp"])

    def bar_json(self, row: Json, symbol: str, timeframe: str) -> Json:
        bar = self.translation.bar(row, symbol, timeframe)
        at = self.rendering.instant(bar["timestamp"])
        return {**bar, "provider": self.settings.platform, "timestamp": at}
