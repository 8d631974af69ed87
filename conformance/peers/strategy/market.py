"""The market that a strategy sees: which bar is next, its time, its JSON, its past."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from conformance.protocol import instants
from conformance.protocol.money import text_of
from conformance.protocol.words import TIMEFRAMES
from conformance.venue.paths import Bar, Path

SPREAD = Decimal("0.0001")


@dataclass(slots=True)
class Market:
    """One symbol on one path; `next` is the bar that comes next."""

    path: Path
    symbol: str
    timeframe: str
    platform: str
    began: datetime
    next: int = 0
    shown: int = -1
    """The last bar that somebody was told on a stream."""
    stamp: Callable[[datetime], str] = instants.text_of
    """How a bar's time is written."""
    factor: Decimal = Decimal(1)
    """What every price is multiplied with: a crash is a smaller one."""

    def bar(self, index: int) -> Bar:
        """Bar `index`, at the prices of now."""
        found = self.path.bar(index)
        if self.factor == 1:
            return found
        return Bar(
            index,
            open=self._scaled(found.open),
            high=self._scaled(found.high),
            low=self._scaled(found.low),
            close=self._scaled(found.close),
            volume=found.volume,
        )

    def _scaled(self, price: Decimal) -> Decimal:
        return (price * self.factor).quantize(Decimal("0.01"))

    def at(self, index: int) -> datetime:
        """When bar `index` starts."""
        return self.began + timedelta(seconds=TIMEFRAMES[self.timeframe] * index)

    def bar_json(self, bar: Bar, timeframe: str = "") -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "provider": self.platform,
            "timeframe": timeframe or self.timeframe,
            "timestamp": self.stamp(self.at(bar.index)),
            "open": text_of(bar.open),
            "high": text_of(bar.high),
            "low": text_of(bar.low),
            "close": text_of(bar.close),
            "volume": text_of(bar.volume),
        }

    def quote_json(self, bar: Bar) -> dict[str, Any]:
        half = (bar.close * SPREAD).quantize(Decimal("0.0001"))
        return {
            "symbol": self.symbol,
            "provider": self.platform,
            "bid": text_of(bar.close - half),
            "bid_size": "100",
            "ask": text_of(bar.close + half),
            "ask_size": "100",
            "last": text_of(bar.close),
            "volume": text_of(bar.volume),
            "timestamp": instants.text_of(self.at(bar.index)),
        }

    def history(
        self, limit: int, start: datetime | None, end: datetime | None
    ) -> list[Bar]:
        """The newest bars that are past, oldest first.

        A bar that is just being told is not among them: told and read they are one row.
        """
        found: list[Bar] = []
        index = self.next - (2 if self.shown == self.next - 1 else 1)
        while len(found) < limit:
            at = self.at(index)
            if start is not None and at < start:
                break
            if end is None or at <= end:
                found.append(self.bar(index))
            index -= 1
            if index < self.next - 20_000:
                break
        return found[::-1]
