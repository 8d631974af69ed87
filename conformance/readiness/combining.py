"""Makes one record of several runs and sessions: what any of them found stands."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from conformance.evidence.transcript import Transcript
from conformance.judge.record import RunRecord, SubjectFacts
from conformance.judge.session.model import SessionFacts
from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.spec.catalogue import requirement
from conformance.spec.checklist import checklist

RANK = (
    Verdict.SUITE_FAULT,
    Verdict.VIOLATED,
    Verdict.WARNED,
    Verdict.MET,
    Verdict.NOT_VERIFIED,
    Verdict.NOT_APPLICABLE,
)
"""Of one check in several runs, what comes first here stands."""

BAD = frozenset(RANK[:3])
Each = TypeVar("Each")


def combined(
    records: Sequence[RunRecord],
    sessions: Sequence[SessionFacts] = (),
    of_sessions: Sequence[Transcript] = (),
) -> RunRecord:
    """One record: its outcomes are those of all, its facts the newest run's.

    A check that several runs made is read like several takes of its script: what any
    of them found stands, else one that showed it suffices. But where it did not apply
    to one and was open in another, it is open: they need not be of one Gateway. Over
    the checks of a requirement severity only rises, as in one run. `of_sessions` are
    the parts of the sessions that findings cite.
    """
    ordered = with_own_names(sorted(records, key=lambda record: record.started))
    rows = _joined([record.outcomes for record in ordered])
    found = of_all_sessions(sessions, rows)
    whole = _facts(ordered, sessions)
    return replace(
        whole,
        planned=(*whole.planned, *((o.script, o.requirement) for o in found)),
        outcomes=(*rows, *found),
        transcripts=(*whole.transcripts, *of_sessions),
    )


def with_own_names(records: Sequence[RunRecord]) -> tuple[RunRecord, ...]:
    """The records, the takes of each script numbered through."""
    taken: set[str] = set()
    return tuple(_renamed(record, taken) for record in records)


def _unlike(transcript: Transcript, taken: set[str]) -> Transcript:
    header = transcript.header
    while transcript.name in taken:
        header = replace(header, take=header.take + 1)
        transcript = replace(transcript, header=header)
    taken.add(transcript.name)
    return transcript


def _renamed(record: RunRecord, taken: set[str]) -> RunRecord:
    named = {t.name: _unlike(t, taken) for t in record.transcripts}
    if all(name == transcript.name for name, transcript in named.items()):
        return record
    return replace(
        record,
        transcripts=tuple(named.values()),
        outcomes=tuple(
            replace(o, transcript=named[o.transcript].name)
            if o.transcript in named
            else o
            for o in record.outcomes
        ),
    )


def _facts(records: Sequence[RunRecord], sessions: Sequence[SessionFacts]) -> RunRecord:
    """Everything of a record but what was judged."""
    if not records:
        return _recorded(sessions)
    gateways = [r.subject for r in records if r.subject.kind != "strategy"]
    return replace(
        in_one(records), subject=gateways[-1] if gateways else records[-1].subject
    )


def in_one(records: Sequence[RunRecord]) -> RunRecord:
    """How several runs went, in one; the rest, their outcomes too, is the last one's.

    Whether they are whole, what was left open and what went wrong is told of all.
    """
    if len(records) == 1:
        return records[0]
    errors = [record.error for record in records if record.error is not None]
    return replace(
        records[-1],
        started=min(record.started for record in records),
        seconds=round(sum(record.seconds for record in records), 3),
        planned=_several(record.planned for record in records),
        transcripts=_all(record.transcripts for record in records),
        notices=_several(record.notices for record in records),
        left_open=_several(record.left_open for record in records),
        complete=all(record.complete for record in records),
        partial=any(record.partial for record in records),
        interrupted=any(record.interrupted for record in records),
        error=errors[-1] if errors else None,
        faults=_several(record.faults for record in records),
    )


def _several(rows: Iterable[Sequence[Each]]) -> tuple[Each, ...]:
    return tuple(dict.fromkeys(each for row in rows for each in row))


def _all(rows: Iterable[Sequence[Each]]) -> tuple[Each, ...]:
    return tuple(each for row in rows for each in row)


def _recorded(sessions: Sequence[SessionFacts]) -> RunRecord:
    """The facts where nothing was played: those of the newest session."""
    newest = max(sessions, key=lambda s: s.ended, default=None)
    subject = SubjectFacts("session", "")
    if newest is not None:
        subject = SubjectFacts(
            "session",
            newest.gateway,
            newest.version,
            newest.git_sha,
            newest.platforms,
            digest=newest.strategy_sha256,
        )
    return RunRecord(
        subject=subject,
        seed=0,
        command_line="",
        started=newest.started if newest else "",
        seconds=sum(s.seconds for s in sessions),
        planned=(),
        outcomes=(),
        transcripts=(),
        complete=True,
    )


def _joined(rows: Sequence[Sequence[Outcome]]) -> tuple[Outcome, ...]:
    """The outcomes of several runs, check by check; one run's stay as they are."""
    if len(rows) == 1:
        return tuple(rows[0])
    by_check: dict[tuple[str, str, str], list[list[Outcome]]] = {}
    for row in rows:
        mine: dict[tuple[str, str, str], list[Outcome]] = {}
        for outcome in row:
            key = (outcome.requirement, outcome.check, outcome.script)
            mine.setdefault(key, []).append(outcome)
        for key, found in mine.items():
            by_check.setdefault(key, []).append(found)
    return _all(_standing(found) for found in by_check.values())


