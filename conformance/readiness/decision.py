"""Decides whether one may go on to a stage, what blocks it, and how pytest ends."""

from collections.abc import Sequence

from conformance.judge.record import RunRecord
from conformance.judge.verdict import Verdict
from conformance.readiness.model import (
    Blocker,
    Decision,
    ItemStanding,
    ItemVerdict,
    RequirementStanding,
    Standing,
)
from conformance.spec.catalogue import requirement
from conformance.spec.checklist import checklist

DEFAULT_STAGE = "live-small"


def standing(
    stage: str | None,
    items: Sequence[ItemStanding],
    requirements: Sequence[RequirementStanding],
    *,
    drill: bool,
    record: RunRecord,
) -> Standing:
    """The decision for a stage, with the shortest list of what stands in its way."""
    name = stage or DEFAULT_STAGE
    wanted = [i for i in items if i.number in checklist().stage(name).items]
    broken = sorted(filter(_stands, requirements), key=_is_about_safety, reverse=True)
    blockers = [_broken(r) for r in broken]
    blockers += [_open(i) for i in wanted if i.verdict is ItemVerdict.NOT_VERIFIED]
    if not record.complete:
        blockers.append(_incomplete(record))
    if drill:
        blockers.append(DRILL)
    return Standing(
        name, stage is not None, _decide(broken, blockers, wanted), tuple(blockers)
    )


def _is_about_safety(standing_: RequirementStanding) -> bool:
    """What could cost an account is told first."""
    return requirement(standing_.id).safety


DRILL = Blocker(
    "drill",
    "This run was a drill: nothing but a simulation was judged.",
    "Run it on the Gateway and the platform that will carry the money.",
)


def _decide(
    broken: Sequence[RequirementStanding],
    blockers: Sequence[Blocker],
    wanted: Sequence[ItemStanding],
) -> Decision:
    if broken:
        return Decision.NOT_READY
    if blockers:
        return Decision.NOT_PROVEN
    if any(i.verdict is ItemVerdict.NOT_MET for i in wanted):
        return Decision.READY_WITH_WAIVERS
    return Decision.READY


def _stands(requirement: RequirementStanding) -> bool:
    """Whether it is violated with no waiver that holds."""
    waived = requirement.waiver is not None and requirement.waiver.state == "valid"
    return requirement.verdict is Verdict.VIOLATED and not waived


def _broken(requirement: RequirementStanding) -> Blocker:
    shown = requirement.findings[0].sentence if requirement.findings else ""
    return Blocker(
        requirement.id,
        f"{requirement.sentence} {shown}".strip(),
        "Mend it, and run this requirement again: "
        f"--conformance-requirement {requirement.id}",
    )


def _open(item: ItemStanding) -> Blocker:
    return Blocker(f"item {item.number}", f"{item.title}: not verified.", item.reason)


def _incomplete(record: RunRecord) -> Blocker:
    if record.error is None and record.partial and not record.interrupted:
        return PARTIAL
    why = record.error or ("it was interrupted" if record.interrupted else "cut short")
    return Blocker("run", f"The run is not whole: {why}.", "Run it again to its end.")


PARTIAL = Blocker(
    "run",
    "The run is not whole: only a part of the suite was asked for.",
    "Run it again without -k, -x and the options that choose.",
)


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
        (1, any(_stands(r) for r in requirements) or bool(waiver_problems)),
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
