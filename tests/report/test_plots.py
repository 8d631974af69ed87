"""Plots stand where their values are, and say how many they were."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from conformance.judge.session.model import Interval, Point, Spread
from conformance.report.plots import (
    FLOOR,
    LEFT,
    TOP,
    days,
    distribution,
    instant,
    number,
    orders_over_time,
    series,
    steps,
)
from conformance.report.view.sessions import sessions_shown
from fixtures import report_session

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def points(*values: str) -> tuple[Point, ...]:
    return tuple(
        Point((BEGAN + timedelta(days=n)).isoformat(), Decimal(value))
        for n, value in enumerate(values)
    )


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (0, 100, (0, 25, 50, 75, 100)),
        (-4, 31, (-10, 0, 10, 20, 30, 40)),
        (0, 3, (0, 1, 2, 3)),
        (5, 5, (4, 6)),
        (0, 0, (0, 0.25)),
    ],
)
def test_ticks_are_round_and_enclose_what_they_measure(
    least: float, most: float, expected: tuple[float, ...]
) -> None:
    assert steps(least, most) == expected


def test_a_bar_is_as_tall_as_its_share_of_the_tallest() -> None:
    shown = tuple(map(Decimal, [1, 1, 1, 1, 1, 1, 1, 1, 9, 9, 9, 9]))
    plot = distribution("Latency", Spread("ms", 12, shown=shown))
    assert plot is not None
    assert plot.sample == 12
    heights = [bar[3] for bar in plot.bars]
    assert heights == [heights[0], heights[0] / 2]
    assert all(round(y + height, 1) == FLOOR for _, y, _, height in plot.bars)


def test_a_distribution_has_its_figures_beside_it() -> None:
    spread = report_session.session().numbers.slippage
    plot = distribution("Slippage", spread)
    assert plot is not None
    assert [name for _, name in plot.guides] == ["median", "p90", "p99"]
    rows = dict(plot.rows)
    assert rows["sample"] == "82"
    assert rows["median"].endswith(" bps")


def test_nothing_seen_is_no_plot() -> None:
    assert distribution("Slippage", Spread("bps")) is None
    assert series("Equity", "USD", points("1")) is None
    assert orders_over_time(()) is None


def test_drawdown_hangs_from_zero() -> None:
    plot = series("Drawdown", "%", points("0", "0.1", "0"), share=True)
    assert plot is not None
    assert plot.zero == TOP
    (_, first), (_, lowest), _ = (
        tuple(map(float, pair.split(","))) for pair in plot.line.split()
    )
    assert first == TOP
    assert lowest == FLOOR
    assert dict(plot.rows)["most"] == "10"


def test_an_axis_that_does_not_begin_at_zero_has_no_area_over_it() -> None:
    plot = series("Equity", "USD", points("100", "104", "103"))
    assert plot is not None
    assert plot.area == ""
    assert len(plot.line.split()) == 3


def test_an_unreadable_instant_is_left_out() -> None:
    assert instant("2026-01-01T00:00:00Z") == BEGAN.timestamp()
    assert instant("2026-01-01T00:00:00") == BEGAN.timestamp()
    assert instant("<script>") is None
    assert series("Equity", "USD", (Point("x", Decimal(1)), *points("1"))) is None
    assert orders_over_time((("never", "filled"),)) is None


def test_each_outcome_has_a_lane_and_spans_are_shaded() -> None:
    times = [
        ((BEGAN + timedelta(hours=n)).isoformat(), "filled" if n % 3 else "rejected")
        for n in range(30)
    ]
    ended = (BEGAN + timedelta(hours=2)).isoformat()
    span = Interval(times[0][0], ended, Decimal(7200))
    outside = Interval("2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z", Decimal(1))
    bands = (("no working stop", span), ("not recorded", outside))
    plot = orders_over_time(times, bands)
    assert plot is not None
    assert [label for _, label in plot.y_ticks] == ["rejected", "filled"]
    assert [(x, what) for x, _, what in plot.shaded] == [(LEFT, "no working stop")]
    assert dict(plot.rows) == {"rejected": "10", "filled": "20"}


def test_a_long_span_is_told_in_days_and_a_short_one_in_hours() -> None:
    began = BEGAN.timestamp()
    assert days(began, began + 14 * 86400)[0][1] == "01 Jan"
    assert [label for _, label in days(began, began + 7200)][1] == "01 Jan 01:00"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "–"),
        (Decimal("NaN"), "–"),
        (Decimal("1234.500"), "1,234.5"),
        (100.0, "100"),
        (Decimal("-0.05"), "-0.05"),
    ],
)
def test_a_figure_is_told_without_noughts(value: Decimal | None, told: str) -> None:
    assert number(value) == told


def test_a_session_has_all_its_plots() -> None:
    (shown,) = sessions_shown((report_session.session(),))
    assert [plot.title.split(":")[0] for plot in shown.plots] == [
        "Slippage against the quote at submit",
        *(["Latency"] * 3),
        "Equity",
        "Drawdown from the high-water mark",
        "Orders by outcome over time",
    ]
    figures = dict(shown.figures)
    assert figures["round trips that count"] == "40 of 41"
    assert figures["unprotected"] == "once, 61 s"
    assert "± 15 points" in figures["won"]


def test_none_won_of_seven_was_told_as_certain_and_a_minute_as_no_days() -> None:
    facts = report_session.session()
    trips = tuple(
        replace(t, profit=Decimal(-1), scripted=False)
        for t in facts.numbers.round_trips[:7]
    )
    few = replace(facts.numbers, round_trips=trips, days=Decimal("0.0014"))
    (shown,) = sessions_shown((replace(facts, numbers=few),))
    figures = dict(shown.figures)
    assert figures["won"] == "0 of 7; ± 23 points by chance"
    assert figures["recorded"] == "2.02 minutes"
