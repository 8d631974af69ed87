"""Decides what is said of each requirement and each item."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from conformance.judge.finding import Finding
from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.readiness.backing import (
    AttestationStanding,
)
from conformance.readiness.case import counts
from conformance.readiness.model import (
    CheckShown,
    FindingShown,
    ItemStanding,
    ItemVerdict,
    KillProof,
    RequirementStanding,
    WaiverShown,
)
from conformance.readiness.waivers import Waiver
from conformance.spec.catalogue import Requirement
from conformance.spec.checklist import Item

Reproduce = Callable[[str, tuple[int, ...]], str]
"""From a script and entry numbers to the line that shows it again."""

WAITS = {
    "engine": "this version has no check for it: it needs a played upstream",
    "venue": "this version has no check for it: it needs a played broker",
    "strategy": "this version has no check for it: it needs a strategy",
    "session": "it needs a recorded session",
    "fuzz": "this version has no check for it: it needs fuzzing",
}

LACKS = {
    "strategy": "it needs a run with --strategy-cmd",
    "session": "it needs a recorded session",
}

RUNS = {
    "gateway": "a run on a Gateway",
    "strategy": "a strategy's run",
    "session": "a session on a broker's platform",
}


def requirement_standing(
    requirement: Requirement,
    outcomes: tuple[Outcome, ...],
    planned: bool,
    proof: KillProof,
    waiver: WaiverShown | None,
    reproduce: Reproduce,
    has: frozenset[str] = frozenset(),
) -> RequirementStanding:
    """What is said of one requirement; `has` are the kinds of evidence there are."""
    verdict = worst(o.verdict for o in outcomes)
    return RequirementStanding(
        id=requirement.id,
        level=str(requirement.level),
        family=requirement.family,
        sentence=requirement.sentence,
        source=requirement.source,
        verdict=verdict,
        reason=_reason(requirement, outcomes, planned, verdict, has),
        items=requirement.items,
        failure_modes=requirement.failure_modes,
        excluded=requirement.excluded or None,
        planned=planned,
        checks=tuple(
            CheckShown(o.check, o.script, o.verdict, o.reason, o.provider, o.transcript)
            for o in outcomes
        ),
        providers=_providers(outcomes),
        findings=tuple(
            _shown(o, finding, reproduce) for o in outcomes for finding in o.findings
        ),
        can_fail=proof,
        waiver=waiver,
    )


def _reason(
    requirement: Requirement,
    outcomes: tuple[Outcome, ...],
    planned: bool,
    verdict: Verdict,
    has: frozenset[str],
) -> str:
    if requirement.excluded:
        return requirement.excluded
    if outcomes:
        told = (o.reason for o in outcomes if o.verdict is verdict and o.reason)
        return "; ".join(dict.fromkeys(told))
    if planned:
        return "the run ended before it was decided"
    if requirement.waits_for:
        return WAITS.get(requirement.needs, "this version has no check for it")
    lacks = "" if requirement.needs in has else LACKS.get(requirement.needs, "")
    return lacks or "it was not part of this run"


def _providers(outcomes: tuple[Outcome, ...]) -> dict[str, str]:
    names = dict.fromkeys(o.provider for o in outcomes if o.provider)
    return {
        name: str(worst(o.verdict for o in outcomes if o.provider == name))
        for name in names
    }


def _shown(outcome: Outcome, finding: Finding, reproduce: Reproduce) -> FindingShown:
    return FindingShown(
        sentence=finding.sentence,
        # What no entry shows stands with the script's first transcript.
        transcript=f"transcripts/{outcome.transcript or outcome.script}.jsonl",
        entries=finding.entries,
        reproduce=reproduce(outcome.transcript, finding.entries),
        provider=outcome.provider,
        cause=finding.cause,
        key=finding.key,
    )


def waiver_state(waiver: Waiver, verdict: Verdict, today: date) -> str:
    """valid, expired, stale (nothing to waive) or unmatched (it was not judged)."""
    if waiver.expires < today:
        return "expired"
    if verdict is Verdict.VIOLATED:
        return "valid"
    if verdict in (Verdict.MET, Verdict.WARNED, Verdict.NOT_APPLICABLE):
        return "stale"
    return "unmatched"


def item_standing(
    item: Item,
    requirements: Iterable[RequirementStanding],
    statements: Sequence[AttestationStanding],
    has: Collection[str],
) -> ItemStanding:
    """What is said of one item: one violated requirement is enough for "not met".

    `has` are the kinds of evidence that there are: gateway, strategy, session.
    """
    mine = [r for r in requirements if item.number in r.items and not r.excluded]
    bad = [r.id for r in mine if r.verdict is Verdict.VIOLATED]
    missing = tuple(_missing(item, mine, statements, has))
    if bad:
        verdict, reason = ItemVerdict.NOT_MET, f"violated: {', '.join(bad)}"
    elif missing:
        verdict, reason = ItemVerdict.NOT_VERIFIED, "missing: " + "; ".join(missing)
    else:
        verdict, reason = ItemVerdict.MET, _waiting(mine)
    ids = tuple(r.id for r in mine)
    return ItemStanding(item.number, item.title, verdict, reason, ids, item.attested)


UNDECIDED = frozenset({Verdict.NOT_VERIFIED, Verdict.SUITE_FAULT})


def _missing(
    item: Item,
    mine: Sequence[RequirementStanding],
    statements: Sequence[AttestationStanding],
    has: Collection[str],
) -> Iterator[str]:
    yield from (RUNS[kind] for kind in item.asks if kind not in has)
    for statement in statements:
        if statement.statement in item.attested and statement.state != "valid":
            told = "" if statement.state == "missing" else f" ({statement.state})"
            yield f"an attestation of {statement.title[0].lower()}" + (
                f"{statement.title[1:]}{told}"
            )
    open_ = sum(counts(r) and r.verdict in UNDECIDED for r in mine)
    if open_:
        word = "requirement" if open_ == 1 else "requirements"
        yield f"{open_} {word} that nothing has decided yet"


def _waiting(mine: Sequence[RequirementStanding]) -> str:
    """What an item that is met says of requirements that have no check yet."""
    waiting = sum(not counts(r) for r in mine)
    if not waiting:
        return ""
    told = "requirement has" if waiting == 1 else "requirements have"
    return f"{waiting} more {told} no check in this version"


def kill_proofs(matrix: Mapping[str, object] | None) -> Mapping[str, KillProof]:
    """The kill matrix by requirement."""
    rows = (matrix or {}).get("requirements", {})
    if not isinstance(rows, dict):
        return {}
    return {
        name: KillProof(tuple(row["mutants"]), int(row["killed"]))
        for name, row in rows.items()
    }
