"""Where the bars, lines and ticks of a plot stand: geometry, no markup."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor, log10

from conformance.judge.session.model import Interval, Point, Spread

WIDTH, HEIGHT = 380.0, 210.0
LEFT, RIGHT, TOP, BOTTOM = 60.0, 10.0, 12.0, 34.0
MOST_BINS = 24
INNER = WIDTH - LEFT - RIGHT
FLOOR = HEIGHT - BOTTOM
LANE = 24.0
"""Pixels of one outcome's lane in the plot of orders."""

Tick = tuple[float, str]
Bar = tuple[float, float, float, float]
"""x, y, width, height."""


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture, in pixels: what is drawn, its axes, and its sample size."""

    title: str
    unit: str
    sample: int
    height: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...] = ()
    line: str = ""
    area: str = ""
    guides: tuple[tuple[float, str], ...] = ()
    """Upright lines: x and what they mark."""
    shaded: tuple[tuple[float, float, str], ...] = ()
    """Spans: x, width and what they are."""
    zero: float | None = None
    """Where the line of zero stands, where it is not the floor."""
    rows: tuple[tuple[str, str], ...] = ()
    """The same in words, for who cannot see it."""


def instant(text: str) -> float | None:
    """Seconds since 1970 of an RFC 3339 text; None for another."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return found.timestamp()


def number(value: Decimal | float | None, digits: int = 2) -> str:
    """A figure as it is read: at most so many decimals, no trailing noughts."""
    if value is None:
        return "–"
    if isinstance(value, Decimal) and not value.is_finite():
        return "–"
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def steps(least: float, most: float, count: int = 4) -> tuple[float, ...]:
    """Round figures from below the least to above the most."""
    span = (most - least) or abs(most) or 1.0
    rough = span / count
    power = 10.0 ** floor(log10(rough))
    size = next(m * power for m in (1, 2, 2.5, 5, 10) if rough <= m * power * 1.0001)
    first, last = floor(least / size + 1e-9), ceil(most / size - 1e-9)
    return tuple(round(i * size, 10) for i in range(first, max(last, first + 1) + 1))


def distribution(title: str, spread: Spread) -> Plot | None:
    """A histogram; None where nothing was seen."""
    values = [float(v) for v in spread.shown if v.is_finite()]
    if not values or not spread.count:
        return None
    ticks = steps(min(values), max(values), 5)
    low, high = ticks[0], ticks[-1] if len(ticks) > 1 else ticks[0] + 1
    bins = min(MOST_BINS, max(6, len(values) // 4))
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / (high - low) * bins), bins - 1)] += 1
    tall = steps(0, max(counts), 3)
    scale = (FLOOR - TOP) / tall[-1]
    wide = INNER / bins
    marks = (("median", spread.median), ("p90", spread.p90), ("p99", spread.p99))
    return Plot(
        title=title,
        unit=spread.unit,
        sample=spread.count,
        height=HEIGHT,
        x_ticks=tuple((_x(t, low, high), number(t, 4)) for t in ticks),
        y_ticks=tuple((round(FLOOR - t * scale, 1), number(t, 0)) for t in tall),
        bars=tuple(
            (
                round(LEFT + i * wide + 0.5, 1),
                round(FLOOR - n * scale, 1),
                round(wide - 1, 1),
                round(n * scale, 1),
            )
            for i, n in enumerate(counts)
            if n
        ),
        guides=tuple(
            (_x(float(v), low, high), name)
            for name, v in marks
            if v is not None and low <= float(v) <= high
        ),
        rows=spread_rows(spread),
    )


def spread_rows(spread: Spread) -> tuple[tuple[str, str], ...]:
    """A distribution in figures."""
    named = (
        ("least", spread.least),
        ("median", spread.median),
        ("p90", spread.p90),
        ("p99", spread.p99),
        ("most", spread.most),
        ("mean", spread.mean),
    )
    told = tuple((n, f"{number(v)} {spread.unit}") for n, v in named if v is not None)
    return (*told, ("sample", str(spread.count)))


