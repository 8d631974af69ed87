"""The verdicts of a requirement, and how several become one: severity only rises."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.judge.finding import Finding


class Verdict(StrEnum):
    """What is said of one requirement."""

    NOT_APPLICABLE = "not applicable"
    MET = "met"
    WARNED = "warned"
    NOT_VERIFIED = "not verified"
    VIOLATED = "violated"
    SUITE_FAULT = "suite fault"


OF_TAKES = (
    Verdict.SUITE_FAULT,
    Verdict.VIOLATED,
    Verdict.WARNED,
    Verdict.MET,
    Verdict.NOT_APPLICABLE,
    Verdict.NOT_VERIFIED,
)
"""Of what one check says of several takes, what comes first here stands."""

_SEVERITY = {verdict: place for place, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The most severe; not verified where there is none."""
    found = list(verdicts)
    if not found:
        return Verdict.NOT_VERIFIED
    return max(found, key=_SEVERITY.__getitem__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check said of one transcript.

    `reason` says what would verify it, or why it does not apply; `script` and
    `instance` name the transcript.
    """

    requirement: str
    check: str
    script: str
    verdict: Verdict
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    occurrences: tuple[int, ...] = ()
    instance: str = ""
    provider: str = ""
    transcript: str = ""
    seconds: float = field(default=0.0, compare=False)
