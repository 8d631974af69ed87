"""What the user declared to be too much, and whether the figures are beyond it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from statistics import fmean, median

from conformance.errors import BadFile
from conformance.evidence.entry import Json
from conformance.peers.tap.counting import DAY, Figures, trades_of_a_day
from conformance.spec.toml_file import read_table, read_text

ENOUGH_ORDERS = 10
"""Orders, of the latest fifty, below which a rate says nothing."""

ENOUGH = 5
"""Fills or answers, of the latest fifty, below which a figure says nothing."""

LEAST = "trades_per_day_least"

SENTENCES: Mapping[str, str] = {
    "rejection_rate": "{value} of the latest orders were rejected",
    "slippage_bps": "market orders filled {value} basis points worse than the quote",
    "latency_ms": "an order's answer took {value} ms",
    "trades_per_day_most": "{value} orders were filled in 24 hours",
    LEAST: "only {value} orders were filled in 24 hours",
    "unattended_seconds": "a position is open and no strategy connected for {value} s",
    "gap_seconds": "a stream is open and silent for {value} s",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Each is None where nothing was declared."""

    rejection_rate: Decimal | None = None
    """Rejected of the latest fifty orders, 0 to 1."""
    slippage_bps: Decimal | None = None
    """Mean of the latest fifty market orders, against the quote at the submit."""
    latency_ms: Decimal | None = None
    """Median from submit to answer of the latest fifty orders."""
    trades_per_day_most: Decimal | None = None
    trades_per_day_least: Decimal | None = None
    """Orders that were filled, in part or whole, in the last 24 hours."""
    unattended_seconds: Decimal | None = None
    """A position is open, and no strategy connected, for so long."""
    gap_seconds: Decimal | None = None
    """A stream is open and silent, or nothing was recorded, for so long."""

    @property
    def declared(self) -> dict[str, Json]:
        """Those that were declared, as text."""
        names = (f.name for f in fields(self))
        found = {name: getattr(self, name) for name in names}
        return {name: str(limit) for name, limit in found.items() if limit is not None}


@dataclass(frozen=True, slots=True)
class Crossing:
    """A figure that went beyond its threshold."""

    threshold: str
    value: Decimal
    limit: Decimal
    sentence: str


def read_thresholds(path: Path) -> Thresholds:
    """The thresholds of a TOML file. Raises BadFile with what is wrong."""
    found = read_table(read_text(path, "--thresholds"), str(path))
    return thresholds_of(found, str(path))


def thresholds_of(found: dict[str, Json], source: str) -> Thresholds:
    """The thresholds that a table declares. Raises BadFile with what is wrong."""
    known = [f.name for f in fields(Thresholds)]
    limits: dict[str, Decimal] = {}
    for name, value in found.items():
        if name not in known:
            reason = f"{name}: no such threshold; there are {', '.join(known)}"
            raise BadFile(source, 0, reason)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise BadFile(source, 0, f"{name}: not a number")
        limits[name] = Decimal(value)
        if not limits[name].is_finite() or limits[name] < 0:
            raise BadFile(source, 0, f"{name}: not a number of zero or more")
    return Thresholds(**limits)


class Watch:
    """Tells each crossing once: again only after the figure had come back."""

    def __init__(self, thresholds: Thresholds, began: float) -> None:
        self._thresholds = thresholds
        self._began = began
        self._beyond: set[str] = set()

    def crossings(self, figures: Figures, now: float) -> Iterator[Crossing]:
        """What has gone beyond its threshold since the last look."""
        for name, value in self._values(figures, now).items():
            limit: Decimal | None = getattr(self._thresholds, name)
            if limit is None or value is None:
                self._beyond.discard(name)
                continue
            beyond = value < limit if name == LEAST else value > limit
            if beyond and name not in self._beyond:
                told = SENTENCES[name].format(value=_short(value))
                yield Crossing(name, value, limit, f"{told} (limit {limit})")
            (self._beyond.add if beyond else self._beyond.discard)(name)

    def gap(self, seconds: float) -> Iterator[Crossing]:
        """Whether a gap in the record is longer than was declared."""
        limit = self._thresholds.gap_seconds
        value = Decimal(str(round(seconds, 3)))
        if limit is not None and value > limit:
            told = f"nothing was recorded for {_short(value)} s (limit {limit})"
            yield Crossing("gap_seconds", value, limit, told)

    def _values(self, f: Figures, now: float) -> dict[str, Decimal | None]:
        """Each figure; None where too little was seen to have one."""
        rate = mean = typical = unattended = silent = None
        if len(f.outcomes) >= ENOUGH_ORDERS:
            rate = Decimal(sum(f.outcomes)) / len(f.outcomes)
        if len(f.slippages) >= ENOUGH:
            mean = Decimal(str(fmean(f.slippages)))
        if len(f.latencies) >= ENOUGH:
            typical = Decimal(str(median(f.latencies)))
        if f.held and f.alone_since is not None:
            unattended = Decimal(str(now - f.alone_since))
        if f.connected:
            silent = Decimal(str(now - f.heard_at))
        trades = Decimal(trades_of_a_day(f, now))
        return {
            "rejection_rate": rate,
            "slippage_bps": mean,
            "latency_ms": typical,
            "trades_per_day_most": trades,
            "trades_per_day_least": trades if now - self._began >= DAY else None,
            "unattended_seconds": unattended,
            "gap_seconds": silent,
        }


def _short(value: Decimal) -> str:
    return f"{Decimal(f'{value:.3f}').normalize():f}"
