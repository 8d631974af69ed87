"""Law and paper modes beside the results: what supports what, and what does not."""

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.readiness.model import Readiness, RequirementStanding
from conformance.spec.paper import PaperMode, paper_modes
from conformance.spec.regulation import Provision, regulation


@dataclass(frozen=True, slots=True)
class ProvisionShown:
    """One provision, with what this report has for it."""

    provision: Provision
    result: str
    """Counts by verdict, or that nothing was run."""
    open: bool
    """Whether anything of it is violated or undecided, or nothing was run."""


def provisions(readiness: Readiness) -> tuple[ProvisionShown, ...]:
    """Every provision of the mapping, with its result."""
    by_id = {r.id: r for r in readiness.requirements}
    return tuple(
        _shown(p, [by_id[i] for i in p.requirements if i in by_id])
        for p in regulation().provisions
    )


def _shown(provision: Provision, mine: Iterable[RequirementStanding]) -> ProvisionShown:
    counts: dict[str, int] = {}
    for each in mine:
        counts[str(each.verdict)] = counts.get(str(each.verdict), 0) + 1
    if not provision.requirements:
        return ProvisionShown(provision, "no case of ours", True)
    done = sum(n for verdict, n in counts.items() if verdict != "not verified")
    told = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
    result = told if done else f"nothing was run ({len(provision.requirements)} cases)"
    return ProvisionShown(provision, result, set(counts) != {"met"})


def realism(readiness: Readiness) -> tuple[PaperMode, ...]:
    """The paper modes of every platform that the report speaks of."""
    names = list(readiness.identity.gateway.platforms)
    names += [p for s in readiness.sessions or () for p in s.platforms]
    return paper_modes(names)
