"""A transcript's entries as lanes over time: marks, unprotected spans, outages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Transcript
from conformance.judge.protection import unprotected
from conformance.report.lanes import lanes, way

LEFT, TOP, LANE, ROW = 76, 22, 44, 12
"""Pixels: to the first entry, to the first lane, between lanes and rows of labels."""

LETTER = 5.8
"""Pixels of one letter of a label, about."""

CLOSEST, WIDEST = 11.0, 74.0
"""Pixels between two entries at the least and at the most; a longer wait is cut."""

PER_SECOND = 160.0
FAULTS = frozenset({Kind.NO_RESPONSE, Kind.REFUSED, Kind.CLOSED, Kind.UNLINKED})
FILLS = ('"ORDER_FILLED"', '"ORDER_PARTIALLY_FILLED"', '"TRADE_FILLED"')


@dataclass(frozen=True, slots=True)
class Mark:
    """One entry: a line between two lanes, or a place on one (`y` equals `to`)."""

    number: int
    x: float
    y: float
    to: float
    shape: str
    """"say", "ack", "order", "fill", "fault", "note" or "event"."""
    cited: bool
    title: str
    label: str = ""
    """The number beneath a cited one, where there is room for it."""


@dataclass(frozen=True, slots=True)
class Band:
    """A span of time that is shaded, as wide as what is shown of it."""

    x: float
    width: float
    kind: str
    label: str
    row: int = 0
    """In which row above the lanes its label stands, so that it covers no other."""


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds of a transcript that are shaded, and what they are."""

    began: float
    ended: float
    kind: str
    """"unprotected", "away", or of a venue's books "one" or "several" orders."""
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture, in pixels, and what it says in a sentence."""

    width: float
    height: float
    top: float
    """Where the shaded spans begin, beneath their labels."""
    lanes: tuple[tuple[str, float], ...]
    marks: tuple[Mark, ...]
    bands: tuple[Band, ...]
    breaks: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    summary: str


def timeline(
    transcript: Transcript,
    shown: Sequence[Entry],
    cited: set[int],
    spans: Iterable[Span] | None = None,
) -> Timeline:
    """The picture of the shown entries; `spans` instead of what is shaded of itself."""
    names = lanes(transcript)
    times = _times(shown)
    places = placed(times)
    if spans is None:
        spans = (*_unprotected(transcript), *_away(shown))
    bands = in_rows(sorted(_bands(spans, times, places), key=lambda band: band.x))
    top = TOP + ROW * (1 + max((band.row for band in bands), default=-1))
    rows = {name: top + place * LANE for place, name in enumerate(names)}
    ys = tuple(rows.values())
    cast = zip(shown, places, strict=True)
    marks = _labelled(_mark(e, x, ys, e.number in cited) for e, x in cast)
    ends = [band.x + len(band.label) * LETTER for band in bands]
    return Timeline(
        width=round(max((*places, *ends), default=LEFT) + 46, 1),
        height=top + LANE * (len(names) - 1) + 46,
        top=top - 14,
        lanes=tuple(rows.items()),
        marks=marks,
        bands=bands,
        breaks=tuple(_breaks(shown, places)),
        ticks=tuple(_ticks(shown, places)),
        summary=_summary(marks, bands),
    )


def in_rows(bands: Iterable[Band]) -> tuple[Band, ...]:
    """The bands, from left to right, each label in the first row with room for it."""
    free: list[float] = []
    found = []
    for band in bands:
        row = next((r for r, x in enumerate(free) if x <= band.x), len(free))
        free[row : row + 1] = [band.x + len(band.label) * LETTER]
        found.append(replace(band, row=row))
    return tuple(found)


def placed(times: Sequence[float]) -> tuple[float, ...]:
    """Where each instant stands: waits to scale, but never too close nor too far."""
    x = float(LEFT + 14)
    found = []
    for before, at in pairwise((None, *times)):
        if before is not None and at is not None:
            x += min(max((at - before) * PER_SECOND, CLOSEST), WIDEST)
        found.append(round(x, 1))
    return tuple(found)


def _mark(entry: Entry, x: float, ys: Sequence[float], cited: bool) -> Mark:
    start, end = _between(way(entry), ys)
    title = f"entry {entry.number}, {entry.at * 1000:.1f} ms: {entry.kind}"
    return Mark(entry.number, x, start, end, shape(entry), cited, title)


def _labelled(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """The marks, each cited one with its number unless it would cover another."""
    free, found = 0.0, []
    for mark in marks:
        label = str(mark.number)
        if mark.cited and mark.x - 3.2 * len(label) >= free:
            free = mark.x + 3.2 * len(label) + 3
            found.append(replace(mark, label=label))
        else:
            found.append(mark)
    return tuple(found)


def _between(way_: str, ys: Sequence[float]) -> tuple[float, float]:
    last = ys[-1]
    ways = {
        "strategy-gateway": (ys[0], ys[1]),
        "gateway-strategy": (ys[1], ys[0]),
        "gateway-engine": (ys[1], last),
        "engine-gateway": (last, ys[1]),
        "at-strategy": (ys[0], ys[0]),
        "at-gateway": (ys[1], ys[1]),
        "at-engine": (last, last),
    }
    return ways.get(way_, (ys[0], last))


def shape(entry: Entry) -> str:
    """How an entry is drawn: what it means for the money counts more than its kind."""
    data = entry.data
    if entry.kind is Kind.NOTE:
        return "note"
    if entry.kind in FAULTS or data.get("fault") or _failed(data.get("status")):
        return "fault"
    if entry.kind is Kind.BOOKED:
        what = str(data.get("what"))
        return {"filled": "fill", "accepted": "order"}.get(what, "event")
    text = data.get("text")
    if isinstance(text, str) and entry.kind in (Kind.MESSAGE, Kind.FRAME):
        if "event_ack" in text and _answers(entry):
            return "ack"
        if any(sign in text for sign in FILLS):
            return "fill"
    return "event" if entry.kind in (Kind.LOG, Kind.PROCESS) else "say"


def _failed(status: object) -> bool:
    return isinstance(status, int) and status >= 500


def _answers(entry: Entry) -> bool:
    """Whether this is said upwards: by a strategy, or by a Gateway to the Engine."""
    return entry.party is (
        Party.STRATEGY if entry.kind is Kind.MESSAGE else Party.GATEWAY
    )


def _bands(
    spans: Iterable[Span], times: Sequence[float], places: Sequence[float]
) -> Iterator[Band]:
    for span in spans:
        found = extent(span.began, span.ended, times, places)
        if found is not None:
            yield Band(*found, span.kind, span.label)


def _unprotected(transcript: Transcript) -> Iterator[Span]:
    try:
        booked = list(transcript.of_kind(Kind.BOOKED))
        symbols = dict.fromkeys(str(e.data["symbol"]) for e in booked)
        spans = [s for symbol in symbols for s in unprotected(transcript, symbol)]
    except (KeyError, ValueError, ArithmeticError):
        # A stored transcript may hold less than we would have written.
        return
    for span in spans:
        ended = span.ended.at if span.ended is not None else float("inf")
        label = f"no stop: {span.most} {span.symbol}, {span.seconds:.2f} s"
        yield Span(span.began.at, ended, "unprotected", label)


def _away(shown: Sequence[Entry]) -> Iterator[Span]:
    gone: Entry | None = None
    for entry in shown:
        name = entry.data.get("name") if entry.kind is Kind.NOTE else None
        if name == "away":
            gone = entry
        elif name == "back" and gone is not None:
            label = f"away, {entry.at - gone.at:.1f} s"
            yield Span(gone.at, entry.at, "away", label)
            gone = None


def _times(shown: Sequence[Entry]) -> tuple[float, ...]:
    return tuple(entry.at for entry in shown)


def extent(
    began: float, ended: float, times: Sequence[float], places: Sequence[float]
) -> tuple[float, float] | None:
    """From where to how far, in pixels; None where nothing of it is shown."""
    inside = [x for at, x in zip(times, places, strict=True) if began <= at <= ended]
    if not inside:
        return None
    return inside[0] - 3, max(round(inside[-1] - inside[0] + 6, 1), 6)


def _breaks(
    shown: Sequence[Entry], places: Sequence[float]
) -> Iterator[tuple[float, str]]:
    pairs = zip(pairwise(shown), pairwise(places), strict=True)
    for (before, entry), (left, right) in pairs:
        wait = entry.at - before.at
        if wait * PER_SECOND > WIDEST or entry.number - before.number > 1:
            yield round((left + right) / 2, 1), f"{wait:.1f} s"


def _ticks(
    shown: Sequence[Entry], places: Sequence[float]
) -> Iterator[tuple[float, str]]:
    last = -1000.0
    for entry, x in zip(shown, places, strict=True):
        if x - last >= 84:
            last = x
            yield x, f"{entry.at * 1000:.0f} ms"


def _summary(marks: Sequence[Mark], bands: Sequence[Band]) -> str:
    counts = [
        (sum(m.shape == name for m in marks), word)
        for name, word in (("fault", "faults"), ("ack", "acks"), ("fill", "fills"))
    ]
    told = [f"{len(marks)} entries", *(f"{n} {word}" for n, word in counts if n)]
    told += [band.label for band in bands]
    told.append("cited: " + (", ".join(str(m.number) for m in marks if m.cited) or "-"))
    return "; ".join(told)
