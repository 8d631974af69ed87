"""A path is the same wherever it is asked for, and has a past."""

from decimal import Decimal

import pytest

from conformance.venue.paths import SHAPES, Path


@pytest.mark.parametrize("shape", SHAPES)
def test_bars_follow_each_other_and_hold_their_prices(shape: str) -> None:
    path = Path(shape, Decimal(5), 20, seed=3)
    for index in range(-30, 100):
        bar = path.bar(index)
        assert bar.open == path.bar(index - 1).close
        assert bar.low <= min(bar.open, bar.close)
        assert bar.high >= max(bar.open, bar.close)
        assert abs(bar.close - 100) <= 100


def test_bars_that_are_cut_off_are_the_past() -> None:
    path, cut = Path("sine"), Path("sine", skipped=12)
    assert cut.close(0) == path.close(12)
    assert cut.close(-5) == path.close(7)


def test_closes_that_are_given_come_again_and_again() -> None:
    path = Path("trigger", closes=(Decimal(1), Decimal(2)))
    assert [path.close(i) for i in (-1, 0, 1, 2)] == [1, 1, 2, 1]
