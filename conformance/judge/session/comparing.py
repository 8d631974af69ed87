"""Holds a session against another one: figure by figure, with what a sample can show.

A difference is "beyond" where it stays beyond the tolerance at the near end of its 95 %
interval, "within" where the figures lie within it and both samples have thirty or more,
and "undecided" otherwise: thirty trades of which half win tell a rate to ±18 points.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from conformance.judge.session.model import (
    Compared,
    Comparison,
    OrderCounts,
    RoundTrip,
    SessionFacts,
    Spread,
)
from conformance.judge.session.spreads import deviation, mean, rounded
from conformance.spec.tolerances import Tolerances

ENOUGH = 30
Z = Decimal("1.96")
ZERO = Decimal(0)
RANK = {"backtest": 0, "mock": 0, "unknown": 0, "paper": 1, "live": 2}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one session: its value, how sure it is, and of how many."""

    value: Decimal | None
    error: Decimal = ZERO
    """One standard error."""
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared of one session: all of it, or one symbol."""

    trips: tuple[RoundTrip, ...]
    orders: OrderCounts
    slippage: Spread
    days: Decimal


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure by its name, its unit, its tolerance and how it is taken."""

    name: str
    unit: str
    tolerance: str
    of: Callable[[Side], Figure]
    relative: bool = False
    """Whether the tolerance is in percent of the first session's figure."""
    worse: bool = False
    """Whether only more of it is worse: less than expected is within."""
    enough: int = ENOUGH

    @property
    def apart(self) -> str:
        """The unit that a difference is told in."""
        if self.relative:
            return "%"
        return "points" if self.unit == "%" else self.unit


def incomparable(
    one: SessionFacts, other: SessionFacts, *, other_strategy: bool = False
) -> str | None:
    """Why two sessions cannot be held against each other; None where they can."""
    if one.digest == other.digest:
        return f"{one.name} and {other.name} are the same session"
    if one.kind == other.kind == "backtest":
        return "both were recorded on a backtest: one must be on paper, or live"
    if RANK[one.kind] > RANK[other.kind]:
        return (
            f"{one.name} is {one.kind} and {other.name} is {other.kind}: name first "
            "what is expected, a backtest before paper, paper before live"
        )
    hashes = one.strategy_sha256, other.strategy_sha256
    if all(hashes) and hashes[0] != hashes[1] and not other_strategy:
        return (
            f"they are of two strategies ({hashes[0][:12]}…, {hashes[1][:12]}…); "
            "--other-strategy compares them all the same"
        )
    return None


def compared(
    one: SessionFacts, other: SessionFacts, tolerances: Tolerances
) -> Comparison:
    """Every figure of both, of all symbols together and then symbol by symbol."""
    rows = tuple(_rows(one, other, tolerances))
    return Comparison(one.name, other.name, rows, _verdict(rows))


def _verdict(rows: Sequence[Compared]) -> str:
    """Of all rows: a symbol's own row decides only where it is beyond."""
    if any(row.verdict == "beyond" for row in rows):
        return "beyond"
    whole = [row for row in rows if not row.symbol and row.tolerance is not None]
    if not whole or any(row.verdict == "undecided" for row in whole):
        return "undecided"
    return "within"


def _rows(
    one: SessionFacts, other: SessionFacts, tolerances: Tolerances
) -> Iterator[Compared]:
    names = {s.symbol for f in (one, other) for s in f.numbers.symbols}
    by_day = bool(one.numbers.market_days and other.numbers.market_days)
    for symbol in ("", *sorted(names)):
        sides = _side(one, symbol, by_day), _side(other, symbol, by_day)
        for metric in METRICS:
            yield _row(metric, symbol, sides, tolerances)


def _side(facts: SessionFacts, symbol: str, by_market_day: bool) -> Side:
    numbers = facts.numbers
    trips = numbers.counted_round_trips
    # A tap that is off at night records shorter days than a backtest has.
    days = Decimal(numbers.market_days) if by_market_day else numbers.days
    if not symbol:
        return Side(trips, numbers.orders, numbers.slippage, days)
    mine = next((s for s in numbers.symbols if s.symbol == symbol), None)
    return Side(
        tuple(t for t in trips if t.symbol == symbol),
        OrderCounts() if mine is None else mine.orders,
        Spread("bps") if mine is None else mine.slippage,
        days,
    )


