"""What could trade beyond its bound is not sent."""

import json
from decimal import Decimal

import pytest

from conformance.errors import SafetyRefusal
from conformance.peers.firewall import (
    PROBES,
    Firewall,
    Permission,
    ProbesOnly,
    price_of,
)


def _order(**fields: object) -> str:
    order = {"symbol": "A", "side": "BUY", "order_type": "LIMIT"}
    terms = {"quantity": "1", "limit_price": "5"}
    return json.dumps({**order, **terms, **fields})


def _bounded(*, market: str | None = None) -> Firewall:
    firewall = Firewall(Permission(False, ("A",), Decimal(10)))
    if market is not None:
        firewall.learn("A", Decimal(market))
    return firewall


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


@pytest.mark.parametrize(
    "fields",
    [
        {"side": "SELL"},
        {"order_type": "MARKET"},
        {"order_type": "STOP", "limit_price": None, "stop_price": "1"},
        {"side": "SELL", "limit_price": "0.01"},
    ],
)
def test_an_order_is_worth_the_dearest_price_that_it_can_trade_at(
    fields: dict[str, object],
) -> None:
    body = _order(**fields)
    _bounded(market="9").admit("POST", "/v1/orders", body)
    for firewall in (_bounded(market="11"), _bounded()):
        with pytest.raises(SafetyRefusal, match=r"11 is over|unknown worth"):
            firewall.admit("POST", "/v1/orders", body)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/v1/orders/1", '{"quantity": "3"}'),
        ("PATCH", "/v1/orders/1", '{"limit_price": "11"}'),
        ("PATCH", "/v1/orders/1", '{"quantity": "many"}'),
        ("PATCH", "/v1/orders/1", '{"quantity": "3"'),
        ("DELETE", "/v1/positions/1", '{"quantity": "-3"}'),
    ],
)
def test_a_change_beyond_the_bound_is_not_sent(
    method: str, path: str, body: str
) -> None:
    firewall = _bounded(market="5")
    firewall.admit("POST", "/v1/orders", _order())
    with pytest.raises(SafetyRefusal, match="a change"):
        firewall.admit(method, path, body)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/v1/orders/1", '{"limit_price": "9"}'),
        ("PATCH", "/v1/positions/1", '{"stop_loss": "1000"}'),
        ("DELETE", "/v1/positions/1", '{"quantity": "1"}'),
        ("DELETE", "/v1/positions/1", None),
        ("DELETE", "/v1/orders/1", None),
    ],
)
def test_a_change_within_the_bound_is_sent(
    method: str, path: str, body: str | None
) -> None:
    firewall = _bounded(market="5")
    firewall.admit("POST", "/v1/orders", _order())
    firewall.admit(method, path, body)


def test_a_change_of_an_order_of_ours_is_worth_what_that_order_is_then() -> None:
    firewall = _bounded(market="5")
    firewall.placed("small", json.loads(_order(quantity="0.1")))
    firewall.admit("POST", "/v1/orders", _order(quantity="2"))
    firewall.admit("PATCH", "/v1/orders/small", '{"limit_price": "99"}')
    with pytest.raises(SafetyRefusal, match=r"11\.0 is over|110"):
        firewall.admit("PATCH", "/v1/orders/small", '{"limit_price": "110"}')


def test_orders_and_changes_are_counted_over_the_whole_run() -> None:
    firewall = Firewall(Permission(False, ("A",), Decimal(10), max_orders=2))
    for _ in range(2):
        firewall.admit("POST", "/v1/orders", _order())
    with pytest.raises(SafetyRefusal, match="more than 2 orders"):
        firewall.admit("POST", "/v1/orders", _order())


def test_reading_is_never_held_back() -> None:
    _bounded().admit("GET", "/v1/orders", None)


def test_on_a_simulated_platform_anything_may_be_sent() -> None:
    Firewall(Permission(unbounded=True)).admit("POST", "/v1/orders", "nonsense")


@pytest.mark.parametrize("path", PROBES)
def test_the_probes_of_any_platform_may_be_asked(path: str) -> None:
    ProbesOnly().admit("GET", path, None)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/orders", _order()),
        ("DELETE", "/v1/orders", None),
        ("DELETE", "/v1/positions/1", None),
        ("GET", "/v1/account", None),
        ("GET", "/v1/orders/../../health", None),
        ("POST", "/health", None),
        ("GET", "/health", _order()),
    ],
)
def test_where_only_probes_are_asked_nothing_else_passes(
    method: str, path: str, body: str | None
) -> None:
    with pytest.raises(SafetyRefusal):
        ProbesOnly().admit(method, path, body)


@pytest.mark.parametrize(
    "told",
    [
        *("0", "0.00", "-1", "NaN", "sNaN", "Infinity", "1e999999", "1e-999999", "x"),
        *(None, 0, [], {}, Decimal("NaN"), 10**400),
    ],
    ids=repr,
)
def test_an_order_was_valued_by_a_quote_of_nothing(told: object) -> None:
    assert price_of(told) is None


def test_a_price_is_read_from_text_and_from_a_number() -> None:
    assert price_of("100.5") == price_of(Decimal("100.5")) == Decimal("100.5")
    assert price_of(7) == Decimal(7)
