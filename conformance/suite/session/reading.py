"""Reads a session through once: its story, its records, what the rules say of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.evidence.entry import Json
from conformance.evidence.session import SessionHead, SessionReader
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.session.condensing import Condenser
from conformance.judge.session.figures import kind_of, numbers
from conformance.judge.session.folding import Story
from conformance.judge.session.model import SessionFacts
from conformance.judge.strategy.runs import FOOTING, PROFILE
from conformance.judge.verdict import OF_TAKES, Outcome
from conformance.spec.profile import Profile
from conformance.suite.check import Check, SuiteModule
from conformance.suite.runner import faulted, judge_check
from conformance.suite.session.check import script_of
from conformance.suite.session.rules import session_rules

FIRST, LAST, BAD = 8, 8, 16
"""How many records are kept: from the beginning, from the end, with something found."""

MOST_FOUND = 10
"""Outcomes with findings that are kept of one rule."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One session, read to its end."""

    facts: SessionFacts
    story: Story
    records: tuple[Transcript, ...]


class _Ruled:
    """What the rules say, record by record; of each rule no more than is read."""

    def __init__(self) -> None:
        self._module = session_rules()
        self._best: dict[tuple[str, str], Outcome] = {}
        self._bad: dict[tuple[str, str], list[Outcome]] = {}
        self._kept: list[Transcript] = []
        self._with_findings = 0

    def take(self, record: Transcript) -> None:
        """One more record."""
        found = False
        for check in self._module.checks:
            found = self._hear(_said(check, record)) or found
        record.forget()
        self._kept.append(record)
        place = len(self._kept) - 1
        if found and self._with_findings < BAD:
            self._with_findings += 1
            place = -1
        if place >= FIRST + LAST:
            self._drop()

    def _hear(self, outcome: Outcome) -> bool:
        key = outcome.requirement, outcome.check
        if outcome.findings:
            bad = self._bad.setdefault(key, [])
            if len(bad) < MOST_FOUND:
                bad.append(outcome)
            return True
        known = self._best.get(key)
        if known is None or _place(outcome) < _place(known):
            self._best[key] = outcome
        return False

    def _drop(self) -> None:
        """Lets go of one from the middle that nothing cites."""
        cited = {o.transcript for bad in self._bad.values() for o in bad}
        for record in self._kept[FIRST:-LAST]:
            if record.name not in cited:
                self._kept.remove(record)
                return

    @property
    def records(self) -> tuple[Transcript, ...]:
        return tuple(self._kept)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """As of the invariants of a run: each that found something, else the best."""
        keys = dict.fromkeys((*self._best, *self._bad))
        names = {record.name for record in self._kept}
        told: list[Outcome] = []
        for key in keys:
            told.extend(self._bad.get(key) or [_plain(self._best[key])])
        return tuple(o if o.transcript in names else _plain(o) for o in told)


def _place(outcome: Outcome) -> int:
    return OF_TAKES.index(outcome.verdict)


def _said(check: Check, record: Transcript) -> Outcome:
    """What a rule says of a record; one of ours that breaks says so."""
    try:
        return judge_check(check, record)
    except Exception as error:  # noqa: BLE001 - a check of ours failed
        whole = SuiteModule(check.script, "", None, (check,))
        return faulted(whole, repr(error))[0]


def _plain(outcome: Outcome) -> Outcome:
    """Of all records: no single one is cited."""
    return replace(outcome, transcript="")


def read(folder: Path, profile: Profile) -> Reading:
    """Reads a session's folder; BadFile where it cannot be trusted."""
    reader = SessionReader(folder)
    head = reader.head
    story = Story(head, alone=profile.max_open_orders == 1)
    condenser = Condenser(_header(head), _notes(profile))
    ruled = _Ruled()
    for entry in reader.entries():
        keep = story.take(entry)
        condenser.take(entry, story, keep)
        if condenser.full(story):
            ruled.take(condenser.record(story, whole=False))
    ruled.take(condenser.record(story, whole=True))
    facts = _facts(reader, story, ruled.outcomes)
    return Reading(facts, story, ruled.records)


def _header(head: SessionHead) -> Header:
    platform = ", ".join(head.platforms)
    return Header(script_of(head.name), "session", platform, "", (), 0, head.began)


def _notes(profile: Profile) -> dict[str, Json]:
    return {PROFILE: profile.facts, FOOTING: {}}


def _facts(
    reader: SessionReader, story: Story, outcomes: Sequence[Outcome]
) -> SessionFacts:
    head, end = reader.head, story.end
    figures = numbers(story)
    return SessionFacts(
        name=head.name,
        folder=str(reader.folder),
        kind=kind_of(story.platforms),
        gateway=head.gateway,
        version=_health(story, "version"),
        git_sha=_health(story, "git_sha"),
        platforms=story.platforms,
        strategy_sha256=head.strategy_sha256,
        started=story.instant(story.first),
        ended=story.instant(end),
        seconds=round(end - story.first, 3),
        entries=reader.count,
        digest=reader.digest,
        whole=not figures.gaps and not reader.torn,
        sample=head.sample,
        numbers=figures,
        outcomes=tuple(outcomes),
        reference=_is_reference(head, story),
    )


def _health(story: Story, name: str) -> str:
    return str(story.health.get(name) or "")


def _is_reference(head: SessionHead, story: Story) -> bool:
    """Our own Gateway tells the suite's version, and no commit unless given one."""
    version, commit = _health(story, "version"), _health(story, "git_sha")
    return bool(version) and version == head.suite_version and commit == "unknown"