def _row(
    metric: Metric, symbol: str, sides: tuple[Side, Side], tolerances: Tolerances
) -> Compared:
    one, other = metric.of(sides[0]), metric.of(sides[1])
    allowed: Decimal | None = getattr(tolerances, metric.tolerance)
    difference, half = _apart(metric, one, other)
    verdict, reason = _judged(metric, one, other, difference, half, allowed)
    return Compared(
        metric.name,
        symbol,
        _short(one.value),
        _short(other.value),
        _short(difference),
        allowed,
        metric.unit,
        (one.sample, other.sample),
        verdict,
        reason,
    )


def _short(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value)


def _apart(
    metric: Metric, one: Figure, other: Figure
) -> tuple[Decimal | None, Decimal]:
    """How far apart they are, in the tolerance's unit, and half the 95 % interval."""
    if one.value is None or other.value is None:
        return None, ZERO
    with localcontext(prec=40):
        half = Z * (one.error**2 + other.error**2).sqrt()
        difference = other.value - one.value
        if not metric.relative:
            return difference, half
        if not one.value:
            return (ZERO, half) if not other.value else (None, half)
        scale = 100 / abs(one.value)
        return difference * scale, half * scale


def _judged(
    metric: Metric,
    one: Figure,
    other: Figure,
    difference: Decimal | None,
    half: Decimal,
    allowed: Decimal | None,
) -> tuple[str, str]:
    told = f"{one.sample} and {other.sample} seen; the 95 % interval is "
    told += f"±{half:.2f} {metric.apart}"
    if allowed is None:
        return "undecided", f"declare {metric.tolerance} in [tolerances]"
    if one.value is None or other.value is None:
        return "undecided", f"there is nothing to compare: {told}"
    if difference is None:
        return "beyond", f"none was expected: {told}"
    apart = difference if metric.worse else abs(difference)
    few = min(one.sample, other.sample) < metric.enough
    return _weighed(apart, half, allowed, few, told)


def _weighed(
    apart: Decimal, half: Decimal, allowed: Decimal, few: bool, told: str
) -> tuple[str, str]:
    """What a difference is found to be, with half of its 95 % interval."""
    if apart - half > allowed:
        return "beyond", told
    if few:
        return "undecided", f"too small a sample, {ENOUGH} are needed: {told}"
    if apart > allowed:
        return "undecided", f"beyond it, but chance may be the cause: {told}"
    return "within", told


def _trades_per_day(side: Side) -> Figure:
    count = len(side.trips)
    if side.days <= 0:
        return Figure(None, sample=count)
    with localcontext(prec=40):
        error = Decimal(max(count, 1)).sqrt() / side.days
        return Figure(count / side.days, error, count)


def _win_rate(side: Side) -> Figure:
    wins = sum(1 for t in side.trips if t.profit - t.commission > 0)
    return _rate(wins, len(side.trips))


def _rejections(side: Side) -> Figure:
    return _rate(side.orders.rejected, side.orders.submitted)


def _rate(part: int, whole: int) -> Figure:
    """A rate in percent; one of none or all is as unsure as one of a half is not."""
    if not whole:
        return Figure(None)
    with localcontext(prec=40):
        share = Decimal(part) / whole
        spread_ = Decimal(part + 1) / (whole + 2)
        error = (spread_ * (1 - spread_) / whole).sqrt() * 100
        return Figure(share * 100, error, whole)


def _profit(side: Side) -> Figure:
    return _mean([t.profit - t.commission for t in side.trips])


def _slippage(side: Side) -> Figure:
    found = _mean(side.slippage.shown)
    return Figure(side.slippage.mean, found.error, side.slippage.count)


def _mean(values: Sequence[Decimal]) -> Figure:
    if not values:
        return Figure(None)
    with localcontext(prec=40):
        error = deviation(values) / Decimal(len(values)).sqrt()
        return Figure(mean(values), error, len(values))


def _fees(side: Side) -> Figure:
    """What was charged, in percent of what was traded."""
    worth = _sum(t.quantity * (t.entry_price + t.exit_price) for t in side.trips)
    if not worth:
        return Figure(None)
    with localcontext(prec=40):
        paid = _sum(t.commission for t in side.trips)
        return Figure(paid / worth * 100, sample=len(side.trips))


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)


METRICS = (
    Metric("trades_per_day", "a day", "trades_per_day_percent", _trades_per_day, True),
    Metric("win_rate", "%", "win_rate_points", _win_rate),
    Metric("profit_per_trade", "currency", "profit_percent", _profit, True),
    Metric("slippage", "bps", "slippage_bps", _slippage, worse=True),
    Metric("rejections", "%", "rejection_points", _rejections, worse=True),
    Metric("fees", "% of worth", "fees_percent", _fees, True, enough=1),
)


def unit_apart(metric: str) -> str:
    """The unit that a metric's difference and its tolerance are told in."""
    return next(each.apart for each in METRICS if each.name == metric)
