"""A session is held against another: beyond, within, or not to be said."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from conformance.judge.session.comparing import compared, incomparable
from conformance.judge.session.model import (
    Compared,
    Comparison,
    OrderCounts,
    RoundTrip,
    SessionFacts,
    Spread,
)
from conformance.spec.tolerances import Tolerances
from fixtures.sessions.telling import Teller

LOOSE = Tolerances(**dict.fromkeys(("trades_per_day_percent",), Decimal(25)))


def trip(profit: str, symbol: str = "A") -> RoundTrip:
    price = Decimal(100)
    return RoundTrip(
        symbol,
        "BUY",
        "",
        "",
        Decimal(1),
        price,
        price,
        Decimal(profit),
        Decimal("0.2"),
        (),
        False,
    )


def session(
    name: str, trips: int, days: int, wins: int = 0, **more: Any
) -> SessionFacts:
    """A session with so many round trips, of which so many won."""
    made = tuple(trip("10" if n < wins else "-10") for n in range(trips))
    numbers = replace(
        Teller().numbers,
        round_trips=made,
        days=Decimal(days),
        orders=OrderCounts(submitted=2 * trips, rejected=more.pop("rejected", 0)),
        slippage=more.pop("slippage", Spread("bps")),
    )
    facts = SessionFacts(
        name=name,
        folder="",
        kind="backtest" if name == "backtest" else "paper",
        gateway="",
        version="",
        git_sha="",
        platforms=(),
        strategy_sha256="5e",
        started="",
        ended="",
        seconds=0.0,
        entries=1,
        digest=name,
        whole=True,
        sample=True,
        numbers=numbers,
    )
    return replace(facts, **more)


def row(comparison: Comparison, metric: str) -> Compared:
    return next(r for r in comparison.rows if r.metric == metric and not r.symbol)


def test_as_many_trades_a_day_are_within() -> None:
    one, other = session("backtest", 300, 100), session("paper", 33, 10)
    found = compared(one, other, LOOSE)
    assert (found.verdict, row(found, "trades_per_day").difference) == ("within", 10)


def test_a_few_trades_show_nothing_and_say_how_little() -> None:
    one, other = session("backtest", 300, 100), session("paper", 20, 7)
    found = row(compared(one, other, LOOSE), "trades_per_day")
    assert found.verdict == "undecided"
    assert found.reason.startswith("too small a sample, 30 are needed: 300 and 20 seen")


def test_far_too_many_trades_are_beyond_however_few() -> None:
    one, other = session("backtest", 30, 100), session("paper", 20, 1)
    assert compared(one, other, LOOSE).verdict == "beyond"


def test_a_difference_that_chance_may_have_made_is_not_decided() -> None:
    one, other = session("backtest", 300, 100), session("paper", 40, 10)
    found = row(compared(one, other, LOOSE), "trades_per_day")
    assert found.verdict == "undecided"
    assert "chance may be the cause" in found.reason


def test_thirty_trades_tell_a_rate_of_wins_to_eighteen_points() -> None:
    one = session("backtest", 100_000, 100, wins=50_000)
    other = session("paper", 30, 10, wins=15)
    allowed = Tolerances(win_rate_points=Decimal(10))
    found = row(compared(one, other, allowed), "win_rate")
    assert found.verdict == "within"
    assert "±17.89 points" in found.reason


def test_trades_where_none_were_expected_are_beyond() -> None:
    one, other = session("backtest", 0, 100), session("paper", 40, 10)
    assert row(compared(one, other, LOOSE), "trades_per_day").verdict == "beyond"


def test_better_fills_and_fewer_rejections_are_within() -> None:
    allowed = Tolerances(slippage_bps=Decimal(1), rejection_points=Decimal(1))
    figures = tuple(Decimal(9) for _ in range(60))
    worse = Spread("bps", 60, mean=Decimal(9), shown=figures)
    better = replace(worse, mean=Decimal(0), shown=(Decimal(0),) * 60)
    one = session("backtest", 60, 10, slippage=worse, rejected=60)
    other = session("paper", 60, 10, slippage=better)
    assert compared(one, other, allowed).verdict == "within"
    back = compared(replace(other, kind="backtest"), one, allowed)
    assert [r.metric for r in back.rows if r.verdict == "beyond" and not r.symbol] == [
        "slippage",
        "rejections",
    ]


def test_fees_are_compared_by_what_was_traded() -> None:
    one, other = session("backtest", 30, 10), session("paper", 3, 1)
    allowed = Tolerances(fees_percent=Decimal(5))
    assert row(compared(one, other, allowed), "fees").verdict == "within"


def test_where_nothing_is_declared_nothing_is_decided() -> None:
    one, other = session("backtest", 300, 100), session("paper", 33, 10)
    found = compared(one, other, Tolerances())
    assert found.verdict == "undecided"
    assert row(found, "win_rate").reason == "declare win_rate_points in [tolerances]"


def test_days_of_the_market_outrank_days_of_the_clock() -> None:
    one, other = session("backtest", 300, 140), session("paper", 33, 3)
    one = replace(one, numbers=replace(one.numbers, market_days=100))
    other = replace(other, numbers=replace(other.numbers, market_days=11))
    assert compared(one, other, LOOSE).verdict == "within"


def test_what_cannot_be_compared_is_said() -> None:
    one, other = session("backtest", 3, 1), session("paper", 3, 1)
    assert incomparable(one, other) is None
    assert "the same session" in str(incomparable(one, one))
    assert "both were recorded on a backtest" in str(
        incomparable(one, replace(one, digest="x"))
    )
    assert "a backtest before paper" in str(incomparable(other, one))
    changed = replace(other, strategy_sha256="6f")
    assert "two strategies" in str(incomparable(one, changed))
    assert incomparable(one, changed, other_strategy=True) is None
    assert incomparable(one, replace(other, strategy_sha256="")) is None
