"""What a failing item prints: each cause once, what shows it, how to see it again."""

from collections.abc import Iterable, Iterator, Sequence

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding
from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.reproduction import Reproducer
from conformance.report.causes import masked
from conformance.report.telling import told as entry_text
from conformance.spec.catalogue import requirement

MOST_CAUSES = 5
"""Causes that one item tells in full."""

MOST_ENTRIES = 12
"""Entries of one finding that are shown; the transcript has them all."""

WIDTH = 160
"""Characters of one entry."""

Shown = tuple[Outcome, Finding]


def printable(text: str) -> str:
    """A subject's own words, without what would steer the reader's terminal."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


class Findings:
    """Tells the findings of one run; a cause that another item told is named only."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def text(
        self,
        nodeid: str,
        name: str,
        outcomes: Iterable[Outcome],
        transcripts: Sequence[Transcript],
    ) -> str:
        """All that one item prints."""
        return printable("\n".join(self._lines(nodeid, name, outcomes, transcripts)))

    def _lines(
        self,
        nodeid: str,
        name: str,
        outcomes: Iterable[Outcome],
        transcripts: Sequence[Transcript],
    ) -> Iterator[str]:
        about = requirement(name)
        groups = _causes(outcomes)
        word = Verdict.VIOLATED if about.level == "MUST" else Verdict.WARNED
        yield f"{name} {word}: {about.sentence}"
        yield f"Required ({about.level}) by: {about.source}"
        reproducer = Reproducer(transcripts)
        by_name = {t.name: t for t in transcripts}
        for number, (key, group) in enumerate(list(groups.items())[:MOST_CAUSES], 1):
            yield ""
            first = self._told.setdefault(key, nodeid)
            if first != nodeid:
                yield f"{number}. {group[0][1].sentence}"
                yield f"   The same cause as in {first}, told there."
                continue
            yield from _cause(number, group, by_name, reproducer)
        if len(groups) > MOST_CAUSES:
            yield f"\nand {len(groups) - MOST_CAUSES} more causes, in the report"


def _causes(outcomes: Iterable[Outcome]) -> dict[str, list[Shown]]:
    groups: dict[str, list[Shown]] = {}
    for outcome in outcomes:
        for found in outcome.findings:
            own = f"{outcome.requirement} {masked(found.sentence)}"
            groups.setdefault(found.key or own, []).append((outcome, found))
    return groups


def _cause(
    number: int,
    group: Sequence[Shown],
    transcripts: dict[str, Transcript],
    reproducer: Reproducer,
) -> Iterator[str]:
    (outcome, found), *more = group
    yield f"{number}. {found.sentence}"
    if found.cause:
        yield f"   {found.cause}"
    transcript = transcripts.get(outcome.transcript)
    if transcript is not None and found.entries:
        yield f"   {outcome.transcript}.jsonl, {outcome.instance}:"
        yield from _entries(transcript, found.entries)
    again = reproducer.line(outcome.transcript, found.entries)
    if again:
        yield "   To see it again:"
        yield from (f"      {line}" for line in again.splitlines())
    if more:
        where = "; ".join(
            dict.fromkeys(f"{o.transcript} {_numbers(f)}" for o, f in more[:4])
        )
        rest = " …" if len(more) > 4 else ""
        yield f"   and {len(more)} more of the same cause: {where}{rest}"


def _numbers(found: Finding) -> str:
    return ", ".join(map(str, found.entries[:4])) or "-"


def _entries(transcript: Transcript, numbers: Sequence[int]) -> Iterator[str]:
    for number in numbers[:MOST_ENTRIES]:
        if number <= len(transcript.entries):
            yield f"      {_entry(transcript.entries[number - 1])}"
    if len(numbers) > MOST_ENTRIES:
        yield f"      and {len(numbers) - MOST_ENTRIES} more entries"


def _entry(entry: Entry) -> str:
    text = " ".join(entry_text(entry).split())
    cut = text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
    return f"{entry.number:>4} {entry.at:7.3f} s  {entry.party} {entry.kind}: {cut}"
