"""What a symbol was worth as far as the strategy could know: quotes, and bars."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.judge.orders import number

FRESH = 60.0
"""Seconds for which a quote outranks a bar that closed later."""


@dataclass(slots=True)
class Price:
    """The last of one symbol."""

    middle: Decimal | None = None
    quoted: float = 0.0
    close: Decimal | None = None
    closed: float = 0.0

    def at(self, moment: float) -> Decimal | None:
        """The expected price: the quote's middle, else the last bar's close."""
        if self.middle is None or self.close is None:
            return self.close if self.middle is None else self.middle
        stale = moment - self.quoted > FRESH and self.closed > self.quoted
        return self.close if stale else self.middle


class Prices:
    """The last prices, and on which days of the market there were any."""

    def __init__(self) -> None:
        self._last: dict[str, Price] = {}
        self.days: set[str] = set()
        self.first = ""
        self.latest = ""
        self.providers: dict[str, int] = {}
        """Each that a price named, with the entry that did so first."""

    def quote(self, row: Mapping[str, Json], at: float, entry: int) -> None:
        """A quote was told."""
        told = dict(row)
        bid, ask = number(told, "bid"), number(told, "ask")
        price = self._of(row, entry)
        if bid is not None and ask is not None and bid > 0 and ask > 0:
            price.middle, price.quoted = (bid + ask) / 2, at

    def bar(self, row: Mapping[str, Json], at: float, entry: int) -> None:
        """A bar was told."""
        close = number(dict(row), "close")
        price = self._of(row, entry)
        if close is not None:
            price.close, price.closed = close, at

    def _of(self, row: Mapping[str, Json], entry: int) -> Price:
        when, provider = row.get("timestamp"), row.get("provider")
        if isinstance(provider, str):
            self.providers.setdefault(provider, entry)
        if isinstance(when, str) and when[:10] not in self.days:
            self.days.add(when[:10])
        if isinstance(when, str):
            self.first = self.first or when
            self.latest = when
        return self._last.setdefault(str(row.get("symbol")), Price())

    def of(self, symbol: str, at: float) -> Decimal | None:
        """The expected price of a symbol; None where nothing told one."""
        price = self._last.get(symbol)
        return None if price is None else price.at(at)
