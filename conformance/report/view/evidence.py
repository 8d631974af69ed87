"""Which entries of which transcripts the page shows: what is cited, and around it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.readiness.model import FindingShown, Readiness
from conformance.report.causes import Cause
from conformance.report.lanes import lanes, way
from conformance.report.telling import told, told_with_headers
from conformance.report.timeline import Timeline, timeline

AROUND = 3
"""Entries before and after a cited one."""

SHORT = 40
"""A transcript with no more entries is shown whole where it is cited."""

MOST_CITED = 60
"""Entries of one transcript that are shown at the most."""

MOST_SHOWN = 100
"""Transcripts whose entries are shown at the most: the rest is beside the page."""

TEXT = 1200
"""Characters of one entry."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the page shows it; `gap` entries were left out before it."""

    number: int
    milliseconds: str
    party: str
    kind: str
    text: str
    cited: bool
    gap: int
    way: str


@dataclass(frozen=True, slots=True)
class Section:
    """One transcript as the page shows it; without lines it is only named."""

    name: str
    complete: bool
    error: str | None
    seconds: float
    entries: int
    left_out: int
    lines: tuple[Line, ...]
    lanes: tuple[str, ...]
    timeline: Timeline | None


def transcript_name(path: str) -> str:
    """The name of a transcript, from a finding's path to it."""
    return path.removeprefix("transcripts/").removesuffix(".jsonl")


def cited_entries(
    readiness: Readiness, told_causes: Iterable[Cause] = ()
) -> dict[str, set[int]]:
    """The entries that findings cite, by transcript; those of told causes first."""
    cited: dict[str, set[int]] = {}
    first = (cause.finding for cause in told_causes)
    rest = (f for r in readiness.requirements for f in r.findings)
    for finding in (*first, *rest):
        _cite(cited, finding)
    return cited


def _cite(cited: dict[str, set[int]], finding: FindingShown) -> None:
    cited.setdefault(transcript_name(finding.transcript), set()).update(finding.entries)


def sections(
    readiness: Readiness,
    transcripts: Iterable[Transcript],
    told_causes: Iterable[Cause] = (),
) -> tuple[Section, ...]:
    """Every transcript, cut to what is cited and its surroundings."""
    cited = cited_entries(readiness, told_causes)
    worth = [name for name, entries in cited.items() if entries][:MOST_SHOWN]
    ordered = sorted(transcripts, key=lambda t: t.name)
    return tuple(
        _section(t, cited[t.name] if t.name in worth else None) for t in ordered
    )


def _section(transcript: Transcript, cited: set[int] | None) -> Section:
    wanted = set() if cited is None else _wanted(transcript, cited)
    shown = [entry for entry in transcript.entries if entry.number in wanted]
    return Section(
        name=transcript.name,
        complete=transcript.ending.complete,
        error=transcript.ending.error,
        seconds=transcript.ending.seconds,
        entries=len(transcript.entries),
        left_out=len(transcript.entries) - len(shown),
        lines=tuple(_lines(shown, cited or set())),
        lanes=lanes(transcript) if shown else (),
        timeline=timeline(transcript, shown, cited or set()) if shown else None,
    )


def _lines(shown: Sequence[Entry], cited: set[int]) -> Iterable[Line]:
    before = 0
    for entry in shown:
        yield _line(entry, entry.number in cited, entry.number - before - 1)
        before = entry.number


def _wanted(transcript: Transcript, cited: set[int]) -> set[int]:
    total = len(transcript.entries)
    if total <= SHORT:
        return set(range(1, total + 1))
    around: set[int] = set()
    for number in sorted(cited):
        around.update(range(max(1, number - AROUND), min(total, number + AROUND) + 1))
        if len(around) > MOST_CITED:
            break
    return around


def _line(entry: Entry, cited: bool, gap: int) -> Line:
    return Line(
        entry.number,
        f"{entry.at * 1000:.1f}",
        str(entry.party),
        str(entry.kind),
        (told_with_headers(entry) if cited else told(entry))[:TEXT],
        cited,
        gap,
        way(entry),
    )
