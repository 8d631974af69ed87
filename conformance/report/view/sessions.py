"""Sessions as plots and figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from conformance.judge.session.model import Interval, SessionFacts, SessionNumbers
from conformance.report.plots import (
    Plot,
    distribution,
    number,
    orders_over_time,
    series,
)
from conformance.report.view.session_lines import LineShown, session_lines

MOST = 50
"""Rows of a table of round trips or intervals at the most."""


@dataclass(frozen=True, slots=True)
class SessionShown:
    """One session, its figures by name, and its plots."""

    facts: SessionFacts
    place: str
    figures: tuple[tuple[str, str], ...]
    orders: tuple[tuple[str, int], ...]
    plots: tuple[Plot, ...]
    spans: tuple[tuple[str, Interval], ...]
    verdicts: tuple[tuple[str, int], ...]
    lines: tuple[LineShown, ...]
    """The times around a position without a stop."""


def sessions_shown(sessions: Sequence[SessionFacts]) -> tuple[SessionShown, ...]:
    """All of them, in their order."""
    return tuple(_shown(place, each) for place, each in enumerate(sessions, 1))


def _shown(place: int, facts: SessionFacts) -> SessionShown:
    numbers = facts.numbers
    spans = tuple(_spans(numbers))
    plots = (
        distribution("Slippage against the quote at submit", numbers.slippage),
        distribution("Latency: submit to answer", numbers.latency_accept),
        distribution("Latency: submit to first fill", numbers.latency_first_fill),
        distribution("Latency: submit to last fill", numbers.latency_last_fill),
        series("Equity", "account currency", numbers.equity),
        series("Drawdown from the high-water mark", "%", numbers.drawdown, share=True),
        orders_over_time(numbers.order_times, spans),
    )
    verdicts: dict[str, int] = {}
    for outcome in facts.outcomes:
        verdicts[str(outcome.verdict)] = verdicts.get(str(outcome.verdict), 0) + 1
    return SessionShown(
        facts=facts,
        place=f"session-{place}",
        figures=tuple(_figures(numbers)),
        orders=tuple(
            (name.replace("_", " "), getattr(numbers.orders, name))
            for name in numbers.orders.__dataclass_fields__
        ),
        plots=tuple(plot for plot in plots if plot is not None),
        spans=spans,
        verdicts=tuple(verdicts.items()),
        lines=session_lines(numbers, spans),
    )


def _spans(numbers: SessionNumbers) -> Iterator[tuple[str, Interval]]:
    for interval in numbers.unprotected:
        yield "no working stop", interval
    for interval in numbers.unattended:
        yield "no strategy connected", interval
    for interval in numbers.gaps:
        yield "not recorded", interval


def _figures(numbers: SessionNumbers) -> Iterator[tuple[str, str]]:
    counted = numbers.counted_round_trips
    wins = sum(t.profit > 0 for t in counted)
    yield "round trips that count", f"{len(counted)} of {len(numbers.round_trips)}"
    if counted:
        yield "won", f"{wins} of {len(counted)}; {_interval(wins, len(counted))}"
    yield "recorded", recorded(numbers.days)
    yield "days with a market", str(numbers.market_days or "–")
    yield "trades per day", number(numbers.trades_per_day)
    yield "rejection rate", percent(numbers.rejection_rate)
    yield "fill ratio", percent(numbers.fill_ratio)
    yield "cancel ratio", percent(numbers.cancel_ratio)
    yield "orders to trades", number(numbers.order_to_trade_ratio)
    yield "commission", _money(numbers.commission)
    yield "financing", _money(numbers.financing)
    yield "maximum drawdown", percent(numbers.maximum_drawdown)
    yield "peak margin of equity", percent(numbers.peak_margin)
    yield "reconnects", str(numbers.reconnects)
    yield "unprotected", _lasted(numbers.unprotected)
    yield "no strategy connected, position open", _lasted(numbers.unattended)
    yield "not recorded", _lasted(numbers.gaps)


def recorded(days: Decimal) -> str:
    """How long a session was recorded, in days, or in minutes where it is short."""
    if days >= 1:
        return f"{number(days)} days"
    return f"{number(days * 24 * 60)} minutes"


def percent(value: Decimal | None) -> str:
    """A share as a percentage."""
    return "–" if value is None else f"{number(value * 100)} %"


def _money(by_currency: object) -> str:
    rows = by_currency.items() if hasattr(by_currency, "items") else ()
    return ", ".join(f"{number(v)} {currency}" for currency, v in rows) or "none seen"


def _lasted(intervals: Sequence[Interval]) -> str:
    if not intervals:
        return "never"
    most = max(intervals, key=lambda each: each.seconds)
    whole = sum((each.seconds for each in intervals), Decimal(0))
    longest, sum_ = number(most.seconds, 1), number(whole, 1)
    if len(intervals) == 1:
        return f"once, {longest} s"
    return f"{len(intervals)} times, {sum_} s; at most {longest} s"


def _interval(wins: int, count: int) -> str:
    """How far a share of so few may be from the true one, with 95 in 100."""
    # As if one more were won and one lost: none of seven is no certainty.
    share = (wins + 1) / (count + 2)
    spread = 1.96 * (share * (1 - share) / count) ** 0.5
    return f"± {100 * spread:.0f} points by chance"