def series(
    title: str, unit: str, points: Sequence[Point], *, share: bool = False
) -> Plot | None:
    """A line over time, from zero downwards where it is a share; None without two."""
    seen = [(t, float(p.value)) for p in points if (t := instant(p.at)) is not None]
    if len(seen) < 2:
        return None
    seen.sort()
    if share:
        seen = [(t, -100 * v) for t, v in seen]
    values = [v for _, v in seen]
    ticks = steps(min(values), 0.0 if share else max(values))
    low, high = ticks[0], ticks[-1] if len(ticks) > 1 else ticks[0] + 1
    began, ended = (
        seen[0][0],
        seen[-1][0] if seen[-1][0] > seen[0][0] else seen[0][0] + 1,
    )

    def y(value: float) -> float:
        return round(FLOOR - (value - low) / (high - low) * (FLOOR - TOP), 1)

    path = " ".join(f"{_x(t, began, ended)},{y(v)}" for t, v in seen)
    first, last = _x(seen[0][0], began, ended), _x(seen[-1][0], began, ended)
    zero = y(0.0)
    return Plot(
        title=title,
        unit=unit,
        sample=len(points),
        height=HEIGHT,
        x_ticks=days(began, ended),
        y_ticks=tuple((y(t), number(t, 4)) for t in ticks),
        line=path,
        # A ground that is not zero makes no honest area.
        area=f"{first},{zero} {path} {last},{zero}" if share else "",
        zero=zero if share else None,
        rows=_series_rows(points, share),
    )


def _series_rows(points: Sequence[Point], share: bool) -> tuple[tuple[str, str], ...]:
    shown = (
        points
        if len(points) <= 8
        else [points[round(i * (len(points) - 1) / 7)] for i in range(8)]
    )
    factor = Decimal(100) if share else Decimal(1)
    rows = [(p.at, number(p.value * factor)) for p in shown]
    values = [p.value for p in points]
    return (
        *rows,
        ("least", number(min(values) * factor)),
        ("most", number(max(values) * factor)),
    )


def orders_over_time(
    times: Sequence[tuple[str, str]],
    bands: Iterable[tuple[str, Interval]] = (),
) -> Plot | None:
    """One lane for each outcome, a bar as tall as its share of the busiest span."""
    seen = [(t, outcome) for at, outcome in times if (t := instant(at)) is not None]
    if not seen:
        return None
    began, ended = min(seen)[0], max(seen)[0]
    ended = ended if ended > began else began + 1
    bins = 40
    outcomes = tuple(dict.fromkeys(outcome for _, outcome in sorted(seen)))
    counts = {outcome: [0] * bins for outcome in outcomes}
    for at, outcome in seen:
        counts[outcome][min(int((at - began) / (ended - began) * bins), bins - 1)] += 1
    busiest = max(max(each) for each in counts.values())
    floors = {o: TOP + 6 + LANE * (i + 1) for i, o in enumerate(outcomes)}
    wide = INNER / bins
    return Plot(
        title="Orders by outcome over time",
        unit=f"orders; the tallest bar is {busiest}",
        sample=len(seen),
        height=TOP + 6 + LANE * len(outcomes) + BOTTOM,
        x_ticks=days(began, ended),
        y_ticks=tuple((y, outcome) for outcome, y in floors.items()),
        bars=tuple(
            (
                round(LEFT + i * wide + 0.4, 1),
                round(floors[o] - max(n / busiest * (LANE - 6), 2), 1),
                round(wide - 0.8, 1),
                round(max(n / busiest * (LANE - 6), 2), 1),
            )
            for o in outcomes
            for i, n in enumerate(counts[o])
            if n
        ),
        shaded=tuple(_spans(bands, began, ended)),
        rows=tuple((o, str(sum(counts[o]))) for o in outcomes),
    )


def _spans(
    bands: Iterable[tuple[str, Interval]], began: float, ended: float
) -> Iterable[tuple[float, float, str]]:
    for kind, interval in bands:
        start, end = instant(interval.began), instant(interval.ended)
        if start is None or end is None or end < began or start > ended:
            continue
        left = _x(max(start, began), began, ended)
        right = _x(min(end, ended), began, ended)
        yield left, max(round(right - left, 1), 2.0), kind


def days(began: float, ended: float) -> tuple[Tick, ...]:
    """Four instants along the axis: the day, and the hour where the span is short."""
    form = "%d %b" if ended - began > 4 * 86400 else "%d %b %H:%M"
    count = 4 if form == "%d %b" else 3
    found = []
    for i in range(count):
        at = began + (ended - began) * i / (count - 1)
        found.append(
            (_x(at, began, ended), f"{datetime.fromtimestamp(at, UTC):{form}}")
        )
    return tuple(
        tick
        for before, tick in pairwise((None, *found))
        if tick is not None and (before is None or before[1] != tick[1])
    )


def _x(value: float, low: float, high: float) -> float:
    return round(LEFT + (value - low) / (high - low) * INNER, 1)
