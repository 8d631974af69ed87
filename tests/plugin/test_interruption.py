"""Ctrl-C and SIGTERM end a run in good order: cancelled, closed, told, status 2."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from conformance.reference.server import ReferenceGateway
from fixtures.serving import serving

ROOT = Path(__file__).parents[2]

HANGING = """
import asyncio

from conformance.peers.scene import Needs, Scene
from conformance.suite import performance
from conformance.suite.check import Check, Suite, SuiteModule
from tests.plugin.conftest import MUSTS, met


async def quick(strategy):
    await strategy.get("/v1/orders")


async def hanging(strategy):
    await strategy.stream()
    await strategy.resting()
    await asyncio.sleep(60)


def module(number, script):
    name = script.__name__
    checks = (Check(MUSTS[number], "it was seen", met, name),)
    return SuiteModule(name, "", Scene(name, script, Needs()), checks)


suite = Suite((module(0, quick), module(1, hanging)))
performance.suite_for = lambda _: suite
"""


def read(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def working(url: str) -> list[Any]:
    return [o for o in read(f"{url}/v1/orders") if o["status"] == "OPEN"]


def await_order(url: str, process: "subprocess.Popen[str]") -> None:
    """Until the hanging script's order rests, and stays."""
    seen = 0
    for _ in range(400):
        seen = seen + 1 if working(url) else 0
        if seen == 10:
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    pytest.fail("the script's order never came")


def begin(
    pytester: pytest.Pytester, url: str, *options: str, hanging: bool = True
) -> "subprocess.Popen[str]":
    pytester.makepyfile(hanging=HANGING)
    path = os.pathsep.join([str(pytester.path), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    plugins = ["-p", "conformance.plugin", *(["-p", "hanging"] if hanging else [])]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *plugins, "--gateway-url", url, *options],
        cwd=pytester.path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


WORKERS = ("-p", "xdist", "-n", "2")


@pytest.mark.parametrize(
    ("number", "options", "says"),
    [
        (signal.SIGINT, (), "report: reports/"),
        (signal.SIGTERM, (), "report: reports/"),
        (signal.SIGHUP, (), "report: reports/"),
        (signal.SIGINT, WORKERS, "interrupted: a worker"),
        (signal.SIGTERM, WORKERS, "interrupted: a worker"),
    ],
)
def test_a_signal_ends_the_run_in_good_order(
    pytester: pytest.Pytester,
    number: signal.Signals,
    options: tuple[str, ...],
    says: str,
) -> None:
    with serving() as url:
        process = begin(pytester, url, *options)
        await_order(url, process)
        # A terminal's Ctrl-C reaches every process of the group.
        os.killpg(process.pid, number)
        told, _ = process.communicate(timeout=30)
        assert process.returncode == 2, told
        assert working(url) == []
    assert says in told
    facts = json.loads((pytester.path / "reports/latest/readiness.json").read_text())
    assert facts["run"]["interrupted"] is True
    assert facts["run"]["exit_status"] == 2
    assert facts["counts"]["met"] == 1
    assert facts["run"]["left_open"] == []
    left = pytester.path / "reports/latest/transcripts"
    assert "the run was ended before" in (left / "hanging.jsonl").read_text()


def test_a_signal_in_the_midst_of_fuzzing_leaves_nothing_open(
    pytester: pytest.Pytester,
) -> None:
    node = "gateway-conformance/fuzz::POST /v1/orders"
    fuzz = ("--gateway-fuzz", "--gateway-fuzz-examples", "5000", node)
    with serving() as url:
        process = begin(pytester, url, *fuzz, hanging=False)
        while len(read(f"{url}/v1/orders/history")) < 20:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        told, _ = process.communicate(timeout=30)
        assert working(url) == []
        assert read(f"{url}/v1/positions") == []
    assert process.returncode == 2, told
    facts = json.loads((pytester.path / "reports/latest/readiness.json").read_text())
    assert facts["run"]["interrupted"] is True
    assert facts["run"]["left_open"] == []


def test_a_termination_that_comes_twice_at_once_was_an_end_with_no_report(
    pytester: pytest.Pytester,
) -> None:
    """As of `timeout`, which tells the process and its group."""
    with serving() as url:
        process = begin(pytester, url)
        await_order(url, process)
        process.send_signal(signal.SIGTERM)
        os.killpg(process.pid, signal.SIGTERM)
        told, _ = process.communicate(timeout=30)
        assert working(url) == []
    assert process.returncode == 2, told
    assert "report: reports/" in told


class NeverCancels(ReferenceGateway):
    """Does not answer a cancel of one order, but for the doctor's."""

    async def dispatch(self, request: web.Request) -> web.StreamResponse:
        if request.method == "DELETE" and len(self.provider.books.orders) > 1:
            await asyncio.sleep(30)
        return await super().dispatch(request)


def test_asked_twice_the_run_ends_at_once_and_tells_what_may_be_left(
    pytester: pytest.Pytester,
) -> None:
    with serving(NeverCancels) as url:
        process = begin(pytester, url)
        await_order(url, process)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=25)
    assert process.returncode == 2
    assert "left open on the account: not tidied up: orders whose client id" in told
    assert (pytester.path / "reports/latest/readiness.html").exists()


def test_a_run_that_never_came_to_the_suite_leaves_a_report(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_own="import nonsense_that_is_not_there")
    with serving() as url:
        process = begin(pytester, url)
        process.communicate(timeout=20)
    assert process.returncode == 2
    facts = json.loads((pytester.path / "reports/latest/readiness.json").read_text())
    assert facts["run"]["interrupted"] is True
    assert facts["counts"]["met"] == 0
