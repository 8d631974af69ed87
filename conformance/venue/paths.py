"""Price paths: where a market was and will be, bar by bar, made of a few numbers."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TypeAlias

CENT = Decimal("0.01")
VOLUME = Decimal(1000)
REACH = Decimal("0.0005")
"""How far a bar reaches beyond its open and close."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a path."""

    index: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


Row: TypeAlias = tuple[Decimal, Decimal, Decimal, Decimal, Decimal]
"""Open, high, low, close and volume of a bar that was given."""


@dataclass(frozen=True, slots=True)
class Path:
    """A market that goes the same way for ever; bars before 0 are its history.

    `percent` is how far it goes from its level, `period` how many bars a turn takes.
    With `closes` or `rows` it goes through just these, again and again.
    """

    shape: str
    percent: Decimal = Decimal(5)
    period: int = 40
    level: Decimal = Decimal(100)
    seed: int = 0
    closes: tuple[Decimal, ...] = ()
    rows: tuple[Row, ...] = ()
    skipped: int = 0
    """Bars that are cut off its start: what is left trades just as well."""

    def close(self, index: int) -> Decimal:
        """Where bar `index` closes."""
        place = index + self.skipped
        if self.rows:
            return self.rows[max(0, place) % len(self.rows)][3]
        if self.closes:
            return (
                self.closes[place % len(self.closes)] if place >= 0 else self.closes[0]
            )
        way = SHAPES[self.shape](place, self.period, self.seed)
        move = Decimal(repr(round(way, 9))) * self.percent / 100
        return (self.level * (1 + move)).quantize(CENT)

    def bar(self, index: int) -> Bar:
        """Bar `index`: unless it was given whole, it opens where the last closed."""
        if self.rows:
            place = max(0, index + self.skipped) % len(self.rows)
            return Bar(index, *self.rows[place])
        opened, closed = self.close(index - 1), self.close(index)
        high = max(opened, closed) * (1 + REACH)
        low = min(opened, closed) * (1 - REACH)
        busy = 3 if abs(closed - opened) * 200 > opened else 1
        return Bar(
            index,
            opened,
            high.quantize(CENT),
            low.quantize(CENT),
            closed,
            VOLUME * busy,
        )

    @property
    def name(self) -> str:
        """How it is told."""
        if given := len(self.closes) + len(self.rows):
            return f"{self.shape} ({given} bars)"
        return f"{self.shape} of {self.percent} % in {self.period} bars"


Shape = Callable[[int, int, int], float]


def _sine(index: int, period: int, seed: int) -> float:
    return math.sin(2 * math.pi * index / period)


def _triangle(index: int, period: int, seed: int) -> float:
    phase = (index % period) / period
    return 4 * phase - 1 if phase < 0.5 else 3 - 4 * phase


def _saw(index: int, period: int, seed: int) -> float:
    """Slowly up, and down at once."""
    return 2 * ((index % period) / period) - 1


def _valley(index: int, period: int, seed: int) -> float:
    """Down at once, and slowly up."""
    return -_saw(index, period, seed)


def _breakout(index: int, period: int, seed: int) -> float:
    """Flat for half a turn, then up, then back."""
    phase = (index % period) / period
    if index < 0 or phase < 0.5:
        return 0.0
    return math.sin(math.pi * (phase - 0.5) * 2)


def _gap(index: int, period: int, seed: int) -> float:
    """Jumps between two levels."""
    return 1.0 if index >= 0 and index % period >= period // 2 else -1.0


def _pullback(index: int, period: int, seed: int) -> float:
    """A slow swing with quick ones on it."""
    slow = math.sin(2 * math.pi * index / (4 * period))
    return 0.7 * slow + 0.3 * math.sin(2 * math.pi * index / period)


def _burst(index: int, period: int, seed: int) -> float:
    """Quiet, then wild."""
    wild = 1.0 if index % (2 * period) >= period else 0.1
    return wild * math.sin(2 * math.pi * index / max(4, period // 4))


def _walk(index: int, period: int, seed: int) -> float:
    """A seeded random walk that is pulled back to its level."""
    steps = _walked(seed)
    return steps[index % len(steps)]


@cache
def _walked(seed: int) -> tuple[float, ...]:
    source, at, found = random.Random(seed), 0.0, []
    for _ in range(2000):
        at = at * 0.97 + source.uniform(-0.25, 0.25)
        found.append(at)
    return tuple(found)


SHAPES: dict[str, Shape] = {
    "sine": _sine,
    "triangle": _triangle,
    "saw": _saw,
    "valley": _valley,
    "breakout": _breakout,
    "gap": _gap,
    "pullback": _pullback,
    "burst": _burst,
    "walk": _walk,
}
