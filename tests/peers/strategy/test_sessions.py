"""A market begins within the declared sessions, or out of them all."""

from datetime import UTC, datetime, time, timedelta

from conformance.peers.strategy.sessions import beginning, inside, outside
from conformance.spec.profile import Session

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = Session(("mon", "tue", "wed", "thu", "fri"), time(14, 30), time(21), "UTC")


def test_without_sessions_it_begins_in_the_near_past() -> None:
    assert beginning("1m", NOW) == NOW - timedelta(minutes=500)


def test_within_sessions_all_of_its_first_bars_are() -> None:
    at = beginning("1m", NOW, (DAY,))
    assert inside((DAY,), at)
    assert inside((DAY,), at + timedelta(minutes=90))


def test_out_of_sessions_none_is() -> None:
    at = outside("1m", NOW, (DAY,))
    assert at is not None
    assert not inside((DAY,), at)


def test_always_open_is_never_closed() -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    always = Session(days, time(0), time(23, 59, 59, 999999), "UTC")
    assert outside("1m", NOW, (always,)) is None
