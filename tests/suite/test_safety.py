"""Nothing trades on a platform that was not asked for, and no more than was allowed."""

import os
import shlex
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from conformance.errors import SafetyRefusal
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, occurred
from conformance.judge.verdict import Outcome, Verdict
from conformance.peers.played import Played
from conformance.peers.scene import Needs, Scene, Script
from conformance.reference.handlers import Handlers
from conformance.reference.server import ReferenceGateway
from conformance.settings import Settings
from conformance.spec.catalogue import Level, load_catalogue
from conformance.suite.check import Check, Suite, SuiteModule
from conformance.suite.performance import Performance
from fixtures.serving import on_platform, serving

ROOT = Path(__file__).parents[2]
COMMAND = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from conformance.reference import __main__ as process
from fixtures.serving import on_platform

class Gateway(on_platform({platform!r})):
    async def dispatch(self, request):
        if request.method == "POST":
            Path({sent!r}).touch()
        return await super().dispatch(request)

process.ReferenceGateway = Gateway
process.main()
"""
MUSTS = [r.id for r in load_catalogue() if r.level is Level.MUST]
ORDERS = Needs()
READS = Needs(orders=False, symbols=0)
BOUNDS = {"gateway_symbols": ("AAPL",), "gateway_max_notional": Decimal(500)}


async def reads(strategy: Played) -> None:
    await strategy.get("/v1/orders")


async def trades(strategy: Played) -> None:
    await strategy.resting()


async def trades_elsewhere(strategy: Played) -> None:
    await strategy.resting(symbol="MSFT")


async def trades_too_much(strategy: Played) -> None:
    await strategy.resting(quantity="1000000")


def seen(_: Transcript) -> Iterator[Observation]:
    yield occurred(1)


def suite(**scripts: tuple[Script, Needs]) -> Suite:
    found = []
    for number, (name, (script, needs)) in enumerate(scripts.items()):
        checks = (Check(MUSTS[number], "it was seen", seen, name),)
        found.append(SuiteModule(name, "", Scene(name, script, needs), checks))
    return Suite(tuple(found))


SUITE = suite(
    reads=(reads, READS),
    trades=(trades, ORDERS),
    elsewhere=(trades_elsewhere, ORDERS),
    much=(trades_too_much, ORDERS),
)


@contextmanager
def watched(*platforms: str) -> Iterator[tuple[str, list[str]]]:
    """A Gateway on these platforms, and the bodies of all orders it was sent."""
    sent: list[str] = []

    class Watched(on_platform(*platforms)):  # type: ignore[misc]
        async def dispatch(self, request: web.Request) -> web.StreamResponse:
            if request.method == "POST":
                sent.append(await request.text())
            found: web.StreamResponse = await super().dispatch(request)
            return found

    with serving(Watched) as url:
        yield url, sent


def judge(url: str, **options: object) -> dict[str, Outcome]:
    """The outcome of each module of a whole run."""
    settings = Settings(gateway_url=url, seed=7, **options)  # type: ignore[arg-type]
    run = Performance(settings, {}, SUITE)
    run.begin()
    return {o.script: o for o in run.finish().outcomes}


@pytest.mark.parametrize(
    "platforms",
    [
        ("alpaca-live",),
        ("mars-paper",),
        ("",),
        (),
        ("mock", "oanda-live"),
        ("alpaca-paper", "alpaca-live"),
        ("oanda-practice", "mars-paper"),
    ],
    ids=str,
)
def test_a_live_an_unknown_and_an_unnamed_platform_are_refused(
    platforms: tuple[str, ...],
) -> None:
    with watched(*platforms) as (url, sent):
        with pytest.raises(SafetyRefusal, match="nothing that could trade is sent"):
            judge(url, **BOUNDS)
        assert sent == []


def test_a_live_platform_that_was_named_is_traded_within_its_bounds() -> None:
    with watched("alpaca-live") as (url, sent):
        found = judge(url, gateway_allow_platform="alpaca-live", **BOUNDS)
    assert found["trades"].verdict is Verdict.MET
    assert sent
    assert all('"AAPL"' in body for body in sent)


def test_another_platform_than_the_one_named_is_refused() -> None:
    with watched("oanda-live") as (url, sent):
        with pytest.raises(SafetyRefusal):
            judge(url, gateway_allow_platform="alpaca-live", **BOUNDS)
        assert sent == []


def test_a_live_platform_behind_the_one_that_was_named_is_refused() -> None:
    with watched("alpaca-live", "oanda-live") as (url, sent):
        with pytest.raises(SafetyRefusal, match="oanda-live"):
            judge(url, gateway_allow_platform="alpaca-live", **BOUNDS)
        assert sent == []


def test_a_live_platform_that_is_named_outside_an_object_is_refused() -> None:
    class Bare(Handlers):
        def health(self, *asked: Any) -> Any:
            status, body = super().health(*asked)
            return status, {**body, "providers": [*body["providers"], "alpaca-live"]}

    class Gateway(ReferenceGateway):
        handlers_class = Bare

    with serving(Gateway) as url, pytest.raises(SafetyRefusal, match="alpaca-live"):
        judge(url, **BOUNDS)


@pytest.mark.parametrize("platform", ["alpaca-live", "alpaca-paper", "mars"])
def test_a_command_that_starts_no_mock_is_sent_no_order(
    tmp_path: Path, platform: str
) -> None:
    sent = tmp_path / "sent"
    script = tmp_path / "gateway.py"
    script.write_text(COMMAND.format(root=str(ROOT), platform=platform, sent=str(sent)))
    settings = Settings(
        gateway_cmd=shlex.join([sys.executable, str(script)]),
        gateway_allow_platform=platform,
        **BOUNDS,  # type: ignore[arg-type]
    )
    run = Performance(settings, os.environ, SUITE)
    with pytest.raises(SafetyRefusal, match=f"/health names {platform}"):
        run.begin()
    run.finish()
    assert not sent.exists()


@pytest.mark.parametrize("option", [{}, {"gateway_symbols": ("AAPL",)}], ids=str)
def test_a_paper_account_without_bounds_is_only_read(option: dict[str, object]) -> None:
    with watched("alpaca-paper") as (url, sent):
        found = judge(url, **option)
    assert sent == []
    assert found["reads"].verdict is Verdict.MET
    assert found["trades"].verdict is Verdict.NOT_VERIFIED
    assert found["trades"].reason == (
        "needs --gateway-symbols and --gateway-max-notional"
    )


def test_an_order_that_is_kept_at_home_ends_its_script_alone() -> None:
    with watched("alpaca-paper") as (url, sent):
        found = judge(url, **BOUNDS)
    assert all('"AAPL"' in body and "1000000" not in body for body in sent)
    assert found["reads"].verdict is Verdict.MET
    assert found["trades"].verdict is Verdict.MET
    assert "'MSFT' is not among the symbols" in found["elsewhere"].reason
    assert "over the bound of 500" in found["much"].reason
    assert found["much"].verdict is Verdict.NOT_VERIFIED


def test_a_paper_account_that_is_not_empty_is_refused() -> None:
    with watched("alpaca-paper") as (url, sent):
        body = (
            b'{"symbol":"AAPL","side":"BUY","quantity":"1","order_type":"LIMIT",'
            b'"limit_price":"0.01"}'
        )
        headers = {"content-type": "application/json"}
        asked = urllib.request.Request(f"{url}/v1/orders", body, headers)
        urllib.request.urlopen(asked, timeout=5).close()
        with pytest.raises(SafetyRefusal, match="open orders or positions"):
            judge(url, **BOUNDS)
        assert len(sent) == 1


def test_a_paper_account_that_cannot_be_read_was_taken_for_empty() -> None:
    keys = {"ALPACA_API_KEY": "placeholder", "ALPACA_API_SECRET": "placeholder"}
    with (
        serving(GATEWAY_PROVIDER="alpaca", **keys) as url,
        pytest.raises(SafetyRefusal, match="it cannot be read"),
    ):
        judge(url, **BOUNDS)


@pytest.mark.parametrize("platform", ["alpaca-paper", "mock"])
def test_a_paper_account_is_left_alone_after_a_429(platform: str) -> None:
    async def asks_on(strategy: Played) -> None:
        await strategy.get("/v1/orders?busy")
        await strategy.get("/v1/orders")

    class Busy(on_platform(platform)):  # type: ignore[misc]
        async def dispatch(self, request: web.Request) -> web.StreamResponse:
            if request.query_string == "busy":
                return web.Response(status=429, headers={"retry-after": "1"})
            found: web.StreamResponse = await super().dispatch(request)
            return found

    with serving(Busy) as url:
        settings = Settings(gateway_url=url, seed=7)
        needs = Needs(orders=False, symbols=0, seconds=0.9)
        run = Performance(settings, {}, suite(asks=(asks_on, needs)))
        run.begin()
        record = run.finish()
    (transcript,) = run.transcripts
    first, second = (e.at for e in transcript.entries if e.kind == "request")
    assert (second - first >= 1) == (platform == "alpaca-paper")
    assert record.outcomes[0].verdict is Verdict.MET


def test_what_a_run_opened_is_closed_again_on_a_paper_account() -> None:
    with watched("alpaca-paper") as (url, _):
        judge(url, **BOUNDS)
        with urllib.request.urlopen(f"{url}/v1/orders", timeout=5) as answer:
            assert b"OPEN" not in answer.read()
