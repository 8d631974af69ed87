"""What is otherwise in a second report than in a first, and what of it is worse."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.judge.record import judged_of
from conformance.judge.verdict import Verdict
from conformance.readiness.model import (
    Decision,
    ItemVerdict,
    MetricStanding,
    Readiness,
    RequirementStanding,
)

ABSENT = "not there"


class Turn(StrEnum):
    """Which way something changed; the first is told first."""

    WORSE = "worse"
    BETTER = "better"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise: its kind, its name, what was and what is said."""

    kind: str
    name: str
    before: str
    after: str
    turn: Turn
    told: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes, the worse ones first, and how many requirements are as before."""

    changes: tuple[Change, ...]
    alike: int

    @property
    def worse(self) -> int:
        """How many of them are worse."""
        return sum(c.turn is Turn.WORSE for c in self.changes)


# From good to bad; what has one place is neither better nor worse than the other.
_VERDICTS = {
    Verdict.MET: 0,
    Verdict.NOT_APPLICABLE: 0,
    Verdict.WARNED: 1,
    Verdict.NOT_VERIFIED: 2,
    Verdict.VIOLATED: 3,
    Verdict.SUITE_FAULT: 4,
}
_ITEMS = {ItemVerdict.MET: 0, ItemVerdict.NOT_VERIFIED: 2, ItemVerdict.NOT_MET: 3}
_DECISIONS = {
    Decision.READY: 0,
    Decision.READY_WITH_WAIVERS: 1,
    Decision.NOT_PROVEN: 2,
    Decision.NOT_READY: 3,
}
RANKS: Mapping[str, int] = {
    str(said): place
    for kind in (_VERDICTS, _ITEMS, _DECISIONS)
    for said, place in kind.items()
}
"""By what the reports say: "met" and "not verified" have one place in both kinds."""


def incomparable(one: Readiness, other: Readiness) -> tuple[str, ...]:
    """Why two reports do not speak of the same; nothing where they do."""
    pairs = (
        ("subject", kind_of(one), kind_of(other)),
        (
            "requirement set",
            one.identity.requirement_set[:12],
            other.identity.requirement_set[:12],
        ),
        (
            "contract",
            one.identity.contract_sha256[:12],
            other.identity.contract_sha256[:12],
        ),
    )
    return tuple(
        f"the {what} is another: {mine}, {theirs}"
        for what, mine, theirs in pairs
        if mine != theirs
    )


def kind_of(readiness: Readiness) -> str:
    """What was judged: a Gateway, a strategy, or what several runs tell together."""
    if readiness.runs is not None and len({r.subject for r in readiness.runs}) > 1:
        return " and ".join(sorted({r.subject for r in readiness.runs}))
    return subject_of(readiness)


def subject_of(readiness: Readiness) -> str:
    """What one run judged: its Gateway may be ours, played to a strategy."""
    return judged_of(readiness.identity.gateway.kind)


def difference(one: Readiness, other: Readiness) -> Difference:
    """What changed from one report to the other."""
    changes = [
        *_stages(one, other),
        *_items(one, other),
        *_failure_modes(one, other),
        *_requirements(one, other),
        *_metrics(one, other),
        *_statements(one, other),
    ]
    order = list(Turn)
    changes.sort(key=lambda change: order.index(change.turn))
    touched = {c.name for c in changes if c.kind == "requirement"}
    alike = sum(r.id not in touched for r in other.requirements if not r.excluded)
    return Difference(tuple(changes), alike)


def _turn(before: str, after: str) -> Turn:
    """What cannot be ranked has changed, and no more is said."""
    was, now = RANKS.get(before), RANKS.get(after)
    if was is None or now is None or was == now:
        return Turn.CHANGED
    return Turn.WORSE if now > was else Turn.BETTER


def _pairs(
    kind: str,
    before: Iterable[tuple[str, str, str]],
    after: Iterable[tuple[str, str, str]],
) -> Iterator[Change]:
    """Changes between rows of name, verdict and text."""
    was, now = ({row[0]: row for row in rows} for rows in (before, after))
    for name in {**was, **now}:
        one, other = was.get(name), now.get(name)
        first, second = (row[1] if row else ABSENT for row in (one, other))
        if first == second:
            continue
        told = (other or one or ("", "", ""))[2]
        yield Change(kind, name, first, second, _turn(first, second), told)


def _stages(one: Readiness, other: Readiness) -> Iterator[Change]:
    def rows(readiness: Readiness) -> Iterator[tuple[str, str, str]]:
        if readiness.stages is None:
            told = readiness.readiness
            yield told.stage, told.verdict, ""
        for stage in readiness.stages or ():
            yield stage.name, stage.verdict, stage.title

    return _pairs("stage", rows(one), rows(other))


def _items(one: Readiness, other: Readiness) -> Iterator[Change]:
    def rows(readiness: Readiness) -> Iterator[tuple[str, str, str]]:
        return ((str(i.number), i.verdict, i.title) for i in readiness.items)

    return _pairs("item", rows(one), rows(other))


def _failure_modes(one: Readiness, other: Readiness) -> Iterator[Change]:
    if one.failure_modes is None or other.failure_modes is None:
        return iter(())

    def rows(readiness: Readiness) -> Iterator[tuple[str, str, str]]:
        modes = readiness.failure_modes or ()
        return ((m.name, m.verdict, m.title) for m in modes)

    return _pairs("failure mode", rows(one), rows(other))


def _requirements(one: Readiness, other: Readiness) -> Iterator[Change]:
    def rows(readiness: Readiness) -> Iterator[tuple[str, str, str]]:
        told = (r for r in readiness.requirements if not r.excluded)
        return ((r.id, r.verdict, r.sentence) for r in told)

    yield from _pairs("requirement", rows(one), rows(other))
    was = {r.id: r for r in one.requirements}
    for now in other.requirements:
        before = was.get(now.id)
        if before is not None and before.verdict == now.verdict:
            yield from _beneath(before, now)


def _beneath(before: RequirementStanding, now: RequirementStanding) -> Iterator[Change]:
    """One verdict, but another provider that broke it, or a waiver that ended."""
    for provider, after in now.providers.items():
        known = before.providers.get(provider)
        if known is not None and known != after:
            turn = _turn(known, after)
            told = f"with the provider {provider}: {now.sentence}"
            yield Change("requirement", now.id, known, after, turn, told)
    states = tuple(r.waiver.state if r.waiver else ABSENT for r in (before, now))
    if states[0] != states[1]:
        ended = states[0] == "valid" and now.verdict is Verdict.VIOLATED
        turn = Turn.WORSE if ended else Turn.CHANGED
        yield Change("waiver", now.id, states[0], states[1], turn, now.sentence)


def _metrics(one: Readiness, other: Readiness) -> Iterator[Change]:
    """By their verdict, else by their value: which of two is better, no rule says."""
    was, now = _by_name(one.metrics or ()), _by_name(other.metrics or ())
    for key in was.keys() & now.keys():
        before, after = was[key], now[key]
        if (before.verdict, before.value) == (after.verdict, after.value):
            continue
        turn = _turn(before.verdict, after.verdict)
        yield Change(
            "metric",
            f"{after.name} ({after.session})" if after.session else after.name,
            _metric(before),
            _metric(after),
            turn,
            after.title,
        )


def _statements(one: Readiness, other: Readiness) -> Iterator[Change]:
    """What persons said: one that holds no longer is worse."""
    was = {a.statement: a for a in one.attestations or ()}
    for now in other.attestations or ():
        before = was.get(now.statement)
        if before is None or before.state == now.state:
            continue
        turn = {"valid": Turn.WORSE}.get(before.state, Turn.CHANGED)
        turn = Turn.BETTER if now.state == "valid" else turn
        yield Change(
            "statement", now.statement, before.state, now.state, turn, now.title
        )


def _by_name(metrics: Iterable[MetricStanding]) -> dict[Hashable, MetricStanding]:
    """By the metric, and the session too where there is more than one."""
    rows = tuple(metrics)
    several = len({m.session for m in rows}) > 1
    return {(m.name, m.session if several else ""): m for m in rows}


def _metric(metric: MetricStanding) -> str:
    value = metric.value or "no value"
    return f"{metric.verdict} ({value} of {metric.sample})"
