"""Runs the plugin in a session of its own, over a tiny suite in place of the real."""

import warnings
from collections.abc import Callable, Iterator

# What httpx imports when it first connects: a session within this one would else
# import it anew, and no longer catch its exceptions.
import anyio._backends._asyncio  # noqa: F401
import httpcore._backends.anyio  # noqa: F401
import pytest

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.peers.played import Played
from conformance.peers.scene import Needs, Scene
from conformance.spec.catalogue import Level, load_catalogue
from conformance.suite import performance
from conformance.suite.check import Check, Suite, SuiteModule

Playing = Callable[[str], None]
Running = Callable[..., pytest.RunResult]


def met(_: Transcript) -> Iterator[Observation]:
    yield occurred(1)


def violated(_: Transcript) -> Iterator[Observation]:
    yield finding("Answered \x1b[31m in 1 ms.", 1, 2, key="one cause")
    yield finding("Answered 3 times.", 1, 2)
    yield finding("Answered 4 times.", 1)


def unseen(_: Transcript) -> Iterator[Observation]:
    yield from ()


def unclaimed(_: Transcript) -> Iterator[Observation]:
    yield from ()
    raise NotApplicable("the Gateway does not claim it")


def broken(_: Transcript) -> Iterator[Observation]:
    yield from ()
    raise ZeroDivisionError("ours")


def warning(_: Transcript) -> Iterator[Observation]:
    warnings.warn("a library will do otherwise one day", DeprecationWarning, 1)
    yield occurred(1)


CHECKS = {
    "met": met,
    "warning": warning,
    "slow": met,
    "violated": violated,
    "again": violated,
    "warned": violated,
    "unseen": unseen,
    "unclaimed": unclaimed,
    "broken": broken,
}
OPEN = [r for r in load_catalogue() if not r.safety]
MUSTS = [r.id for r in OPEN if r.level is Level.MUST]
"""The requirements of a tiny suite's modules, in their order."""

SHOULD = next(r.id for r in OPEN if r.level is Level.SHOULD)


async def script(strategy: Played) -> None:
    await strategy.get("/v1/orders")


def module(kind: str, identity: str) -> SuiteModule:
    checks = (Check(identity, "it was seen", CHECKS[kind], kind),)
    scene = Scene(kind, script, Needs(slow=kind == "slow"))
    return SuiteModule(kind, "", scene, checks)


def tiny_suite(kinds: str) -> Suite:
    """A suite of one module a kind."""
    words = kinds.split()
    ids = [SHOULD if k == "warned" else MUSTS[i] for i, k in enumerate(words)]
    return Suite(tuple(map(module, words, ids)))


@pytest.fixture
def playing(monkeypatch: pytest.MonkeyPatch) -> Playing:
    """Puts a tiny suite in place of the real one."""

    def play(kinds: str) -> None:
        suite = tiny_suite(kinds)
        monkeypatch.setattr(performance, "suite_for", lambda _: suite)

    return play


@pytest.fixture
def start(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Running:
    """Runs pytest in this process with no plugin but ours."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("GATEWAY_API_KEY", raising=False)

    def starting(*options: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess("-p", "conformance.plugin", *options)

    return starting


@pytest.fixture
def run(start: Running) -> Running:
    """Judges the Gateway of a URL."""

    def running(url: str, *options: str) -> pytest.RunResult:
        return start("--gateway-url", url, *options)

    return running
