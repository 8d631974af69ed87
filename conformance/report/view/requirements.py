"""The requirement table: rows by family, and what they can be filtered by."""

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.readiness.model import Readiness, RequirementStanding
from conformance.spec.catalogue import families


@dataclass(frozen=True, slots=True)
class Family:
    """The rows of one family."""

    name: str
    title: str
    rows: tuple[RequirementStanding, ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows, and the values that a reader may choose by."""

    families: tuple[Family, ...]
    verdicts: tuple[str, ...]
    levels: tuple[str, ...]
    items: tuple[int, ...]
    providers: tuple[str, ...]
    rows: int


def table(readiness: Readiness) -> Table:
    """The rows of all that is not excluded, family by family."""
    shown = [r for r in readiness.requirements if not r.excluded]
    return Table(
        families=tuple(_families(shown)),
        verdicts=tuple(v for v, n in readiness.counts.items() if n and v != "excluded"),
        levels=tuple(dict.fromkeys(r.level for r in shown)),
        items=tuple(i.number for i in readiness.items),
        providers=tuple(sorted({p for r in shown for p in r.providers})),
        rows=len(shown),
    )


def _families(shown: Iterable[RequirementStanding]) -> Iterable[Family]:
    titles = {f.name: f.title for f in families()}
    rows: dict[str, list[RequirementStanding]] = {}
    for requirement in shown:
        rows.setdefault(requirement.family, []).append(requirement)
    for name, mine in rows.items():
        # What this run set out to decide stands above what it did not.
        mine.sort(key=lambda r: not r.planned)
        counts: dict[str, int] = {}
        for each in mine:
            counts[str(each.verdict)] = counts.get(str(each.verdict), 0) + 1
        yield Family(name, titles.get(name, name), tuple(mine), tuple(counts.items()))
