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
        ids = [self.requirement.id, *(r.id for r, _ in self.beneath)]
        return tuple(dict.fromkeys(ids))


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


def masked(sentence: str) -> str:
    """The sentence without the ids and numbers that differ from case to case."""
    return _VARYING.sub("…", sentence)
