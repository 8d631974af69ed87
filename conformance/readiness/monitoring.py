"""How the four metrics and the six failure modes stand."""

from collections.abc import Sequence
from decimal import Decimal

from conformance.judge.session.model import SessionFacts, SessionNumbers, Spread
from conformance.judge.verdict import Outcome, Verdict, worst
from conformance.readiness.case import Case, counts
from conformance.readiness.model import (
    FailureModeStanding,
    ItemVerdict,
    MetricStanding,
    RequirementStanding,
)
from conformance.readiness.standing import UNDECIDED
from conformance.spec.checklist import FailureMode, Metric, checklist

NO_SESSION = "it needs a recorded session"
SHOWN = "shown, without a verdict: nothing is declared of it"
ITEM_VERDICT = {
    Verdict.MET: ItemVerdict.MET,
    Verdict.NOT_APPLICABLE: ItemVerdict.MET,
    Verdict.WARNED: ItemVerdict.NOT_MET,
    Verdict.VIOLATED: ItemVerdict.NOT_MET,
    Verdict.NOT_VERIFIED: ItemVerdict.NOT_VERIFIED,
    Verdict.SUITE_FAULT: ItemVerdict.NOT_VERIFIED,
}


def failure_modes(
    requirements: Sequence[RequirementStanding],
) -> tuple[FailureModeStanding, ...]:
    """All six: one violated requirement is enough for "not met"."""
    return tuple(_mode(mode, requirements) for mode in checklist().failure_modes)


def _mode(
    mode: FailureMode, requirements: Sequence[RequirementStanding]
) -> FailureModeStanding:
    mine = [r for r in requirements if mode.name in r.failure_modes and counts(r)]
    bad = [r.id for r in mine if r.verdict is Verdict.VIOLATED]
    open_ = [r.id for r in mine if r.verdict in UNDECIDED]
    if bad:
        verdict, reason = ItemVerdict.NOT_MET, f"violated: {', '.join(bad)}"
    elif open_ or not mine:
        verdict = ItemVerdict.NOT_VERIFIED
        word = "requirement" if len(open_) == 1 else "requirements"
        reason = f"{len(open_)} {word} that nothing has decided yet"
    else:
        verdict, reason = ItemVerdict.MET, ""
    ids = tuple(r.id for r in mine)
    return FailureModeStanding(mode.name, mode.title, verdict, reason, ids)


def metrics(case: Case) -> tuple[MetricStanding, ...]:
    """Each of the four in each session; without one, each says what it needs."""
    if not case.dossier.sessions:
        return tuple(
            MetricStanding(
                m.name, m.title, m.rule, ItemVerdict.NOT_VERIFIED, "", 0, "", NO_SESSION
            )
            for m in checklist().metrics
        )
    return tuple(
        _metric(metric, session)
        for session in case.dossier.sessions
        for metric in checklist().metrics
    )


def _metric(metric: Metric, session: SessionFacts) -> MetricStanding:
    value, sample = measured(metric.name, session.numbers)
    mine = [o for o in session.outcomes if o.requirement == metric.requirement]
    verdict = worst(o.verdict for o in mine)
    return MetricStanding(
        metric.name,
        metric.title,
        metric.rule,
        ITEM_VERDICT[verdict],
        value,
        sample,
        session.name,
        _reason(metric, mine, verdict),
    )


def _reason(metric: Metric, mine: Sequence[Outcome], verdict: Verdict) -> str:
    if not metric.requirement:
        return SHOWN
    if not mine:
        return f"{metric.requirement} was not decided in this session"
    told = [o.reason for o in mine if o.verdict is verdict and o.reason]
    told += [f.sentence for o in mine for f in o.findings]
    return "; ".join(dict.fromkeys(told))


def measured(name: str, numbers: SessionNumbers) -> tuple[str, int]:
    """A metric's value with its unit, and the size of its sample."""
    if name == "slippage":
        return _spread(numbers.slippage)
    if name == "round-trip-latency":
        return _spread(numbers.latency_last_fill)
    if name == "rejection-rate":
        rate = numbers.rejection_rate
        told = "" if rate is None else f"{_plain(rate * 100)} percent of orders"
        return told, numbers.orders.submitted
    a_day = numbers.trades_per_day
    sample = len(numbers.counted_round_trips)
    if a_day is None:
        return "less than a day was recorded" if sample else "", sample
    return f"{_plain(a_day)} a day", sample


def _spread(spread: Spread) -> tuple[str, int]:
    if spread.median is None:
        return "", spread.count
    told = f"median {_plain(spread.median)} {spread.unit}"
    if spread.p99 is not None:
        told += f", 99th percentile {_plain(spread.p99)} {spread.unit}"
    return told, spread.count


def _plain(value: Decimal) -> str:
    return f"{Decimal(f'{value:.2f}').normalize():f}"
