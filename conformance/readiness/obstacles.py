"""What can stand in the way of a stage, each with what it costs and how to clear it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from conformance.judge.record import RunRecord
from conformance.judge.session.model import Comparison
from conformance.judge.verdict import Verdict
from conformance.readiness.backing import (
    AttestationStanding,
)
from conformance.readiness.case import Case
from conformance.readiness.commands import (
    ATTEST,
    for_comparison,
    for_gateway,
    for_requirement,
    for_session,
    for_strategy,
)
from conformance.readiness.dossier import day_of
from conformance.readiness.model import (
    Blocker,
    RequirementStanding,
)
from conformance.spec.catalogue import ONE_ORDER, Requirement, requirement
from conformance.spec.checklist import checklist

ONCE, SAFETY, VIOLATED, AGAINST, INCOMPARABLE, NOT_WHOLE, MISSING, OPEN, DRILL = range(
    9
)
"""How grave it is; up to AGAINST the evidence speaks against the stage."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One blocker, and how grave it is."""

    rank: int
    blocker: Blocker

    @property
    def speaks_against(self) -> bool:
        """Whether something was seen that should not be, not only something missing."""
        return self.rank <= AGAINST


def stands(standing: RequirementStanding) -> bool:
    """Whether it is violated with no waiver that holds."""
    return standing.verdict is Verdict.VIOLATED and not standing.waived


def everywhere(case: Case) -> Iterator[Obstacle]:
    """What blocks every stage: the do-not-advance conditions, and unusable evidence."""
    yield from (_violated(r, case) for r in case.requirements if stands(r))
    for comparison in case.dossier.comparisons:
        if comparison.verdict == "beyond":
            yield _diverges(comparison, case)
    yield from _set_aside(case)
    if not case.record.complete:
        yield Obstacle(NOT_WHOLE, _incomplete(case.record))
    if case.record.faults or any(map(_is_fault, case.requirements)):
        yield Obstacle(NOT_WHOLE, _faulted(case.record.faults))
    yield from _old(case)
    if case.drill:
        yield Obstacle(DRILL, A_DRILL)


A_DRILL = Blocker(
    "drill",
    "This run was a drill: nothing but a simulation was judged.",
    "Run it on the Gateway and the platform that will carry the money.",
    "A simulation never refuses, delays or charges as a broker does.",
)


def _violated(standing: RequirementStanding, case: Case) -> Obstacle:
    """A requirement that nobody answers for."""
    about = requirement(standing.id)
    shown = standing.findings[0].sentence if standing.findings else ""
    by = [n for n, word in standing.providers.items() if word == Verdict.VIOLATED]
    again = for_requirement(about, case, by)
    blocker = Blocker(
        standing.id,
        f"{standing.sentence} {shown}".strip(),
        f"Mend it, and run this requirement again: {again}",
        consequence_of(standing),
    )
    if about.safety:
        return Obstacle(ONCE if about.source.startswith(ONE_ORDER) else SAFETY, blocker)
    return Obstacle(VIOLATED, blocker)


def consequence_of(about: Requirement | RequirementStanding) -> str:
    """What it costs where a requirement does not hold: its failure mode, its item."""
    rules = checklist()
    told = {mode.name: mode.consequence for mode in rules.failure_modes}
    for mode in about.failure_modes:
        return told[mode]
    for number in about.items:
        return rules.items[number - 1].consequence
    return rules.condition("unexpected").consequence


def _diverges(comparison: Comparison, case: Case) -> Obstacle:
    beyond = [row for row in comparison.rows if row.verdict == "beyond"]
    told = ", ".join(
        f"{row.metric}{f' of {row.symbol}' if row.symbol else ''} "
        f"{row.one} against {row.other}"
        for row in beyond[:3]
    )
    condition = checklist().condition("diverges")
    sentence = (
        f"{comparison.one} and {comparison.other} differ beyond the declared "
        f"tolerances{': ' + told if told else ''}."
    )
    how = f"Find out why, and record again: {for_comparison(comparison, case)}"
    return Obstacle(
        AGAINST, Blocker("comparison", sentence, how, condition.consequence)
    )


def _set_aside(case: Case) -> Iterator[Obstacle]:
    for each in case.aside:
        name = f" {each.folder}" if each.folder else ""
        sentence = f"Nothing of the {each.what}{name} was used: {each.why}."
        again = for_session(case) if each.what == "session" else for_gateway(case)
        if "strategy" in each.why and each.what == "run":
            again = for_strategy(case)
        how = f"Make it again with what will trade, or leave it out: {again}"
        cost = "What was shown of another build says nothing of the one that trades."
        yield Obstacle(INCOMPARABLE, Blocker(each.what, sentence, how, cost))


CUT_SHORT = "What was not played may be what loses money."


def _incomplete(record: RunRecord) -> Blocker:
    if record.error is None and record.partial and not record.interrupted:
        return Blocker(
            "run",
            "The run is not whole: only a part of the suite was asked for.",
            "Run it again without -k, -x and the options that choose.",
            CUT_SHORT,
        )
    why = record.error or ("it was interrupted" if record.interrupted else "cut short")
    return Blocker(
        "run",
        f"The run is not whole: {why}.",
        "Run it again to its end.",
        CUT_SHORT,
    )


