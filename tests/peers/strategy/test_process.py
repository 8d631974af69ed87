"""A strategy's process is told its addresses, nothing that leads round us, and ends."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers.strategy.process import (
    KEYS,
    URLS,
    StrategyProcess,
    environment_for,
)

GRANDCHILD = (
    "import subprocess, time; subprocess.Popen(['sleep', '60']); "
    "print('up', flush=True); time.sleep(60)"
)


def test_addresses_and_key_are_told_under_every_name() -> None:
    user = {
        "PATH": "/bin",
        "HTTPS_PROXY": "x",
        "TEKTII_API_KEY": "y",
        "OANDA_TOKEN": "z",
    }
    told = environment_for(user, "http://127.0.0.1:1", "key", {"MODE": "fast"})
    assert {told[name] for name in URLS} == {"http://127.0.0.1:1"}
    assert {told[name] for name in KEYS} == {"key"}
    assert told["WS_URL"] == "ws://127.0.0.1:1/v1/ws"
    assert told["MODE"] == "fast"
    assert not {"HTTPS_PROXY", "TEKTII_API_KEY", "OANDA_TOKEN"} & told.keys()


def recorder() -> Recorder:
    return Recorder(Header("x", "x", "", "", (), 0, ""), time.perf_counter)


async def started(code: str, written: Recorder) -> StrategyProcess:
    process = StrategyProcess(
        f'{sys.executable} -c "{code}"', written, "run-", lambda: None
    )
    await process.begin(dict(os.environ), Path.cwd())
    return process


def events(entries: tuple[Entry, ...]) -> list[tuple[str, object]]:
    found = [e.data for e in entries if e.kind is Kind.PROCESS]
    return [(d["event"], d["status"]) for d in found]


async def test_what_it_prints_and_how_it_ends_is_written_down() -> None:
    written = recorder()
    process = await started("print('hello'); raise SystemExit(3)", written)
    assert await process.gone(10)
    lines = [e.data["text"] for e in written.entries if e.kind is Kind.LOG]
    assert lines == ["hello"]
    assert events(written.entries) == [("started", None), ("exited", 3)]


async def test_a_signal_is_written_down_and_sent() -> None:
    written = recorder()
    process = await started("import time; time.sleep(60)", written)
    process.tell(signal.SIGTERM)
    assert await process.gone(10)
    told = [("started", None), ("signalled", None), ("exited", -15)]
    assert events(written.entries) == told


async def test_what_it_started_itself_ends_with_it() -> None:
    written = recorder()
    process = await started(GRANDCHILD, written)
    while not process.log:  # noqa: ASYNC110 - a process prints when it likes
        await asyncio.sleep(0.01)
    group = process.pid
    assert group is not None
    await process.kill()
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("a process of its group lives on")
