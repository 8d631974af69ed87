"""How many figures become few: percentiles with their sample, and thinned rows."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import TypeVar

from conformance.judge.session.model import Point, Spread

SHOWN = 1000
POINTS = 2000
FIGURES = Decimal("0.0001")
Value = TypeVar("Value")


def thinned(values: Sequence[Value], most: int) -> tuple[Value, ...]:
    """At most so many of the values, evenly, the first and the last among them."""
    if len(values) <= most:
        return tuple(values)
    step = Decimal(len(values) - 1) / (most - 1)
    return tuple(values[int(step * place)] for place in range(most))


def spread(unit: str, values: Sequence[Decimal]) -> Spread:
    """The distribution of some values; percentiles are values that were seen."""
    if not values:
        return Spread(unit)
    ordered = sorted(values)
    return Spread(
        unit,
        len(ordered),
        rounded(ordered[0]),
        rounded(_rank(ordered, 50)),
        rounded(_rank(ordered, 90)),
        rounded(_rank(ordered, 99)),
        rounded(ordered[-1]),
        rounded(mean(values)),
        tuple(map(rounded, thinned(values, SHOWN))),
    )


def mean(values: Sequence[Decimal]) -> Decimal:
    """The mean of some values, one at least."""
    with localcontext(prec=40):
        return sum(values, Decimal(0)) / len(values)


def deviation(values: Sequence[Decimal]) -> Decimal:
    """The sample's standard deviation; zero of a single value."""
    if len(values) < 2:
        return Decimal(0)
    with localcontext(prec=40):
        middle = mean(values)
        squares = sum(((v - middle) ** 2 for v in values), Decimal(0))
        return (squares / (len(values) - 1)).sqrt()


def rounded(value: Decimal) -> Decimal:
    """To four places: what is shown of a measured figure."""
    return places(value, FIGURES)


def places(value: Decimal, step: Decimal) -> Decimal:
    """To the step's places, however large the value is."""
    with localcontext(prec=max(28, value.adjusted() + 20)):
        return value.quantize(step)


def _rank(ordered: Sequence[Decimal], percent: int) -> Decimal:
    """The nearest rank: the smallest value with so many percent at or below it."""
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)]


class Trail:
    """A row of points that never grows long: every second goes when it would."""

    def __init__(self, most: int = POINTS) -> None:
        self._most = most
        self._kept: list[Point] = []
        self._step = 1
        self._seen = 0
        self._last: Point | None = None

    def add(self, at: str, value: Decimal) -> None:
        """One more point."""
        self._last = Point(at, value)
        if self._seen % self._step == 0:
            self._kept.append(self._last)
            if len(self._kept) >= 2 * self._most:
                self._kept = self._kept[::2]
                self._step *= 2
        self._seen += 1

    def points(self) -> tuple[Point, ...]:
        """What is kept of it, the last point included."""
        kept = self._kept
        if self._last is not None and kept[-1] is not self._last:
            kept = [*kept, self._last]
        return thinned(kept, self._most)
