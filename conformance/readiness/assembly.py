"""Makes one Readiness of a run: requirements, items, the decision, the exit status."""

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from typing import Any

from conformance import __version__
from conformance.judge.record import RunRecord
from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.readiness.decision import exit_status, standing
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
    StrategyIdentity,
    WaiverShown,
)
from conformance.readiness.reproduction import Reproducer
from conformance.readiness.standing import (
    Reproduce,
    item_standing,
    kill_proofs,
    requirement_standing,
    waiver_state,
)
from conformance.readiness.waivers import Waiver
from conformance.spec.catalogue import catalogue_sha256, load_catalogue
from conformance.spec.checklist import checklist
from conformance.spec.documents import document_sha256
from conformance.spec.platforms import Mode, platform_of

NO_PROOF = KillProof((), 0)


def assemble(
    record: RunRecord,
    waivers: Sequence[Waiver] = (),
    today: date = date.min,
    stage: str | None = None,
    kill_matrix: Mapping[str, Any] | None = None,
) -> Readiness:
    """Everything that a report says of one run.

    `stage` is the one that the user asked to enter; without one the report speaks of
    live-small and the exit status of the requirements alone.
    """
    requirements = _requirements(record, waivers, today, kill_matrix)
    items = tuple(item_standing(item, requirements) for item in checklist().items)
    problems = _waiver_problems(requirements, record.partial)
    drill = is_drill(record)
    decision = standing(stage, items, requirements, drill=drill, record=record)
    status = exit_status(record, requirements, problems, decision)
    return Readiness(
        schema_version=SCHEMA_VERSION,
        identity=_identity(record, drill),
        run=_run_facts(record, status),
        readiness=decision,
        items=items,
        account=Account(record.account_before, record.account_after),
        doctor=tuple(
            NoticeShown(n.level, n.topic, n.sentence, n.fix) for n in record.notices
        ),
        requirements=requirements,
        counts=_counts(requirements),
        waiver_problems=problems,
    )


def is_drill(record: RunRecord) -> bool:
    """Whether nothing but a simulation was judged, which never reads READY."""
    if record.subject.kind == "embedded":
        return True
    if record.subject.kind == "pair":
        return record.subject.address == "embedded"
    if record.subject.kind == "strategy":
        # It is the strategy itself that is judged, whatever is played around it.
        return False
    if not record.subject.platforms:
        # A run that ended before anything was judged has not seen what is there.
        return record.error is None
    known = [platform_of(name) for name in record.subject.platforms]
    return any(p is not None and p.mode is Mode.SIMULATED for p in known)


def shipped_kill_matrix() -> Mapping[str, Any]:
    """The kill matrix that ships with the package; empty where none was made."""
    path = resources.files("conformance.spec") / "kill_matrix.json"
    if not path.is_file():
        return {}
    matrix: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return matrix


def _requirements(
    record: RunRecord,
    waivers: Sequence[Waiver],
    today: date,
    kill_matrix: Mapping[str, Any] | None,
) -> tuple[RequirementStanding, ...]:
    outcomes: dict[str, list[Outcome]] = {}
    for outcome in record.outcomes:
        outcomes.setdefault(outcome.requirement, []).append(outcome)
    planned = {requirement for _, requirement in record.planned}
    proofs = kill_proofs(shipped_kill_matrix() if kill_matrix is None else kill_matrix)
    waived = {w.requirement: w for w in waivers}
    reproduce = reproducing(record)
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
            )
        )
    return tuple(found)


def reproducing(record: RunRecord) -> Reproduce:
    """How a finding is seen again: its requests, or for a strategy its script."""
    facts = record.subject
    if facts.kind not in ("strategy", "pair"):
        return Reproducer(record.transcripts).line
    scripts = {t.name: t.header.script for t in record.transcripts}
    asked = f"--strategy-cmd {shlex.quote(facts.strategy or facts.address)}"
    if facts.kind == "pair":
        asked += f" --gateway-cmd {shlex.quote(facts.address)}"

    def line(name: str, _: tuple[int, ...]) -> str:
        script = scripts.get(name, name)
        return f"pytest {asked} gateway-conformance/{script}"

    return line


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


def _identity(record: RunRecord, drill: bool) -> Identity:
    facts = record.subject
    strategy = None
    if facts.kind in ("strategy", "pair"):
        command = facts.strategy or facts.address
        strategy = StrategyIdentity(command, facts.digest)
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
        ),
        seed=record.seed,
        command=record.command_line,
        drill=drill,
        strategy=strategy,
    )


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
    )


def _counts(requirements: Sequence[RequirementStanding]) -> dict[str, int]:
    found = Counter(str(r.verdict) for r in requirements if not r.excluded)
    counts = {str(verdict): found.get(str(verdict), 0) for verdict in Verdict}
    counts["excluded"] = sum(r.excluded is not None for r in requirements)
    return counts
