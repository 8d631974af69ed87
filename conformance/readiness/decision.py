"""Decides for the stage that one wants to enter, and how pytest ends."""

from collections.abc import Sequence

from conformance.judge.record import RunRecord
from conformance.judge.verdict import Verdict
from conformance.readiness.model import (
    Decision,
    RequirementStanding,
    StageStanding,
    Standing,
)
from conformance.readiness.obstacles import stands

DEFAULT_STAGE = "live-small"
MAY_ENTER = (Decision.READY, Decision.READY_WITH_WAIVERS)


def standing(stage: str | None, stages: Sequence[StageStanding]) -> Standing:
    """The decision for the stage that was asked for, or the default one."""
    name = stage or DEFAULT_STAGE
    found = next(each for each in stages if each.name == name)
    return Standing(name, stage is not None, found.verdict, found.blockers)


def next_stage(stages: Sequence[StageStanding]) -> str | None:
    """The first stage that may not be entered yet; None where all may."""
    return next((s.name for s in stages if s.verdict not in MAY_ENTER), None)


def exit_status(
    record: RunRecord,
    requirements: Sequence[RequirementStanding],
    waiver_problems: Sequence[str],
    decision: Standing,
) -> int:
    """0 to 5, as the README's table says; 3 outranks 1, and 1 outranks 5."""
    ladder = (
        (3, bool(record.faults) or _any(requirements, Verdict.SUITE_FAULT)),
        (4, record.error is not None),
        (2, record.interrupted),
        (1, any(stands(r) for r in requirements) or bool(waiver_problems)),
        (1, decision.asked and decision.verdict is Decision.NOT_READY),
        (5, not _measured(record, requirements)),
        (5, decision.asked and decision.verdict is Decision.NOT_PROVEN),
    )
    return next((status for status, so in ladder if so), 0)


def _any(requirements: Sequence[RequirementStanding], verdict: Verdict) -> bool:
    return any(r.verdict is verdict for r in requirements)


def _measured(record: RunRecord, requirements: Sequence[RequirementStanding]) -> bool:
    """Whether a script was played to its end and a MUST was decided."""
    whole = any(t.ending.complete for t in record.transcripts)
    decided = {Verdict.MET, Verdict.VIOLATED}
    return whole and any(
        r.level == "MUST" and r.verdict in decided for r in requirements
    )
