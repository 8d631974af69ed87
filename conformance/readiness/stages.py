"""Decides for each stage whether it may be entered, and on which evidence."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from conformance.judge.verdict import Verdict
from conformance.readiness.case import Case, counts
from conformance.readiness.commands import for_gateway, for_session, for_strategy
from conformance.readiness.model import (
    Blocker,
    Decision,
    RequirementStanding,
    StageStanding,
)
from conformance.readiness.obstacles import (
    MISSING,
    OPEN,
    Obstacle,
    everywhere,
    of_statements,
    unbound,
    without,
)
from conformance.readiness.recording import recorded_once, trips_once
from conformance.readiness.standing import UNDECIDED
from conformance.spec.catalogue import requirement
from conformance.spec.checklist import Stage, checklist

KINDS = ("gateway", "strategy", "session")
FIRST = "backtest"
DECIDED = frozenset({Verdict.MET, Verdict.VIOLATED})


def stage_standings(case: Case) -> tuple[StageStanding, ...]:
    """All five; each asks for what those before it ask for."""
    before = tuple(everywhere(case))
    waived = any(r.waived for r in _violated(case))
    found = []
    for stage in checklist().stages:
        obstacles = _shortest((*before, *_of_stage(stage, case)))
        found.append(
            StageStanding(
                stage.name,
                stage.title,
                decide(obstacles, waived=waived),
                tuple(o.blocker for o in obstacles),
                tuple(evidence(stage, case)),
            )
        )
    return tuple(found)


def _violated(case: Case) -> Iterator[RequirementStanding]:
    """Those that are violated, waived or not."""
    return (r for r in case.requirements if r.verdict is Verdict.VIOLATED)


def decide(obstacles: Sequence[Obstacle], *, waived: bool) -> Decision:
    """What stands in the way decides; a waiver is never forgotten."""
    if any(o.speaks_against for o in obstacles):
        return Decision.NOT_READY
    if obstacles:
        return Decision.NOT_PROVEN
    return Decision.READY_WITH_WAIVERS if waived else Decision.READY


def _shortest(obstacles: Iterable[Obstacle]) -> tuple[Obstacle, ...]:
    """The gravest first, each once."""
    return tuple(sorted(dict.fromkeys(obstacles), key=lambda o: o.rank))


def _of_stage(stage: Stage, case: Case) -> Iterator[Obstacle]:
    """What this stage and those before it ask for and have not."""
    stages = checklist().until(stage.name)
    if not case.dossier.runs:
        yield from without("gateway", case)
    elif not any(r.level == "MUST" and r.verdict in DECIDED for r in case.requirements):
        yield Obstacle(MISSING, _nothing_decided(case))
    yield from (o for kind in KINDS if _asks(kind, stages) for o in without(kind, case))
    yield from _undecided(stages, case)
    if any(s.one_symbol for s in stages):
        yield from _round_trips(case)
    if any(s.paper_days for s in stages):
        yield from _days(case)
        yield from _universe(case)
        yield from unbound(case)
    if any(s.live for s in stages) and not case.dossier.of_kind("live"):
        yield _blocker("live session", "No session was recorded live.", case)
    for each in stages:
        if each.compared:
            one, other = each.compared
            yield from _compared(one, other, case)
    yield from of_statements(_statements(stages), case)


def _nothing_decided(case: Case) -> Blocker:
    how = for_strategy if case.has == {"strategy"} else for_gateway
    return Blocker(
        "run",
        "No MUST was decided: nothing was measured.",
        how(case),
        checklist().condition("unexpected").consequence,
    )


def _asks(kind: str, stages: Sequence[Stage]) -> bool:
    rules = checklist()
    items = {number for stage in stages for number in stage.items}
    return (
        any(kind in rules.items[number - 1].asks for number in items)
        or (kind == "gateway" and any(s.gateway for s in stages))
        or (kind == "strategy" and any(s.duties for s in stages))
        or (kind == "session" and any(s.one_symbol for s in stages))
    )


def _statements(stages: Sequence[Stage]) -> tuple[str, ...]:
    rules = checklist()
    items = {number for stage in stages for number in stage.items}
    names = [n for i in rules.items if i.number in items for n in i.attested]
    names += [name for stage in stages for name in stage.attested]
    return tuple(dict.fromkeys(names))


# --- what nothing has decided -------------------------------------------------------


def _undecided(stages: Sequence[Stage], case: Case) -> Iterator[Obstacle]:
    """Requirements that are open, by the kind of run that decides them.

    A kind that is not there at all is told as that.
    """
    items = {number for stage in stages for number in stage.items}
    duties = {number for stage in stages for number in stage.duties}
    for kind in (k for k in KINDS if k in case.has):
        open_ = [
            r
            for r in case.requirements
            if counts(r)
            and r.verdict in UNDECIDED
            and _kind_of(r) == kind
            and (set(r.items) & (items | (duties if kind == "strategy" else set())))
        ]
        if open_:
            yield Obstacle(OPEN, _open(kind, open_, case))


def _kind_of(standing: RequirementStanding) -> str:
    """Which kind of evidence decides a requirement."""
    needs = requirement(standing.id).needs
    return needs if needs in ("strategy", "session") else "gateway"


SUBJECT = {"gateway": "the Gateway", "strategy": "the strategy", "session": "sessions"}


WAITED_FOR = ("--gateway-fuzz", "--conformance-slow")
"""Options that a script may wait for, as its reason names them."""

ON_BROKERS = "--gateway-provider all"
"""What has the suite start Gateways itself: a Gateway that runs has its broker."""


def _open(kind: str, open_: Sequence[RequirementStanding], case: Case) -> Blocker:
    reasons = Counter(r.reason or "nothing has decided them" for r in open_)
    told = "; ".join(f"{reason} ({n})" for reason, n in reasons.most_common(3))
    more = f"; and {len(reasons) - 3} more reasons" if len(reasons) > 3 else ""
    names = ", ".join(r.id for r in open_[:4]) + (" …" if len(open_) > 4 else "")
    items = sorted({number for r in open_ for number in r.items})
    word = "requirement" if len(open_) == 1 else "requirements"
    which = f"item{'s' if len(items) > 1 else ''} {_span(items)}"
    sentence = (
        f"{len(open_)} {word} of {SUBJECT[kind]} ({which}) undecided: "
        f"{names}: {told}{more}."
    )
    commands = {
        "gateway": for_gateway,
        "strategy": for_strategy,
        "session": for_session,
    }
    said = " ".join(reasons)
    options = [each for each in WAITED_FOR if each in said]
    how = " ".join([commands[kind](case), *options])
    if "--gateway-provider" in said:
        how = _on_brokers(how)
    cost = checklist().items[items[0] - 1].consequence
    return Blocker(f"{kind} requirements", sentence, how, cost)


def _on_brokers(command: str) -> str:
    """The command that plays the brokers too, or one of its own beside it."""
    if "--gateway-cmd" in command:
        return f"{command} {ON_BROKERS}"
    return f"{command}, and pytest --gateway-cmd COMMAND {ON_BROKERS}"


# --- sessions -----------------------------------------------------------------------


def trips_by_symbol(case: Case) -> Counter[str]:
    """The round trips on paper that count, by symbol."""
    return Counter(trip.symbol for trip in trips_once(case.paper))


def _round_trips(case: Case) -> Iterator[Obstacle]:
    needed = checklist().rules.round_trips
    symbol, most = next(iter(trips_by_symbol(case).most_common(1)), ("", 0))
    if "session" in case.has and most < needed:
        on = f" ({symbol})" if symbol else ""
        sentence = (
            f"Of one instrument{on} {most} round trips were recorded on a paper "
            f"platform: {needed} are needed."
        )
        yield _blocker("round trips", sentence, case)


def paper_days(case: Case) -> Decimal:
    """Days of 24 hours that were recorded on paper."""
    return recorded_once(case.paper)


def _days(case: Case) -> Iterator[Obstacle]:
    needed, days = checklist().rules.paper_days, paper_days(case)
    if "session" in case.has and days < needed:
        sentence = (
            f"{days.quantize(Decimal('0.1'))} days were recorded on paper: {needed} "
            f"are needed."
        )
        yield _blocker("days on paper", sentence, case)


def untraded(case: Case) -> tuple[str, ...]:
    """Declared symbols that no paper session traded."""
    seen = {s.symbol for each in case.paper for s in each.numbers.symbols if s.fills}
    return tuple(s for s in case.dossier.profile.symbols if s not in seen)


def _universe(case: Case) -> Iterator[Obstacle]:
    absent = untraded(case)
    if "session" in case.has and absent:
        told = ", ".join(absent[:6]) + (" …" if len(absent) > 6 else "")
        sentence = f"Declared and never traded on paper: {told}."
        yield _blocker("universe", sentence, case)


def _blocker(what: str, sentence: str, case: Case) -> Obstacle:
    cost = checklist().items[0].consequence
    return Obstacle(MISSING, Blocker(what, sentence, for_session(case), cost))


def _compared(one: str, other: str, case: Case) -> Iterator[Obstacle]:
    found = case.comparison(one, other)
    if found is not None and found.verdict != "undecided":
        return
    if not all(case.dossier.of_kind(kind) for kind in (one, other) if kind != FIRST):
        # That there is no such session is told already.
        return
    words = f"A {one} session and a {other} session"
    sentence = f"{words} were not compared."
    if found is not None:
        open_ = [row for row in found.rows if row.verdict == "undecided"]
        told = "; ".join(dict.fromkeys(row.reason for row in open_ if row.reason))
        sentence = f"{words} were compared, and not decided: {told or 'no reason'}."
    how = (
        f"conformance readiness --stage STAGE --session {other.upper()}_DIR "
        f"--compare {one.upper()}_DIR"
    )
    cost = checklist().condition("diverges").consequence
    yield Obstacle(MISSING, Blocker("comparison", sentence, how, cost))


# --- what it was decided on ---------------------------------------------------------


def evidence(stage: Stage, case: Case) -> Iterator[str]:
    """One line for each thing that decides a stage beyond those before it."""
    yield f"rule: {stage.rule}"
    if stage.gateway:
        yield _of_gateway(case)
    if stage.duties:
        yield _of_duties(stage, case)
    for number in stage.items:
        item = case.items[number - 1]
        told = f": {item.reason}" if item.reason else ""
        yield f"item {number}, {item.title}: {item.verdict}{told}"
    if stage.one_symbol:
        found = trips_by_symbol(case).most_common(3)
        told = ", ".join(f"{n} on {symbol}" for symbol, n in found)
        yield f"round trips on paper: {told or 'none'}"
    if stage.paper_days:
        days = paper_days(case).quantize(Decimal("0.1"))
        yield f"days on paper: {days} of {checklist().rules.paper_days}"
    if stage.live:
        live = ", ".join(s.name for s in case.dossier.of_kind("live"))
        yield f"live sessions: {live or 'none'}"
    if stage.compared:
        found_ = case.comparison(*stage.compared)
        told = found_.verdict if found_ else "not compared"
        yield f"{' against '.join(stage.compared)}: {told}"
    for name in stage.attested:
        row = case.statement(name)
        yield f"attested, {row.title}: {row.state}"


def _of_gateway(case: Case) -> str:
    if "gateway" not in case.has:
        return "the Gateway's safety: no run judged it"
    broken = [r.id for r in _violated(case) if requirement(r.id).safety]
    told = f"violated: {', '.join(broken)}" if broken else "nothing violated"
    return f"the Gateway's safety: {told}"


def _of_duties(stage: Stage, case: Case) -> str:
    mine = [
        r
        for r in case.requirements
        if _kind_of(r) == "strategy" and counts(r) and set(r.items) & set(stage.duties)
    ]
    told = Counter(str(r.verdict) for r in mine)
    shown = ", ".join(f"{n} {verdict}" for verdict, n in sorted(told.items()))
    return f"the strategy's duties of items {_span(stage.duties)}: {shown}"


def _span(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
