"""readiness.html: one page that needs nothing else, for a person who decides."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import jinja2

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.verdict import Verdict
from conformance.readiness.model import Readiness
from conformance.report.causes import causes, waiver_note
from conformance.report.lanes import lanes, way

AROUND = 3
"""Entries before and after a cited one."""

SHORT = 40
"""A transcript with no more entries is shown whole."""

MOST_CITED = 60
"""Entries of one transcript that are shown at the most."""

TEXT = 1200
"""Characters of one entry."""

MEANINGS = {
    Verdict.MET: "It occurred, and the subject did what is required.",
    Verdict.VIOLATED: "The subject did what it must not do.",
    Verdict.WARNED: "The subject did what it should not do.",
    Verdict.NOT_VERIFIED: "Nothing has shown it yet: this is not a pass.",
    Verdict.NOT_APPLICABLE: "The subject does not claim what it is about.",
    Verdict.SUITE_FAULT: "We were wrong: please report it.",
}


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
    """One transcript as the page shows it."""

    name: str
    complete: bool
    error: str | None
    seconds: float
    entries: int
    left_out: int
    lines: tuple[Line, ...]
    lanes: tuple[str, ...]


def html_text(readiness: Readiness, transcripts: Sequence[Transcript]) -> str:
    """The page; all evidence in it is escaped."""
    shown = sections(readiness, transcripts)
    return _template().render(
        r=readiness,
        shown={q.id for q in readiness.requirements if not q.excluded},
        played={section.name for section in shown},
        violated=causes(readiness.having(Verdict.VIOLATED)),
        warned=causes(readiness.having(Verdict.WARNED)),
        unverified=readiness.having(Verdict.NOT_VERIFIED),
        excluded=[q for q in readiness.requirements if q.excluded],
        meanings={str(verdict): text for verdict, text in MEANINGS.items()},
        sections=shown,
        account=_account(readiness),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("conformance.report", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"slug": slug, "waiver_note": waiver_note}
    return environment.get_template("page.html.j2")


def slug(text: str) -> str:
    """A text as the name of a place in the page."""
    return "".join(c if c.isalnum() else "-" for c in text.lower())


def sections(
    readiness: Readiness, transcripts: Iterable[Transcript]
) -> tuple[Section, ...]:
    """Every transcript, cut to what is cited and its surroundings."""
    cited: dict[str, set[int]] = {}
    for requirement in readiness.requirements:
        for finding in requirement.findings:
            name = finding.transcript.removeprefix("transcripts/").removesuffix(
                ".jsonl"
            )
            cited.setdefault(name, set()).update(finding.entries)
    ordered = sorted(transcripts, key=lambda t: t.name)
    return tuple(_section(t, cited.get(t.name, set())) for t in ordered)


def _section(transcript: Transcript, cited: set[int]) -> Section:
    wanted = _wanted(transcript, cited)
    lines = []
    before = 0
    for entry in transcript.entries:
        if entry.number in wanted:
            gap = entry.number - before - 1
            lines.append(_line(entry, entry.number in cited, gap))
            before = entry.number
    return Section(
        name=transcript.name,
        complete=transcript.ending.complete,
        error=transcript.ending.error,
        seconds=transcript.ending.seconds,
        entries=len(transcript.entries),
        left_out=len(transcript.entries) - len(lines),
        lines=tuple(lines),
        lanes=lanes(transcript.entries),
    )


def _wanted(transcript: Transcript, cited: set[int]) -> set[int]:
    total = len(transcript.entries)
    if total <= SHORT:
        return set(range(1, total + 1))
    around: set[int] = set()
    for number in sorted(cited):
        around.update(range(max(1, number - AROUND), min(total, number + AROUND) + 1))
        if len(around) > MOST_CITED:
            break
    return around or set(range(1, SHORT // 2 + 1))


def _line(entry: Entry, cited: bool, gap: int) -> Line:
    return Line(
        entry.number,
        f"{entry.at * 1000:.1f}",
        str(entry.party),
        str(entry.kind),
        (_with_headers(entry) if cited else told(entry))[:TEXT],
        cited,
        gap,
        way(entry),
    )


def told(entry: Entry) -> str:
    """What an entry says, in one text."""
    data = entry.data
    if "method" in data:
        return f"{data['method']} {data['target']}\n{data.get('body') or ''}".strip()
    if "status" in data and ("exchange" in data or "call" in data):
        given = data["status"] or f"no answer ({data.get('fault')})"
        took = data.get("milliseconds")
        return f"{given} after {took} ms\n{data.get('body') or ''}".strip()
    if entry.kind is Kind.BOOKED:
        of = f"{data['side']} {data['quantity']} {data['symbol']}"
        traded = f" {data['fill']} at {data['price']}" if "fill" in data else ""
        return f"{data['what']}{traded}: order {data['order']}, {of}"
    if "text" in data:
        return str(data["text"])
    shown = {k: v for k, v in data.items() if v not in (None, "", {}, [])}
    return json.dumps(shown, default=str)


def _with_headers(entry: Entry) -> str:
    """What an entry says, with its headers: a finding may be about one, or its lack."""
    headers = entry.data.get("headers")
    if not isinstance(headers, Mapping):
        return told(entry)
    first, *body = told(entry).split("\n", 1)
    lines = (f"{name}: {value}" for name, value in headers.items())
    return "\n".join((first, *lines, *body))


def _account(readiness: Readiness) -> tuple[tuple[str, str, str], ...]:
    before, after = readiness.account.before, readiness.account.after
    if not isinstance(before, dict):
        return ()
    later = after if isinstance(after, dict) else {}
    return tuple(
        (str(name), str(value), str(later.get(name, "not read")))
        for name, value in before.items()
    )