def _standing(found: Sequence[Sequence[Outcome]]) -> tuple[Outcome, ...]:
    """What several runs say of one check: all that is bad, else the best decided."""
    verdicts = [worst(o.verdict for o in row) for row in found]
    if BAD & set(verdicts):
        return _all(
            row for row, verdict in zip(found, verdicts, strict=True) if verdict in BAD
        )
    stands = min(verdicts, key=RANK.index)
    return tuple(found[verdicts.index(stands)])


def of_all_sessions(
    sessions: Sequence[SessionFacts], played: Sequence[Outcome]
) -> tuple[Outcome, ...]:
    """What the sessions add to what runs have decided.

    A backtest speaks of little; and what holds on any transcript is not open because
    a session never came to it.
    """
    decided = {
        o.requirement
        for o in played
        if o.verdict not in (Verdict.NOT_VERIFIED, Verdict.NOT_APPLICABLE)
    }
    found: dict[tuple[str, str], list[list[Outcome]]] = {}
    for session in sessions:
        mine: dict[tuple[str, str], list[Outcome]] = {}
        for outcome in map(_yet_to_show, session.outcomes):
            if _counts(session, outcome, decided):
                key = (outcome.requirement, outcome.check)
                mine.setdefault(key, []).append(outcome)
        for key, rows in mine.items():
            found.setdefault(key, []).append(rows)
    return _all(_of_sessions(name, rows) for (name, _), rows in found.items())


def _yet_to_show(outcome: Outcome) -> Outcome:
    """What has not been recorded for long enough is open: nobody did wrong."""
    names = checklist().sessions.yet_to_show
    if outcome.verdict is not Verdict.VIOLATED or outcome.requirement not in names:
        return outcome
    told = " ".join(finding.sentence for finding in outcome.findings)
    return replace(outcome, verdict=Verdict.NOT_VERIFIED, reason=told, findings=())


def _counts(session: SessionFacts, outcome: Outcome, decided: set[str]) -> bool:
    name = outcome.requirement
    if requirement(name).needs != "session":
        return outcome.verdict in BAD or name not in decided
    of_a_backtest = checklist().sessions.of_a_backtest
    return session.kind != "backtest" or name in of_a_backtest


def _of_sessions(name: str, found: Sequence[Sequence[Outcome]]) -> tuple[Outcome, ...]:
    """What several sessions say of one check; for some, one that met it is enough.

    What one of them leaves open stays open: who judged them together has taken out
    what another one shows.
    """
    if name in checklist().sessions.one_suffices:
        met = [row for row in found if worst(o.verdict for o in row) is Verdict.MET]
        if met:
            return tuple(met[0])
    return _all(found) if requirement(name).needs == "session" else _standing(found)
