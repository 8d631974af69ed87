"""What a list may be asked for."""

import pytest

from conformance.reference.asked import Asked
from conformance.reference.failure import Failure
from conformance.reference.filters import LIMIT, MOST, Filters


def limit(value: str | None) -> int:
    query = () if value is None else (("limit", value),)
    return Filters().limit(Asked({}, query, "", b""))


@pytest.mark.parametrize(
    ("value", "rows"),
    [(None, LIMIT), ("0", 0), ("7", 7), ("007", 7), ("2147483647", MOST)],
)
def test_a_limit_is_a_whole_number_and_is_cut(value: str | None, rows: int) -> None:
    assert limit(value) == rows


@pytest.mark.parametrize("value", ["", "-1", "1.0", "\u0661", "2147483648", "9" * 5000])
def test_no_other_limit_is_taken_however_long(value: str) -> None:
    with pytest.raises(Failure, match="limit"):
        limit(value)
