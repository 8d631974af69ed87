"""The monitoring metrics of a session, against what was declared and the backtest."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.session.comparing import Z, unit_apart
from conformance.judge.session.model import Compared, Comparison
from conformance.judge.session.spreads import deviation
from conformance.suite.session.check import (
    BROKERS,
    TIMED,
    Evidence,
    session_check,
)

RECOVERING = 300.0
"""Seconds after a loss in which the strategy need not be back yet."""

NO_BACKTEST = "it needs a session recorded on a backtest beside it"


@session_check("SES-15", occurs="a strategy was connected", kinds=TIMED, exists=True)
def the_stream_was_lost_and_recovered(evidence: Evidence) -> Iterator[Observation]:
    streams, story = evidence.story.streams, evidence.story
    if not streams.ever:
        return
    lost = [loss for loss in streams.losses if loss.back is not None]
    yield occurred(*(loss.entry for loss in lost[:20]))
    last = streams.losses[-1] if streams.losses else None
    if not lost:
        yield finding(
            "The stream was never lost and recovered: what the strategy does then is "
            "shown by scripts alone."
        )
    elif last and last.back is None and story.end - last.at > RECOVERING:
        away = Decimal(str(story.end - last.at))
        yield finding(
            f"The stream was lost at {story.instant(last.at)}, and not opened again "
            f"in the {away:.0f} s that were recorded after it.",
            last.entry,
        )


@session_check("SES-16", occurs="an order was sent", kinds=TIMED, exists=True)
def a_rejection_and_a_partial_fill_were_met(
    evidence: Evidence,
) -> Iterator[Observation]:
    counts = evidence.facts.numbers.orders
    if not counts.submitted:
        return
    yield occurred()
    missing = [
        what
        for what, count in (
            ("rejection", counts.rejected),
            ("partial fill", counts.partly_filled),
        )
        if not count
    ]
    if missing:
        yield finding(
            f"Of {counts.submitted} orders none met a {' or a '.join(missing)}: what "
            "the strategy does then is shown by scripts alone."
        )


@session_check("SES-17", occurs="an order was sent", kinds=TIMED)
def rejections_are_within_the_tolerance(evidence: Evidence) -> Iterator[Observation]:
    counts, rate = evidence.facts.numbers.orders, evidence.facts.numbers.rejection_rate
    limit = evidence.tolerances.max_rejections_percent
    limit = evidence.profile.max_rejections_percent if limit is None else limit
    if limit is None:
        raise NotVerified("declare max_rejections_percent in the profile")
    if rate is None:
        return
    yield occurred()
    if rate * 100 > limit:
        rejected = [o for o in evidence.story.orders.sent() if o.outcome == "rejected"]
        yield finding(
            f"{counts.rejected} of {counts.submitted} orders were rejected, "
            f"{rate * 100:.2f} %; {limit} % is declared.",
            *(order.entry for order in rejected[:20]),
        )


@session_check("SES-18", occurs="an order was filled at once", kinds=TIMED)
def fills_are_near_the_expected_price(evidence: Evidence) -> Iterator[Observation]:
    slippage = evidence.facts.numbers.slippage
    limit = evidence.declared("slippage_bps")
    if slippage.mean is None:
        return
    half = Z * deviation(slippage.shown) / Decimal(slippage.count).sqrt()
    told = (
        f"Fills were {slippage.mean:.2f} bps worse than the price at the submit in the "
        f"mean of {slippage.count} (95 % interval ±{half:.2f}); {limit} is declared"
    )
    yield occurred()
    if slippage.mean - half > limit:
        yield finding(f"{told}.")
    elif slippage.mean > limit:
        raise NotVerified(f"{told}: chance may be the cause, a larger sample tells")


@session_check("SES-19", occurs="a round trip was made", kinds=BROKERS)
def it_trades_as_often_as_the_backtest(evidence: Evidence) -> Iterator[Observation]:
    yield from _of_rows(
        [r for r in _comparison(evidence).rows if r.metric == "trades_per_day"]
    )


@session_check("SES-26", occurs="a round trip was made", kinds=BROKERS)
def it_is_as_the_backtest(evidence: Evidence) -> Iterator[Observation]:
    yield from _of_rows(list(_comparison(evidence).rows))


def _comparison(evidence: Evidence) -> Comparison:
    if evidence.comparison is None:
        raise NotVerified(NO_BACKTEST)
    return evidence.comparison


def _of_rows(rows: list[Compared]) -> Iterator[Observation]:
    declared = [r for r in rows if r.tolerance is not None]
    if not declared:
        missing = dict.fromkeys(r.reason for r in rows)
        raise NotVerified("; ".join(missing))
    if any(r.verdict == "within" for r in declared):
        yield occurred()
    for row in declared:
        if row.verdict == "beyond":
            yield finding(_told(row), key=f"{row.metric} {row.symbol}")
    open_ = [r for r in declared if r.verdict == "undecided" and not r.symbol]
    if open_:
        raise NotVerified("; ".join(f"{r.metric}: {r.reason}" for r in open_))


def _told(row: Compared) -> str:
    where = f" of {row.symbol}" if row.symbol else ""
    unit = unit_apart(row.metric)
    return (
        f"{row.metric.replace('_', ' ').capitalize()}{where}: {row.one} expected, "
        f"{row.other} seen, {row.difference} {unit} apart; {row.tolerance} is declared "
        f"({row.reason})."
    )
