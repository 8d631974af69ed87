"""Makes one Readiness of a dossier: requirements, items, stages, the exit status."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib import resources
from typing import Any

from conformance import __version__
from conformance.judge.capabilities import RECORDED
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.readiness.backing import (
    RunShown,
)
from conformance.readiness.capable import capability_standings
from conformance.readiness.case import Case, kinds_of
from conformance.readiness.combining import combined
from conformance.readiness.decision import exit_status, next_stage, standing
from conformance.readiness.dossier import Dossier, Run
from conformance.readiness.drill import is_drill
from conformance.readiness.hollow import hollow_warnings
from conformance.readiness.matching import Matched, matched
from conformance.readiness.model import (
    SCHEMA_VERSION,
    Account,
    GatewayIdentity,
    Identity,
    KillProof,
    NoticeShown,
    Readiness,
    RequirementStanding,
    RunFacts,
    SlowestScript,
    Standing,
    StrategyIdentity,
    WaiverShown,
)
from conformance.readiness.monitoring import failure_modes, metrics
from conformance.readiness.reproducing import reproducing
from conformance.readiness.stages import stage_standings
from conformance.readiness.standing import (
    item_standing,
    kill_proofs,
    requirement_standing,
    waiver_state,
)
from conformance.readiness.statements import statement_standings
from conformance.readiness.validity import validity
from conformance.readiness.waivers import Waiver
from conformance.spec.catalogue import catalogue_sha256, load_catalogue
from conformance.spec.checklist import checklist
from conformance.spec.documents import document_sha256

NO_PROOF = KillProof((), 0)
NOTHING = Dossier()
SLOWEST = 10


def assemble(
    record: RunRecord,
    waivers: Sequence[Waiver] = (),
    today: date = date.min,
    stage: str | None = None,
    kill_matrix: Mapping[str, Any] | None = None,
    declared: Dossier = NOTHING,
) -> Readiness:
    """Everything that a report says of one run alone: of no session, and no host.

    Of `declared` the profile counts, and the digests of the user's files.
    """
    dossier = replace(declared, runs=(Run(record),), waivers=tuple(waivers))
    told, _ = decided(dossier, today, stage, kill_matrix=kill_matrix)
    return replace(told, sessions=None, comparisons=None, host=None, runs=None)


def decided(
    dossier: Dossier,
    today: date = date.min,
    stage: str | None = None,
    *,
    command: str | None = None,
    kill_matrix: Mapping[str, Any] | None = None,
) -> tuple[Readiness, RunRecord]:
    """Everything that a report says of a dossier, and the record that it is made of.

    `stage` is the one that the user asked to enter; without one the report speaks of
    live-small and the exit status of the requirements alone.
    """
    found = matched(dossier)
    kept = found.dossier
    record = combined(
        [run.record for run in kept.runs], kept.sessions, kept.of_sessions
    )
    if command is not None:
        record = replace(record, command_line=command)
    requirements = _requirements(record, kept, today, kill_matrix)
    case = _case(found, record, requirements, today)
    problems = _waiver_problems(requirements, record.partial)
    stages = stage_standings(case)
    decision = standing(stage, stages)
    status = exit_status(record, requirements, problems, decision)
    told = replace(
        _seen(case, _run_facts(record, status), decision),
        waiver_problems=problems,
        stages=stages,
        next_stage=next_stage(stages),
        runs=_runs(dossier, found),
    )
    return told, record


def _seen(case: Case, run: RunFacts, decision: Standing) -> Readiness:
    """What a report says of a case, but for the stages and what was set aside."""
    record, kept = case.record, case.dossier
    return Readiness(
        schema_version=SCHEMA_VERSION,
        identity=_identity(case),
        run=run,
        readiness=decision,
        items=case.items,
        account=Account(record.account_before, record.account_after),
        doctor=tuple(
            NoticeShown(n.level, n.topic, n.sentence, n.fix) for n in record.notices
        ),
        requirements=case.requirements,
        counts=_counts(case.requirements),
        waiver_problems=(),
        failure_modes=failure_modes(case.requirements),
        metrics=metrics(case),
        attestations=case.statements,
        sessions=tuple(replace(s, outcomes=()) for s in kept.sessions),
        comparisons=kept.comparisons,
        host=kept.host,
        validity=validity(case),
        hollow=hollow_warnings(kept.runs, kept.sessions, case.requirements),
    )


def _case(
    found: Matched,
    record: RunRecord,
    requirements: tuple[RequirementStanding, ...],
    today: date,
) -> Case:
    kept, has = found.dossier, kinds_of(found.dossier)
    statements = statement_standings(kept, found.subjects, today)
    return Case(
        dossier=kept,
        subjects=found.subjects,
        aside=found.aside,
        record=record,
        requirements=requirements,
        items=tuple(
            item_standing(item, requirements, statements, has)
            for item in checklist().items
        ),
        statements=statements,
        drill=is_drill(kept),
        today=today,
    )


def _runs(dossier: Dossier, found: Matched) -> tuple[RunShown, ...]:
    aside = {each.folder: each.why for each in found.aside if each.what == "run"}
    return tuple(
        RunShown(
            folder=run.folder,
            subject=run.record.subject.judged,
            address=run.record.subject.address,
            started=run.record.started,
            complete=run.record.complete,
            digest=run.digest,
            set_aside=aside.get(run.folder, ""),
        )
        for run in dossier.runs
    )


def shipped_kill_matrix() -> Mapping[str, Any]:
    """The kill matrix that ships with the package; empty where none was made."""
    path = resources.files("conformance.spec") / "kill_matrix.json"
    if not path.is_file():
        return {}
    matrix: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return matrix


def _requirements(
    record: RunRecord,
    dossier: Dossier,
    today: date,
    kill_matrix: Mapping[str, Any] | None,
) -> tuple[RequirementStanding, ...]:
    outcomes: dict[str, list[Outcome]] = {}
    for outcome in record.outcomes:
        outcomes.setdefault(outcome.requirement, []).append(outcome)
    planned = {requirement for _, requirement in record.planned}
    proofs = kill_proofs(shipped_kill_matrix() if kill_matrix is None else kill_matrix)
    waived = {w.requirement: w for w in dossier.waivers}
    reproduce, has = reproducing(dossier), kinds_of(dossier)
    found = []
    for requirement in load_catalogue():
        mine = tuple(outcomes.get(requirement.id, ()))
        waiver = _waiver(waived.get(requirement.id), mine, today)
        found.append(
            requirement_standing(
                requirement,
                mine,
                requirement.id in planned,
                proofs.get(requirement.id, NO_PROOF),
                waiver,
                reproduce,
                has,
            )
        )
    return tuple(found)


def _waiver(
    waiver: Waiver | None, outcomes: tuple[Outcome, ...], today: date
) -> WaiverShown | None:
    if waiver is None:
        return None
    state = waiver_state(waiver, worst(o.verdict for o in outcomes), today)
    expires = waiver.expires.isoformat()
    return WaiverShown(waiver.reason, waiver.owner, expires, state)


def _waiver_problems(
    requirements: Sequence[RequirementStanding], partial: bool
) -> tuple[str, ...]:
    """What is wrong with waivers; a part of the suite need not match them all."""
    meant = {
        "expired": "expired on {0}",
        "stale": "is stale: the requirement is not violated any more",
        "unmatched": "is unmatched: this run did not judge the requirement",
    }
    return tuple(
        f"the waiver of {r.id} ({r.waiver.owner}) "
        + meant[r.waiver.state].format(r.waiver.expires)
        for r in requirements
        if r.waiver is not None
        and r.waiver.state in meant
        and not (partial and r.waiver.state == "unmatched")
    )


def _identity(case: Case) -> Identity:
    facts = case.record.subject
    return Identity(
        suite_version=__version__,
        requirement_set=catalogue_sha256(),
        contract_sha256=document_sha256(),
        gateway=GatewayIdentity(
            facts.kind,
            facts.address,
            facts.version,
            facts.git_sha,
            facts.platforms,
            facts.clock_skew_seconds,
            facts.capabilities,
        ),
        seed=case.record.seed,
        command=case.record.command_line,
        drill=case.drill,
        strategy=_strategy(case),
        capabilities=capability_standings(case.record, case.requirements),
    )


def _strategy(case: Case) -> StrategyIdentity | None:
    for run in reversed(case.dossier.runs):
        facts = run.record.subject
        if run.about_strategy:
            return StrategyIdentity(facts.strategy or facts.address, facts.digest)
    if case.subjects.strategy:
        command = case.dossier.profile.command
        return StrategyIdentity(command, case.subjects.strategy)
    return None


def _run_facts(record: RunRecord, status: int) -> RunFacts:
    ended = [(t.ending.seconds, t.name) for t in record.transcripts]
    seconds, name = max(ended, default=(0.0, ""))
    return RunFacts(
        started=record.started,
        seconds=record.seconds,
        slowest_script=SlowestScript(name, seconds) if ended else None,
        exit_status=status,
        complete=record.complete,
        interrupted=record.interrupted,
        error=record.error,
        faults=record.faults,
        left_open=record.left_open,
        slowest_scripts=_slowest(record),
    )


def _slowest(record: RunRecord) -> tuple[SlowestScript, ...]:
    """The ten scripts that took longest; a recorded session is none."""
    ended = [
        (t.ending.seconds, t.name)
        for t in record.transcripts
        if t.header.instance != RECORDED
    ]
    longest = sorted(ended, key=lambda pair: (-pair[0], pair[1]))[:SLOWEST]
    return tuple(SlowestScript(name, seconds) for seconds, name in longest)


def _counts(requirements: Sequence[RequirementStanding]) -> dict[str, int]:
    found = Counter(str(r.verdict) for r in requirements if not r.excluded)
    counts = {str(verdict): found.get(str(verdict), 0) for verdict in Verdict}
    counts["excluded"] = sum(r.excluded is not None for r in requirements)
    return counts
