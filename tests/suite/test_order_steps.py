"""Whether a quantity is a multiple of the lot, however it is written."""

from decimal import Decimal

import pytest

from conformance.suite.strategy.invariants_orders import _off


@pytest.mark.parametrize(
    ("value", "step", "off"),
    [
        ("1.5", "0.001", False),
        ("1.5005", "0.001", True),
        ("0", "0.001", False),
        ("7", "2", True),
        ("1e3", "300", True),
        ("9e2", "300", False),
        ("-0.3", "0.1", False),
        ("0.30", "0.15", False),
    ],
)
def test_a_value_is_a_multiple_of_its_step_or_not(
    value: str, step: str, off: bool
) -> None:
    assert _off(Decimal(value), Decimal(step)) is off


@pytest.mark.parametrize(
    ("value", "off"),
    [
        ("1e999999999999999999", False),
        ("1e-999999999999999999", True),
        ("1" * 6000, False),
        ("1" * 6000 + ".0005", True),
    ],
)
def test_a_quantity_of_endless_size_ended_the_judging_as_a_fault_of_the_suite(
    value: str, off: bool
) -> None:
    assert _off(Decimal(value), Decimal("0.001")) is off
