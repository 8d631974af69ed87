"""Judges transcripts: which verdict each check gives, and what several takes make."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.evidence.transcript import NONSENSE, Transcript
from conformance.judge.finding import Finding, NotApplicable, NotVerified
from conformance.judge.verdict import OF_TAKES, Outcome, Verdict
from conformance.spec.catalogue import Level, requirement
from conformance.suite.check import Check, SuiteModule

DID_NOT_OCCUR = "it did not occur that "
"""How the reason of a check begins whose situation was missing: it is played again."""


def judge(module: SuiteModule, transcript: Transcript) -> tuple[Outcome, ...]:
    """What each check of a module says of one transcript."""
    try:
        return tuple(judge_check(check, transcript) for check in module.checks)
    finally:
        transcript.forget()


def judge_check(check: Check, transcript: Transcript) -> Outcome:
    """What one check says of one transcript.

    A script that lost its subject shows nothing: what it never came to do would read
    as something that the subject left out. One that was refused a step shows what it
    found until then, and no more. Invariants hold on any transcript. Else findings
    outrank a reason that the check gives itself, and that whether it occurred.
    """
    findings: list[Finding] = []
    seen: list[int] = []
    reason: str | None = None
    verdict = Verdict.NOT_VERIFIED
    ending = transcript.ending
    half = not ending.complete and not check.invariant
    read = transcript if check.invariant else transcript.until_tidied()
    try:
        for observation in check.function(read) if not half or ending.refused else ():
            if isinstance(observation, Finding):
                findings.append(observation)
            else:
                seen.extend(observation.entries)
    except NotVerified as missing:
        reason = str(missing)
    except NotApplicable as absent:
        reason, verdict = str(absent), Verdict.NOT_APPLICABLE
    if half and not (ending.refused and findings):
        findings = []
        reason, verdict = ending.error or "", Verdict.NOT_VERIFIED
    elif findings:
        reason, verdict = "", severity(check.requirement)
    elif reason is None and seen:
        reason, verdict = "", Verdict.MET
    elif reason is None:
        reason = DID_NOT_OCCUR + check.occurs
    return Outcome(
        requirement=check.requirement,
        check=check.name,
        script=transcript.header.script,
        verdict=verdict,
        reason=reason,
        findings=tuple(findings),
        occurrences=tuple(dict.fromkeys(seen)),
        instance=transcript.header.instance,
        provider=transcript.header.provider,
        transcript=transcript.name,
        seconds=transcript.ending.seconds,
    )


def faulted(module: SuiteModule, reason: str) -> tuple[Outcome, ...]:
    """What a module's checks say where the suite itself failed."""
    return tuple(
        Outcome(c.requirement, c.name, module.name, Verdict.SUITE_FAULT, reason)
        for c in module.checks
    )


def severity(requirement_id: str) -> Verdict:
    """What a finding makes of this requirement: a MUST violated, a SHOULD warned."""
    must = requirement(requirement_id).level is Level.MUST
    return Verdict.VIOLATED if must else Verdict.WARNED


def wants_another_take(outcomes: Iterable[Outcome]) -> bool:
    """Whether something did not occur that another take might show."""
    return any(
        o.verdict is Verdict.NOT_VERIFIED and o.reason.startswith(DID_NOT_OCCUR)
        for o in outcomes
    )


def join_takes(takes: Sequence[Sequence[Outcome]]) -> tuple[Outcome, ...]:
    """One outcome a check, from all takes of its script.

    What any take found stands. Else one take that showed it suffices.
    """
    by_check: dict[tuple[str, str], list[Outcome]] = {}
    for take in takes:
        for outcome in take:
            by_check.setdefault((outcome.requirement, outcome.check), []).append(
                outcome
            )
    return tuple(_join(found) for found in by_check.values())


def _join(found: Sequence[Outcome]) -> Outcome:
    return min(found, key=lambda outcome: OF_TAKES.index(outcome.verdict))


def judge_invariants(
    checks: Iterable[Check], transcripts: Sequence[Transcript]
) -> tuple[Outcome, ...]:
    """What the invariants say of all transcripts: one outcome for each that found
    something, else one outcome a check.

    Transcript by transcript: what is read from one is let go of before the next.
    """
    whole = SuiteModule("", "", None, tuple(checks))
    # What a Gateway rightly passes on of a venue that lies need not hold together.
    true = [t for t in transcripts if t.note(NONSENSE) is None]
    read = [judge(whole, transcript) for transcript in true]
    outcomes: list[Outcome] = []
    for place, check in enumerate(whole.checks):
        found = [row[place] for row in read]
        bad = [o for o in found if o.findings]
        if bad:
            outcomes.extend(bad)
        elif found:
            outcomes.append(replace(_join(found), script=check.script, transcript=""))
    return tuple(outcomes)
