"""Joins findings that have one cause, so that each cause is told once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.readiness.model import FindingShown, RequirementStanding

_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\w*\d[\w.:-]*")


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: the first finding that shows it, and what else comes of it."""

    requirement: RequirementStanding
    finding: FindingShown
    beneath: tuple[tuple[RequirementStanding, FindingShown], ...]

    @property
    def requirements(self) -> tuple[str, ...]:
        """The ids of every requirement that this cause breaks."""
        return tuple(r.id for r in self.standings)

    @property
    def standings(self) -> tuple[RequirementStanding, ...]:
        """Every requirement that this cause breaks, each once."""
        mine = (self.requirement, *(r for r, _ in self.beneath))
        return tuple({r.id: r for r in mine}.values())

    @property
    def labels(self) -> tuple[str, ...]:
        """The ids, each with what is to be said of its waiver."""
        notes = ((r.id, waiver_note(r)) for r in self.standings)
        return tuple(f"{name} ({note})" if note else name for name, note in notes)


def causes(requirements: Iterable[RequirementStanding]) -> tuple[Cause, ...]:
    """The causes of all findings, in the order of the requirements."""
    joined: dict[str, list[tuple[RequirementStanding, FindingShown]]] = {}
    for requirement in requirements:
        for finding in requirement.findings:
            key = finding.key or f"{requirement.id} {masked(finding.sentence)}"
            joined.setdefault(key, []).append((requirement, finding))
    return tuple(
        Cause(first[0], first[1], tuple(rest)) for first, *rest in joined.values()
    )


def waiver_note(requirement: RequirementStanding) -> str:
    """Whether a violation is accepted: an expired waiver accepts nothing."""
    waiver = requirement.waiver
    if waiver is None or waiver.state not in ("valid", "expired"):
        return ""
    if waiver.state == "valid":
        return f"waived: {waiver.reason}"
    return f"its waiver expired on {waiver.expires}"


def masked(sentence: str) -> str:
    """The sentence without the ids and numbers that differ from case to case."""
    return _VARYING.sub("…", sentence)
