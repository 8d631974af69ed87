"""Which numbers can come of what was said, and which were made up."""

from decimal import Decimal

import pytest

from conformance.judge.provenance import filled_in, from_nowhere, numbers_in

SAID = {"id": "7", "quantity": "9", "filled_quantity": "2", "price": 100.5, "bad": "x"}


def made_up(told: dict[str, object]) -> list[str]:
    return [name for name, _ in from_nowhere(told, numbers_in(SAID))]


def test_names_and_times_are_no_figures() -> None:
    assert numbers_in(SAID) == {Decimal(9), Decimal(2)}
    assert numbers_in({"created_at": 5, "order_id": "8", "timestamp": "3"}) == set()


@pytest.mark.parametrize("told", ["9", "2", "7", "18", "5.5", "9.0000000000000000001"])
def test_a_number_that_was_said_or_follows_from_two_is_none_of_its_own(
    told: str,
) -> None:
    assert made_up({"remaining_quantity": told}) == []


@pytest.mark.parametrize("told", ["0", "3", "100", "1e30"])
def test_a_number_that_nobody_said_is_made_up(told: str) -> None:
    assert made_up({"inner": [{"quantity": told}]}) == ["quantity"]


def test_what_is_missing_may_not_be_filled_in() -> None:
    before = [{"balance": "5", "avg": "1"}]
    names = {"average": "avg"}
    told = {"balance": "0", "average": "2", "own": "7"}
    found = dict(filled_in(told, {"zero": "0"}, before, names))
    assert found == {"balance": Decimal(0), "average": Decimal(2)}


def test_what_was_said_before_may_still_stand() -> None:
    assert list(filled_in({"balance": "5"}, {}, [{"balance": "5"}], {})) == []
