"""The time around each position of a session without a stop, with lanes.

It is drawn from the session's figures: when orders were sent, and when a fill opened
or closed a round trip. Every message of it is in the record alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from conformance.judge.session.model import Interval, SessionNumbers
from conformance.report.lanes import LANES
from conformance.report.plots import instant, number
from conformance.report.timeline import (
    LANE,
    LETTER,
    PER_SECOND,
    ROW,
    TOP,
    WIDEST,
    Band,
    Mark,
    Timeline,
    extent,
    in_rows,
    placed,
)

MOST_DRAWN = 6
"""Intervals that are drawn at the most: the longest ones."""

AROUND = 8
"""What is shown before and after an interval at the most."""

WITHIN = 40
MARGIN = 3600.0
"""Seconds before and after it that are looked through."""

UNWELL = frozenset({"rejected", "unknown"})
TICK = 84


@dataclass(frozen=True, slots=True)
class LineShown:
    """One interval without a stop, and the picture of the time around it."""

    title: str
    picture: Timeline


@dataclass(frozen=True, slots=True, order=True)
class _Seen:
    at: float
    way: str
    """"sent", "told" or "edge"."""
    shape: str
    title: str


def session_lines(
    numbers: SessionNumbers, spans: Sequence[tuple[str, Interval]]
) -> tuple[LineShown, ...]:
    """The longest intervals without a stop, in their order."""
    longest = sorted(numbers.unprotected, key=lambda each: -each.seconds)[:MOST_DRAWN]
    drawn = (
        _line(each, numbers, spans) for each in numbers.unprotected if each in longest
    )
    return tuple([each for each in drawn if each is not None][:MOST_DRAWN])


def _line(
    interval: Interval, numbers: SessionNumbers, spans: Sequence[tuple[str, Interval]]
) -> LineShown | None:
    began, ended = instant(interval.began), instant(interval.ended)
    if began is None or ended is None or ended < began:
        return None
    near = [
        each
        for each in sorted((*_sent(numbers), *_told(numbers, interval.symbol)))
        if began - MARGIN <= each.at <= ended + MARGIN
    ]
    seen = sorted(
        (
            *[each for each in near if each.at < began][-AROUND:],
            _Seen(began, "edge", "note", "no working stop from here on"),
            *[each for each in near if began <= each.at <= ended][:WITHIN],
            _Seen(ended, "edge", "note", "until here"),
            *[each for each in near if each.at > ended][:AROUND],
        )
    )
    title = f"no working stop, {interval.symbol}, {_clock(began, '%Y-%m-%d %H:%M:%S')}"
    return LineShown(title, _picture(seen, spans))


def _sent(numbers: SessionNumbers) -> Iterator[_Seen]:
    for text, outcome in numbers.order_times:
        at = instant(text)
        if at is not None:
            shape = "fault" if outcome in UNWELL else "say"
            yield _Seen(at, "sent", shape, f"{_clock(at)} order sent: {outcome}")


def _told(numbers: SessionNumbers, symbol: str) -> Iterator[_Seen]:
    for trip in numbers.round_trips:
        if trip.symbol != symbol:
            continue
        what = f"{trip.side} {number(trip.quantity, 8)} {trip.symbol}"
        for text, done in ((trip.opened, "opened"), (trip.closed, "closed")):
            at = instant(text)
            if at is not None:
                told = f"{_clock(at)} a fill {done} a position: {what}"
                yield _Seen(at, "told", "fill", told)


def _picture(seen: Sequence[_Seen], spans: Iterable[tuple[str, Interval]]) -> Timeline:
    times = [each.at for each in seen]
    places = placed(times)
    bands = in_rows(sorted(_bands(spans, times, places), key=lambda band: band.x))
    top = TOP + ROW * (1 + max((band.row for band in bands), default=-1))
    ends = [band.x + len(band.label) * LETTER for band in bands]
    ys = (float(top), float(top + LANE))
    waits = zip(pairwise(times), pairwise(places), strict=True)
    return Timeline(
        width=round(max((*places, *ends)) + 46, 1),
        height=top + LANE + 46,
        top=top - 14,
        lanes=tuple(zip(LANES[:2], ys, strict=True)),
        marks=tuple(
            _mark(place, each, x, ys)
            for place, (each, x) in enumerate(zip(seen, places, strict=True), 1)
        ),
        bands=bands,
        breaks=tuple(
            (round((left + right) / 2, 1), f"{after - before:.1f} s")
            for (before, after), (left, right) in waits
            if (after - before) * PER_SECOND > WIDEST
        ),
        ticks=tuple(_ticks(times, places)),
        summary=_summary(seen, bands),
    )


def _mark(place: int, seen: _Seen, x: float, ys: tuple[float, float]) -> Mark:
    start, end = reversed(ys) if seen.way == "told" else ys
    return Mark(place, x, start, end, seen.shape, False, seen.title)


def _bands(
    spans: Iterable[tuple[str, Interval]],
    times: Sequence[float],
    places: Sequence[float],
) -> Iterator[Band]:
    for kind, interval in spans:
        began, ended = instant(interval.began), instant(interval.ended)
        if began is None or ended is None:
            continue
        found = extent(began, ended, times, places)
        if found is None:
            continue
        lasted = f"{number(interval.seconds, 1)} s"
        if kind == "no working stop":
            held = f"{number(interval.quantity, 8)} {interval.symbol}"
            yield Band(*found, "unprotected", f"no stop: {held}, {lasted}")
        else:
            yield Band(*found, "away", f"{kind}, {lasted}")


def _ticks(
    times: Sequence[float], places: Sequence[float]
) -> Iterator[tuple[float, str]]:
    last = -1000.0
    for at, x in zip(times, places, strict=True):
        if x - last >= TICK:
            last = x
            yield x, _clock(at)


def _clock(at: float, form: str = "%H:%M:%S") -> str:
    return f"{datetime.fromtimestamp(at, UTC):{form}}"


def _summary(seen: Sequence[_Seen], bands: Sequence[Band]) -> str:
    sent = sum(each.way == "sent" for each in seen)
    told = sum(each.way == "told" for each in seen)
    marked = f"{sent} orders sent; {told} fills that opened or closed a position"
    return "; ".join((marked, *(band.label for band in bands)))
