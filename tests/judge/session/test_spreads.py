"""Percentiles come with their sample; rows are thinned evenly."""

from decimal import Decimal

from conformance.judge.session.spreads import Trail, deviation, spread, thinned


def test_nothing_seen_has_no_figures() -> None:
    found = spread("ms", [])
    assert (found.count, found.median, found.shown) == (0, None, ())


def test_percentiles_are_values_that_were_seen() -> None:
    found = spread("bps", [Decimal(n) for n in range(1, 101)])
    assert (found.count, found.least, found.most) == (100, 1, 100)
    assert (found.median, found.p90, found.p99) == (50, 90, 99)
    assert found.mean == Decimal("50.5")


def test_what_is_shown_is_bounded_and_keeps_both_ends() -> None:
    found = spread("ms", [Decimal(n) for n in range(5000)])
    assert len(found.shown) == 1000
    assert (found.shown[0], found.shown[-1]) == (0, 4999)
    assert thinned([1, 2, 3], 5) == (1, 2, 3)


def test_a_trail_stays_short_and_ends_where_it_ended() -> None:
    trail = Trail(most=10)
    for number in range(1003):
        trail.add(str(number), Decimal(number))
    points = trail.points()
    assert len(points) <= 10
    assert (points[0].value, points[-1].value) == (0, 1002)


def test_a_single_value_has_no_deviation() -> None:
    assert deviation([Decimal(3)]) == 0
    assert round(deviation([Decimal(1), Decimal(3)]), 9) == round(Decimal(2).sqrt(), 9)
