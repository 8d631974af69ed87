"""Makes one run of several: what the jobs of a CI each judged of one subject."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding
from conformance.judge.record import Notice, RunRecord, SubjectFacts
from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.combining import in_one, with_own_names
from conformance.readiness.difference import subject_of
from conformance.readiness.model import (
    FindingShown,
    Readiness,
    RequirementStanding,
)
from conformance.readiness.waivers import Waiver

Pair = tuple[str, str]
"""A script's name, or that of an invariant, and a requirement's id."""


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """One run as its report tells it, and the transcripts that lie beside that."""

    folder: str
    readiness: Readiness
    transcripts: tuple[Transcript, ...]


def unlike(runs: Sequence[ReportedRun]) -> Iterator[str]:
    """Why these are not runs of one subject by one suite; nothing where they are."""
    for run in runs:
        if run.readiness.sessions is not None or run.readiness.runs is not None:
            yield f"{run.folder} is a decision, no run: name the runs it was made of"
    first, *rest = runs
    known = _marks(first.readiness)
    for run in rest:
        for (what, mine), (_, other) in zip(known, _marks(run.readiness), strict=True):
            if mine != other:
                yield f"{run.folder} has another {what} than {first.folder}"


def _marks(readiness: Readiness) -> tuple[tuple[str, object], ...]:
    identity = readiness.identity
    strategy, subject = identity.strategy, subject_of(readiness)
    # The Gateway that a strategy alone meets is ours.
    met = None if subject == "strategy" else identity.gateway
    return (
        ("suite version", identity.suite_version),
        ("requirement set", identity.requirement_set),
        ("contract", identity.contract_sha256),
        ("kind of subject", subject),
        ("strategy", strategy and strategy.sha256),
        ("Gateway version", met and met.version),
        ("Gateway git sha", met and met.git_sha),
    )


def merged(runs: Sequence[ReportedRun], whole: frozenset[Pair]) -> RunRecord:
    """One run that played what each of them played; a violation in any stands.

    `whole` is what a whole run decides: parts are complete where they add up to it.
    Transcripts of one script are told apart as takes of it.
    """
    records = with_own_names(
        [record_of(run.readiness, run.transcripts) for run in runs]
    )
    ended = all(r.error is None and not r.interrupted for r in records)
    outcomes = _outcomes(records)
    complete = all(r.complete for r in records) or (
        ended and whole <= _played(outcomes)
    )
    return replace(
        in_one(records),
        subject=_subject([r.subject for r in records]),
        command_line="; ".join(dict.fromkeys(r.command_line for r in records)),
        outcomes=outcomes,
        account_before=records[0].account_before,
        complete=complete,
        partial=not complete,
    )


def _played(outcomes: Sequence[Outcome]) -> set[Pair]:
    """An invariant is told of under the script that it found something in."""
    played = [o for o in outcomes if _was_played(o.verdict, o.transcript)]
    return {(name, o.requirement) for o in played for name in (o.script, o.check)}


def waivers_of(runs: Iterable[ReportedRun]) -> tuple[Waiver, ...]:
    """The waivers that the runs were judged under, each once."""
    found: dict[str, Waiver] = {}
    for run in runs:
        for row in run.readiness.requirements:
            if row.waiver is not None:
                told = row.waiver
                day = _day(told.expires)
                waiver = Waiver(row.id, told.reason, told.owner, day, 0)
                found.setdefault(row.id, waiver)
    return tuple(found.values())


def _day(text: str) -> date:
    """What is no day has expired."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def record_of(
    readiness: Readiness, transcripts: tuple[Transcript, ...] = ()
) -> RunRecord:
    """The run that a report was made of; what its checks saw occur is not in it."""
    run, told = readiness.run, readiness.requirements
    partial = not run.complete and run.error is None and not run.interrupted
    return RunRecord(
        subject=_facts(readiness),
        seed=readiness.identity.seed,
        command_line=readiness.identity.command,
        started=run.started,
        seconds=run.seconds,
        planned=tuple(pair for row in told for pair in _planned(row)),
        outcomes=tuple(o for row in told for o in _outcomes_of(row)),
        transcripts=transcripts,
        notices=tuple(
            Notice(n.level, n.topic, n.sentence, n.fix) for n in readiness.doctor
        ),
        account_before=readiness.account.before,
        account_after=readiness.account.after,
        left_open=run.left_open,
        complete=run.complete,
        partial=partial,
        interrupted=run.interrupted,
        error=run.error,
        faults=run.faults,
    )


def _facts(readiness: Readiness) -> SubjectFacts:
    gateway, strategy = readiness.identity.gateway, readiness.identity.strategy
    return SubjectFacts(
        kind=gateway.kind,
        address=gateway.address,
        version=gateway.version,
        git_sha=gateway.git_sha,
        platforms=gateway.platforms,
        capabilities=gateway.claims,
        clock_skew_seconds=gateway.clock_skew_seconds,
        digest=strategy.sha256 if strategy is not None else "",
        strategy=strategy.command if strategy and gateway.kind == "pair" else "",
    )


def _subject(facts: Sequence[SubjectFacts]) -> SubjectFacts:
    """A simulation among them makes a drill of the whole."""
    platforms = tuple(dict.fromkeys(p for f in facts for p in f.platforms))
    kind = "embedded" if any(f.kind == "embedded" for f in facts) else facts[0].kind
    told = (f.capabilities for f in facts if f.capabilities is not None)
    claims = next(told, None)
    return replace(facts[0], kind=kind, platforms=platforms, capabilities=claims)


def _planned(row: RequirementStanding) -> Iterator[Pair]:
    if not row.planned:
        return
    for check in row.checks:
        if _was_played(check.verdict, check.transcript):
            yield check.script, row.id
    if not row.checks:
        yield "", row.id


def _outcomes_of(row: RequirementStanding) -> Iterator[Outcome]:
    """Each check's word again, with the findings that it had."""
    left = [
        (where, tuple(found))
        for where, found in groupby(row.findings, lambda f: (f.transcript, f.provider))
    ]
    for check in row.checks:
        mine: tuple[FindingShown, ...] = ()
        name = check.transcript or check.script
        where = (f"transcripts/{name}.jsonl", check.provider)
        if check.verdict in (Verdict.VIOLATED, Verdict.WARNED):
            place = next((n for n, (at, _) in enumerate(left) if at == where), None)
            mine = left.pop(place)[1] if place is not None else ()
        yield Outcome(
            requirement=row.id,
            check=check.name,
            script=check.script,
            verdict=check.verdict,
            reason=check.reason,
            findings=tuple(
                Finding(f.sentence, f.entries, f.cause, f.key) for f in mine
            ),
            provider=check.provider,
            transcript=check.transcript,
        )


def _was_played(verdict: Verdict, transcript: str) -> bool:
    return verdict is not Verdict.NOT_VERIFIED or bool(transcript)


def _outcomes(records: Sequence[RunRecord]) -> tuple[Outcome, ...]:
    """What any run found stands; else one run that showed it suffices, as of takes.

    So a judge of the joined transcripts says the same.
    """
    said = [o for record in records for o in record.outcomes]
    decided = {_key(o) for o in said if o.verdict is not Verdict.NOT_VERIFIED}
    kept = (
        o
        for o in said
        if o.verdict is not Verdict.NOT_VERIFIED or _key(o) not in decided
    )
    return tuple(dict.fromkeys(kept))


def _key(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.requirement, outcome.check, outcome.script
