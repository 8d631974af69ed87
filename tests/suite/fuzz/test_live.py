"""A live platform is not fuzzed, whatever is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from aiohttp import web

from conformance.errors import SafetyRefusal
from conformance.judge.verdict import Outcome, Verdict
from conformance.settings import Settings
from conformance.suite.check import Suite
from conformance.suite.gateway import gateway_suite
from conformance.suite.performance import Performance
from fixtures.serving import on_platform, serving

BOUNDS = {"gateway_symbols": ("AAPL", "MSFT"), "gateway_max_notional": Decimal(500)}
FUZZ = Suite(
    tuple(m for m in gateway_suite().modules if m.scene and m.scene.needs.fuzz)
)
LOOK = frozenset(
    {"/livez", "/readyz", "/health", "/v1/ws", "/v1/capabilities", "/v1/account"}
    | {"/v1/orders", "/v1/positions", "/v1/quotes/AAPL"}
)
"""What the doctor asks of a Gateway before the first script."""


@contextmanager
def watched(platform: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A Gateway on this platform, and every request that came there."""
    came: list[tuple[str, str]] = []

    class Watched(on_platform(platform)):  # type: ignore[misc]
        async def dispatch(self, request: web.Request) -> web.StreamResponse:
            came.append((request.method, request.path))
            found: web.StreamResponse = await super().dispatch(request)
            return found

    with serving(Watched) as url:
        yield url, came


def fuzzed(url: str, allowed: str | None) -> tuple[Outcome, ...]:
    settings = Settings(
        gateway_url=url,
        seed=7,
        fuzz=True,
        fuzz_examples=0,
        gateway_allow_platform=allowed,
        **BOUNDS,  # type: ignore[arg-type]
    )
    run = Performance(settings, {}, FUZZ)
    run.begin()
    return run.finish().outcomes


@pytest.mark.parametrize("platform", ["alpaca-live", "mars", ""])
def test_nothing_is_fuzzed_on_a_live_or_an_unknown_platform(platform: str) -> None:
    with watched(platform) as (url, came):
        with pytest.raises(SafetyRefusal, match="nothing that could trade is sent"):
            fuzzed(url, None)
        assert {method for method, _ in came} == {"GET"}
        assert {path for _, path in came} <= LOOK


@pytest.mark.parametrize("platform", ["alpaca-live", "mars"])
def test_a_live_platform_that_was_named_was_fuzzed(platform: str) -> None:
    with watched(platform) as (url, came):
        outcomes = fuzzed(url, platform)
    assert outcomes
    assert {o.verdict for o in outcomes} == {Verdict.NOT_VERIFIED}
    assert any("a live one is not fuzzed" in o.reason for o in outcomes)
    orders = [path for method, path in came if method == "POST"]
    assert orders == ["/v1/orders"], "the doctor sends one order, and nobody else does"