def _is_fault(standing: RequirementStanding) -> bool:
    return standing.verdict is Verdict.SUITE_FAULT


def _faulted(faults: Sequence[str]) -> Blocker:
    told = f": {faults[0].strip().splitlines()[-1][:200]}" if faults else ""
    return Blocker(
        "suite fault",
        f"The suite itself was at fault{told}.",
        "Report it, and run it again with a version in which it is mended.",
        "What a broken instrument did not see may be what loses money.",
    )


def _old(case: Case) -> Iterator[Obstacle]:
    runs = (("run", r.folder, r.record.started, r) for r in case.dossier.runs)
    sessions = (
        ("session", s.name, s.ended, None)
        for s in case.dossier.sessions
        if s.kind != "backtest"
    )
    for what, name, instant, run in (*runs, *sessions):
        why = _out_of_time(day_of(instant), instant, case.today)
        if why is None:
            continue
        again = for_session(case) if run is None else for_gateway(case)
        if run is not None and run.about_strategy:
            again = for_strategy(case)
        yield Obstacle(
            NOT_WHOLE,
            Blocker(
                what,
                f"The {what} {name} is {why}.",
                f"Make it again: {again}",
                "Brokers, machines and markets change: old evidence speaks of others.",
            ),
        )


def _out_of_time(day: date | None, instant: str, today: date) -> str | None:
    """Why evidence of a day does not speak today; None where it does."""
    days = checklist().rules.evidence_days
    if day is None:
        return f"of no day that can be read ({instant[:40]!r})"
    if today - day > timedelta(days):
        return f"of {day}: older than {days} days"
    # Somewhere it is tomorrow already; a later day was made up, or by a wrong clock.
    if day - today > timedelta(1):
        return f"of {day}, which lies in the future: a clock is wrong"
    return None


def unbound(case: Case) -> Iterator[Obstacle]:
    """A Gateway that does not say which build it is: the report binds to nothing."""
    sha = case.subjects.gateway[1]
    if "gateway" in case.has and sha in ("", "unknown"):
        yield Obstacle(
            MISSING,
            Blocker(
                "gateway build",
                "The Gateway does not say which build it is: its /health has no git "
                "sha.",
                "Start the published image, or set GIT_SHA where the Gateway is "
                "started, and judge it again.",
                "Another build, with other faults, may carry the money.",
            ),
        )


NOTHING = {
    "gateway": "No run judged the Gateway.",
    "strategy": "No run judged the strategy.",
    "session": "No session was recorded on a broker's platform.",
}


def without(kind: str, case: Case) -> Iterator[Obstacle]:
    """A kind of evidence that is not there at all."""
    if kind in case.has:
        return
    how = {"gateway": for_gateway, "strategy": for_strategy, "session": for_session}
    items = [i for i in checklist().items if kind in i.asks]
    cost = {
        "gateway": checklist().condition("unexpected").consequence,
        "strategy": checklist().condition("not-handled").consequence,
        "session": items[0].consequence,
    }
    blocker = Blocker(kind, NOTHING[kind], how[kind](case), cost[kind])
    yield Obstacle(MISSING, blocker)


def of_statements(names: tuple[str, ...], case: Case) -> Iterator[Obstacle]:
    """Statements that do not count: those that nobody made in one."""
    rows = [case.statement(name) for name in names]
    absent = [row for row in rows if row.state == "missing"]
    if absent:
        many = len(absent) > 1
        told = ", ".join(f"{row.statement} ({_place(row.item)})" for row in absent)
        word = "statements are" if many else "statement is"
        yield Obstacle(
            MISSING,
            Blocker(
                "attestations",
                f"{len(absent)} {word} missing: {told}.",
                ATTEST,
                _cost_of(absent[0].item),
            ),
        )
    alike: dict[tuple[str, str], list[AttestationStanding]] = {}
    for row in rows:
        if row.state not in ("valid", "missing"):
            alike.setdefault((row.state, row.reason), []).append(row)
    yield from (_no_count(found) for found in alike.values())


def _no_count(rows: Sequence[AttestationStanding]) -> Obstacle:
    """Statements that do not count for one reason, told as one."""
    first = rows[0]
    rank = AGAINST if first.state == "contradicted" else MISSING
    names = ", ".join(row.statement for row in rows)
    what, told = f"attestation {names}", first.title
    if len(rows) > 1:
        what, told = "attestations", f"{len(rows)} statements ({names})"
    how = f"Put it right in attestations.toml ({names}) and sign it again."
    if rank == AGAINST:
        how = "Change what was stated or what trades, until both agree."
    sentence = f"{told}: {first.state}: {first.reason}."
    return Obstacle(rank, Blocker(what, sentence, how, _cost_of(first.item)))


def _place(item: int) -> str:
    return f"item {item}" if item else "a stage's"


def _cost_of(item: int) -> str:
    if item:
        return checklist().items[item - 1].consequence
    return checklist().condition("diverges").consequence
