"""A strategy's process is told its addresses, nothing that leads round us, and ends."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers.strategy.process import (
    KEYS,
    MOST_LETTERS,
    MOST_LINES,
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


DAEMON = (
    "import os, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    print(os.getpid(), flush=True)\n"
    "    time.sleep(600)\n"
    "time.sleep(0.3)\n"
)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc here")
async def test_a_daemon_that_it_left_behind_ends_with_it(tmp_path: Path) -> None:
    tmp_path.joinpath("daemon.py").write_text(DAEMON)
    written = recorder()
    process = StrategyProcess(
        f"{sys.executable} {tmp_path}/daemon.py", written, "run-", lambda: None
    )
    await process.begin(dict(os.environ), Path.cwd())
    assert await process.gone(10)
    daemon = int(process.log[0])
    assert lives(daemon)
    await process.kill()
    for _ in range(100):
        if not lives(daemon):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the daemon lives on")


def lives(pid: int) -> bool:
    """Whether a process is there that is not merely waited for."""
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and " Z " not in state.read_text()


FLOOD = (
    "import os\n"
    "for _ in range(30):\n"
    "    os.write(1, (b'x' * 99 + b'\\n') * 10_000)\n"
    "print('done')\n"
)


async def test_a_flood_of_lines_is_counted_and_not_kept(tmp_path: Path) -> None:
    tmp_path.joinpath("flood.py").write_text(FLOOD)
    written = recorder()
    process = StrategyProcess(
        f"{sys.executable} {tmp_path}/flood.py", written, "run-", lambda: None
    )
    await process.begin(dict(os.environ), Path.cwd())
    assert await process.gone(30)
    lines = [str(e.data["text"]) for e in written.entries if e.kind is Kind.LOG]
    assert len(lines) <= MOST_LINES + 1
    assert sum(map(len, lines)) <= MOST_LETTERS + 200
    assert lines[-1].endswith("more lines were printed, and not kept)")
    assert process.log[-1] == "done"
