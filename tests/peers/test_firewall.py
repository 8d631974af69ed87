"""What could trade beyond its bound is not sent."""

import json
from decimal import Decimal

import pytest

from conformance.errors import SafetyRefusal
from conformance.peers.firewall import Firewall, Permission


def _order(**fields: object) -> str:
    order = {"symbol": "A", "quantity": "1", "limit_price": "5"}
    return json.dumps({**order, **fields})


def _bounded() -> Firewall:
    return Firewall(Permission(False, ("A",), Decimal(10)))


def test_an_order_within_the_bound_passes() -> None:
    _bounded().admit("POST", "/v1/orders", _order())


@pytest.mark.parametrize(
    "body",
    [
        _order(quantity="3"),
        _order(quantity="-3"),
        _order(symbol="B"),
        _order(quantity="NaN"),
        _order(quantity="Infinity"),
        _order(quantity="ten"),
        _order(quantity=None),
        _order(limit_price=None),
        _order()[:-1],
        f"[{_order()}]",
        None,
    ],
)
def test_an_order_beyond_the_bound_or_of_unknown_worth_is_not_sent(
    body: str | None,
) -> None:
    with pytest.raises(SafetyRefusal):
        _bounded().admit("POST", "/v1/orders", body)


def test_reading_is_never_held_back() -> None:
    _bounded().admit("GET", "/v1/orders", None)


def test_on_a_simulated_platform_anything_may_be_sent() -> None:
    Firewall(Permission(unbounded=True)).admit("POST", "/v1/orders", "nonsense")
