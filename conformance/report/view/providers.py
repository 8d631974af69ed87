"""What each provider shows of each requirement, where brokers were played."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.judge.verdict import Verdict
from conformance.readiness.model import Readiness, RequirementStanding
from conformance.spec.catalogue import ONE_ORDER, load_catalogue
from conformance.spec.platforms import PLAYED, UNSHOWN

CANNOT = "cannot be shown"
NOT_DECIDED = "not decided"
WORST = (
    Verdict.SUITE_FAULT,
    Verdict.VIOLATED,
    Verdict.WARNED,
    Verdict.NOT_VERIFIED,
    Verdict.MET,
    Verdict.NOT_APPLICABLE,
)
"""In which order rows stand: by the worst that a broker shows."""


Reason = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one provider shows of one requirement: its verdict, or why there is none."""

    provider: str
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement, and a cell for each provider."""

    id: str
    sentence: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ProviderShown:
    """One broker: its worst finding, how often each word stands, what it cannot show.

    `unshown` and `why` are reasons, each with the requirements that it keeps open:
    that the broker cannot be played so, and every other.
    """

    provider: str
    worst: str
    finding: str
    counts: tuple[tuple[str, int], ...]
    unshown: tuple[Reason, ...]
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Requirements by providers, the worst first."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    brokers: tuple[ProviderShown, ...]


def matrix(readiness: Readiness) -> Matrix:
    """The requirements that a broker's script decided, or was to; empty without one."""
    decided = [
        r
        for r in readiness.requirements
        if not r.excluded and set(PLAYED) & set(r.providers)
    ]
    decided.sort(key=_severity)
    found = {name for r in decided for name in r.providers}
    others = sorted(found - set(PLAYED))
    columns = (*others, *(name for name in PLAYED if name in found))
    return Matrix(
        columns=columns,
        rows=tuple(_row(r, columns) for r in decided),
        brokers=tuple(_broker(name, decided) for name in columns if name in PLAYED),
    )


def _row(standing: RequirementStanding, columns: Iterable[str]) -> Row:
    cells = tuple(Cell(name, word_of(standing, name)) for name in columns)
    return Row(standing.id, standing.sentence, cells)


def word_of(standing: RequirementStanding, provider: str) -> str:
    """The verdict with this provider; else whether it could be shown at all."""
    word = standing.providers.get(provider, NOT_DECIDED)
    reasons = _reasons(standing, provider)
    if word == Verdict.NOT_VERIFIED and reasons and all(map(_unshown, reasons)):
        return CANNOT
    return word


def _unshown(reason: str) -> bool:
    return f" {UNSHOWN} " in reason


def _reasons(standing: RequirementStanding, provider: str) -> list[str]:
    return [
        c.reason
        for c in standing.checks
        if c.provider == provider and c.verdict is Verdict.NOT_VERIFIED and c.reason
    ]


def _severity(standing: RequirementStanding) -> tuple[int, int]:
    words = [w for name, w in standing.providers.items() if name in PLAYED]
    return min(map(_place, words)), _gravity(standing)


def _gravity(standing: RequirementStanding) -> int:
    """Of one verdict what comes first: that one submit became several orders."""
    if standing.id not in _safety():
        return 2
    return 0 if standing.source.startswith(ONE_ORDER) else 1


def _place(word: str) -> int:
    """A stored report may have words that nobody knows: they come last."""
    if word == CANNOT:
        word = Verdict.NOT_VERIFIED
    return WORST.index(Verdict(word)) if word in set(WORST) else len(WORST)


def _safety() -> frozenset[str]:
    return frozenset(r.id for r in load_catalogue() if r.safety)


def _broker(name: str, decided: Iterable[RequirementStanding]) -> ProviderShown:
    mine = [r for r in decided if name in r.providers]
    counts: dict[str, int] = {}
    why: dict[str, list[str]] = {}
    for each in mine:
        word = word_of(each, name)
        counts[word] = counts.get(word, 0) + 1
        for reason in dict.fromkeys(_reasons(each, name)):
            why.setdefault(reason, []).append(each.id)
    reasons = tuple((reason, tuple(ids)) for reason, ids in why.items())
    worst, finding = next(_findings(name, mine), ("", ""))
    return ProviderShown(
        provider=name,
        worst=worst,
        finding=finding,
        counts=tuple(sorted(counts.items(), key=lambda pair: _place(pair[0]))),
        unshown=tuple(each for each in reasons if _unshown(each[0])),
        why=tuple(each for each in reasons if not _unshown(each[0])),
    )


def _findings(
    name: str, standings: Iterable[RequirementStanding]
) -> Iterator[tuple[str, str]]:
    """The findings with one provider, the worst first: id and sentence."""

    def rank(standing: RequirementStanding) -> tuple[int, int]:
        return _place(standing.providers[name]), _gravity(standing)

    for each in sorted(standings, key=rank):
        for finding in each.findings:
            if finding.provider == name:
                yield each.id, finding.sentence
