"""A build without a provider is told apart from one that does not start."""

import pytest

from conformance.peers.providers import is_not_built_in


@pytest.mark.parametrize(
    "said",
    [
        "Error: alpaca: this feature is not enabled",
        "starting\nError: GATEWAY_PROVIDER: alpaca is not built in\nbye",
        "Error: invalid GATEWAY_PROVIDER='alpaca': choose mock",
        "Error: GATEWAY_PROVIDER: 'alpaca' is unknown",
        "unknown provider alpaca",
    ],
)
def test_a_provider_that_is_not_there_is_read(said: str) -> None:
    assert is_not_built_in(said, "alpaca")


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Error: alpaca needs ALPACA_API_KEY",
        "alpaca: connection refused",
        "GIT_SHA unknown\nalpaca: 401",
        "Error: GATEWAY_PROVIDER: oanda is not built in",
        "thread 'main' panicked at alpaca.rs:1",
    ],
)
def test_other_ends_are_not_taken_for_it(said: str) -> None:
    assert not is_not_built_in(said, "alpaca")
