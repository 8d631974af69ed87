"""What the terminal says at the end: the worst first."""

from collections.abc import Iterator

from conformance.judge.verdict import Verdict
from conformance.readiness.model import Readiness, RequirementStanding
from conformance.report.causes import Cause, causes
from conformance.report.view.banner import banner
from conformance.report.view.capabilities import contradiction

BENEATH = 3
"""Further findings of one cause that are told in full."""


def summary_lines(readiness: Readiness) -> Iterator[str]:
    """Violated with its findings, warned, not verified, items, then the verdict."""
    yield from _doctor(readiness)
    yield from _section("violated", readiness.having(Verdict.VIOLATED))
    yield from _section("warned", readiness.having(Verdict.WARNED))
    yield from _not_verified(readiness)
    yield from readiness.waiver_problems
    yield from (f"left open on the account: {what}" for what in readiness.run.left_open)
    yield from (f"fault of the suite: {fault}" for fault in readiness.run.faults)
    if readiness.run.error:
        yield f"the run ended early: {readiness.run.error}"
    yield from hollow_lines(readiness)
    yield _counts(readiness)
    yield from _items(readiness)
    yield from _stages(readiness)
    yield from _metrics(readiness)
    yield banner(readiness).line
    yield _verdict(readiness)


def _doctor(readiness: Readiness) -> Iterator[str]:
    for notice in readiness.doctor:
        if notice.level != "ok":
            fix = f" — {notice.fix}" if notice.fix else ""
            yield f"doctor: {notice.topic}: {notice.sentence}{fix}"


def hollow_lines(readiness: Readiness) -> Iterator[str]:
    """One line for each sign that little was shown, and one for each contradiction."""
    for warning in readiness.hollow:
        where = f"{warning.where}: " if warning.where else ""
        yield f"hollow run: {where}{warning.sentence} {warning.fix}"
    for each in readiness.identity.capabilities:
        if each.state == "contradicted":
            yield f"contradicted: {contradiction(each)}"


def _section(word: str, requirements: tuple[RequirementStanding, ...]) -> Iterator[str]:
    for cause in causes(requirements):
        yield from _cause(word, cause)


def _cause(word: str, cause: Cause) -> Iterator[str]:
    yield f"{word.upper()} {', '.join(cause.labels)}"
    yield f"    {cause.finding.sentence}"
    yield f"    Required: {cause.requirement.sentence} [{cause.requirement.source}]"
    yield f"    See {cause.finding.transcript}{_entries(cause)}"
    if cause.finding.cause:
        yield f"    {cause.finding.cause}"
    for requirement, finding in cause.beneath[:BENEATH]:
        yield f"    also {requirement.id}: {finding.sentence}"
    if len(cause.beneath) > BENEATH:
        yield f"    and {len(cause.beneath) - BENEATH} more of the same cause"


def _entries(cause: Cause) -> str:
    told = ", ".join(map(str, cause.finding.entries))
    return f", entries {told}" if told else ""


def _not_verified(readiness: Readiness) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for requirement in readiness.having(Verdict.NOT_VERIFIED):
        reasons.setdefault(requirement.reason, []).append(requirement.id)
    for reason, ids in sorted(reasons.items(), key=lambda pair: -len(pair[1])):
        shown = ", ".join(ids) if len(ids) <= 6 else f"{len(ids)} requirements"
        yield f"NOT VERIFIED {shown}: {reason}"


def _counts(readiness: Readiness) -> str:
    told = (f"{n} {word}" for word, n in readiness.counts.items() if n)
    return "requirements: " + ", ".join(told)


def _items(readiness: Readiness) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for item in readiness.items:
        groups.setdefault(str(item.verdict), []).append(str(item.number))
    if groups:
        told = (f"{verdict}: {', '.join(n)}" for verdict, n in groups.items())
        yield f"items {'; '.join(told)}"


def _stages(readiness: Readiness) -> Iterator[str]:
    if readiness.stages:
        told = (f"{stage.name} {stage.verdict}" for stage in readiness.stages)
        yield f"stages: {', '.join(told)}"
    if readiness.next_stage:
        yield f"next stage: {readiness.next_stage}"


def _metrics(readiness: Readiness) -> Iterator[str]:
    for metric in (m for m in readiness.metrics or () if m.sample):
        where = f", {metric.session}" if metric.session else ""
        sample = f"n = {metric.sample}{where}"
        yield f"{metric.title}: {metric.value} ({sample}), {metric.verdict}"


def _verdict(readiness: Readiness) -> str:
    drill = "DRILL: " if readiness.identity.drill else ""
    decision = readiness.readiness
    return f"{drill}{decision.verdict} for {decision.stage}"
