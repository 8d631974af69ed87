"""Judges recorded sessions: each by itself, and what several show together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding
from conformance.judge.session.comparing import compared, incomparable
from conformance.judge.session.model import Comparison, SessionFacts
from conformance.judge.verdict import Outcome, Verdict
from conformance.spec.profile import Profile
from conformance.spec.tolerances import Tolerances
from conformance.suite.runner import DID_NOT_OCCUR
from conformance.suite.session.check import Evidence, SessionCheck, decided
from conformance.suite.session.reading import Reading, read

Place = tuple[str, int]
"""A record's name, and the number of an entry in it."""


def judged(
    folder: Path,
    profile: Profile,
    tolerances: Tolerances | None = None,
    *,
    backtest: SessionFacts | None = None,
    others: Sequence[SessionFacts] = (),
) -> tuple[SessionFacts, tuple[Transcript, ...]]:
    """One session: its facts with what every rule and check says, and its records.

    `tolerances` outrank those of the profile. With `backtest` it is compared, with
    `others` it is told how long all of them went on. Raises BadFile where the folder
    holds no session, or one that was altered.
    """
    reading = read(folder, profile)
    facts, _ = _decided(reading, profile, tolerances, backtest, others)
    return facts, reading.records


def judged_together(
    folders: Iterable[Path],
    profile: Profile,
    tolerances: Tolerances | None = None,
) -> tuple[tuple[SessionFacts, ...], tuple[Transcript, ...], tuple[Comparison, ...]]:
    """Several sessions of one strategy: each judged with the others beside it.

    Each paper session is compared with the longest backtest, each live one with the
    longest paper session. What one session shows, none of the others need show.
    """
    readings = [read(folder, profile) for folder in folders]
    bare = [reading.facts for reading in readings]
    found: list[SessionFacts] = []
    comparisons: list[Comparison] = []
    for reading in readings:
        others = tuple(f for f in bare if f is not reading.facts)
        before = _expected(reading.facts, others)
        facts, comparison = _decided(reading, profile, tolerances, before, others)
        found.append(facts)
        if comparison is not None:
            comparisons.append(comparison)
    records = tuple(r for reading in readings for r in reading.records)
    return tuple(_once(found)), records, tuple(comparisons)


EXPECTED = {"paper": ("backtest",), "live": ("paper", "backtest")}


def _expected(
    facts: SessionFacts, others: Sequence[SessionFacts]
) -> SessionFacts | None:
    """The session that this one is to be like; None where there is none."""
    for kind in EXPECTED.get(facts.kind, ()):
        fit = [f for f in others if f.kind == kind and incomparable(f, facts) is None]
        if fit:
            return max(fit, key=lambda f: f.numbers.days)
    return None


def _decided(
    reading: Reading,
    profile: Profile,
    tolerances: Tolerances | None,
    before: SessionFacts | None,
    others: Sequence[SessionFacts],
) -> tuple[SessionFacts, Comparison | None]:
    allowed = tolerances or profile.tolerances or Tolerances()
    fits = before is not None and incomparable(before, reading.facts) is None
    comparison = compared(before, reading.facts, allowed) if before and fits else None
    evidence = Evidence(
        reading.facts,
        reading.story,
        profile,
        allowed,
        before,
        comparison,
        tuple(others),
    )
    places = _places(reading.records)
    told = [
        placed
        for check in _checks()
        for placed in _placed(decided(check, evidence), places)
    ]
    outcomes = (*reading.facts.outcomes, *told)
    return replace(reading.facts, outcomes=outcomes), comparison


def _checks() -> tuple[SessionCheck, ...]:
    # The room's own list imports this module.
    from conformance.suite.session import session_checks  # noqa: PLC0415

    return session_checks()


def _places(records: Iterable[Transcript]) -> Mapping[int, Place]:
    """Where each entry of the session stands in the records, as far as it is kept."""
    return {
        int(entry.data["entry"]): (record.name, entry.number)
        for record in records
        for entry in record.entries
        if "entry" in entry.data
    }


def _placed(outcome: Outcome, places: Mapping[int, Place]) -> Iterable[Outcome]:
    """The outcome with numbers of a record instead of the session's, one a record."""
    seen = [places[n] for n in outcome.occurrences if n in places]
    if not outcome.findings:
        name = seen[0][0] if seen else ""
        shown = tuple(number for record, number in seen if record == name)
        yield replace(outcome, occurrences=shown[:100], transcript=name)
        return
    by_record: dict[str, list[Finding]] = {}
    for found in outcome.findings:
        where = [places[n] for n in found.entries if n in places]
        name = where[0][0] if where else ""
        numbers = tuple(number for record, number in where if record == name)
        by_record.setdefault(name, []).append(replace(found, entries=numbers))
    for name, findings in by_record.items():
        yield replace(
            outcome, findings=tuple(findings), occurrences=(), transcript=name
        )


def _once(sessions: Sequence[SessionFacts]) -> Iterable[SessionFacts]:
    """Takes out what another session shows already, or could not show at all."""
    shown = {
        o.requirement for f in sessions for o in f.outcomes if o.verdict is Verdict.MET
    }
    checks = {check.requirement: check for check in _checks()}
    for facts in sessions:
        kept = tuple(
            o
            for o in facts.outcomes
            if _stands(o, facts, checks, o.requirement in shown)
        )
        yield replace(facts, outcomes=kept)


def _stands(
    outcome: Outcome,
    facts: SessionFacts,
    checks: Mapping[str, SessionCheck],
    shown: bool,
) -> bool:
    check = checks.get(outcome.requirement)
    if check is None or not shown or outcome.verdict is Verdict.MET:
        return True
    if facts.kind not in check.kinds:
        return False
    if outcome.verdict is Verdict.NOT_VERIFIED:
        return check.each and not outcome.reason.startswith(DID_NOT_OCCUR)
    return not check.exists
