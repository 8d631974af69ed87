"""Forwarding waits for no scribe: a dead one is replaced, what has no room is lost."""

import asyncio
import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import BadOption
from conformance.evidence.session_folder import SessionLock
from conformance.evidence.session_writer import Facts
from conformance.peers.tap import link as link_module
from conformance.peers.tap.feed import Piece, Unpacking, What
from conformance.peers.tap.link import ScribeLink
from conformance.peers.tap.outbox import Outbox
from conformance.peers.tap.scribe_process import Task
from conformance.peers.tap.standing import Standing

FACTS = Facts("mine", "http://gateway", "127.0.0.1:1", "0.1.0")
ASK = b"GET /v1/account HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Watched:
    """A link, and what it said."""

    def __init__(self, folder: Path, room: int = 64_000_000) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.alarms: list[dict[str, str]] = []
        self.standing = Standing()
        self.lock = SessionLock(folder)
        task = Task(str(folder), FACTS)
        self.link = ScribeLink(
            task,
            self.lock.number,
            self.standing,
            self.said.append,
            self.alarms.append,
            room,
        )

    def ask(self) -> None:
        self.link.put(What.UP, 1, ASK)
        self.link.put(What.DOWN, 1, OK)

    async def heard(self, line: str) -> None:
        async with asyncio.timeout(20):
            while not any(line in each for each in self.said):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def end(self) -> list[dict[str, Any]]:
        await self.link.close()
        self.lock.close()
        paths = sorted((self.folder / "segments").iterdir())
        lines = [x for p in paths for x in p.read_text("utf-8").splitlines()]
        return [row for row in map(json.loads, lines) if "n" in row]


async def test_a_scribe_that_is_killed_is_replaced_and_nothing_is_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "AGAIN_SECONDS", (0.1,))
    watched = Watched(tmp_path)
    await watched.link.begin()
    watched.link.open = lambda: (1,)
    watched.ask()
    async with asyncio.timeout(5):
        while watched.standing.entries < 3:  # noqa: ASYNC110 - told by no event
            await asyncio.sleep(0.02)
    assert watched.link.pid is not None
    os.kill(watched.link.pid, signal.SIGKILL)
    await watched.heard("RECORDING STOPPED, trading goes on: the writer ended")
    watched.ask()
    await watched.heard("it is recorded again")
    watched.ask()
    rows = await watched.end()
    assert [r["n"] for r in rows] == list(range(1, len(rows) + 1))
    kinds = [r["kind"] for r in rows]
    assert kinds.count("request") == kinds.count("response") == 2
    notes = [r["data"]["name"] for r in rows if r["kind"] == "note"]
    assert notes == ["stretch-began", "stretch-began", "recording-resumed"]
    assert watched.alarms[0]["threshold"] == "recording"
    stretches = json.loads((tmp_path / "session.json").read_text())["stretches"]
    assert all(s["ended"] for s in stretches)


async def test_a_scribe_that_is_stuck_holds_nobody_up_and_goes_on_when_it_can(
    tmp_path: Path,
) -> None:
    watched = Watched(tmp_path, room=100_000)
    await watched.link.begin()
    watched.link.open = lambda: (1,)
    assert watched.link.pid is not None
    os.kill(watched.link.pid, signal.SIGSTOP)
    watched.ask()
    await asyncio.sleep(0)
    began = time.perf_counter()
    for _ in range(200):
        watched.link.put(What.UP, 1, ASK[:-2] + b"X: " + b"y" * 10_000 + b"\r\n\r\n")
        watched.link.put(What.DOWN, 1, OK)
        await asyncio.sleep(0)
    assert time.perf_counter() - began < 2
    assert watched.standing.stopped.startswith("the writer is too slow")
    assert watched.alarms[0]["threshold"] == "recording"
    os.kill(watched.link.pid, signal.SIGCONT)
    await watched.heard("it is recorded again")
    watched.ask()
    rows = await watched.end()
    assert [r["n"] for r in rows] == list(range(1, len(rows) + 1))
    notes = [r["data"]["name"] for r in rows if r["kind"] == "note"]
    # The way back is found once for all, and once for the connection.
    assert notes == [
        "stretch-began",
        "recording-stopped",
        "recording-resumed",
        "recording-resumed",
    ]
    assert [r["kind"] for r in rows][-2:] == ["request", "response"]
    assert not watched.standing.stopped


async def test_all_that_was_told_is_written_when_the_tap_ends(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    await watched.link.begin()
    for _ in range(500):
        watched.ask()
    rows = await watched.end()
    assert [r["kind"] for r in rows].count("response") == 500
    assert watched.standing.figures["requests"] == 500
    last = sorted((tmp_path / "segments").iterdir())[-1].read_text().splitlines()[-1]
    assert json.loads(last)["entries"] == 1001


async def test_a_folder_that_cannot_be_written_is_told_at_the_start(
    tmp_path: Path,
) -> None:
    (tmp_path / "session.json").write_text("{}")
    watched = Watched(tmp_path)
    with pytest.raises(BadOption, match="this is no session"):
        await watched.link.begin()
    watched.lock.close()


async def test_a_full_queue_drops_pieces_at_once_and_tells_how_many() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    said: list[str] = []
    outbox = Outbox(ours, said.append, lambda: None, room=100_000)
    began = time.perf_counter()
    for _ in range(10_000):
        outbox.put(What.UP, 1, b"x" * 1000)
    assert time.perf_counter() - began < 1
    assert outbox.losing
    assert outbox.held < 102_000
    pieces: list[Piece] = []
    unpacking = Unpacking()
    theirs.setblocking(False)
    async with asyncio.timeout(5):
        while not any(p.what is What.LOST for p in pieces):
            await asyncio.sleep(0.01)
            try:
                pieces += unpacking.take(theirs.recv(1_000_000))
            except BlockingIOError:
                continue
    outbox.put(What.UP, 1, b"last")
    assert await outbox.emptied(1)
    pieces += unpacking.take(theirs.recv(1000))
    outbox.close()
    ours.close()
    theirs.close()
    kept = sum(p.data == b"x" * 1000 for p in pieces)
    lost = next(p for p in pieces if p.what is What.LOST)
    assert kept * 1000 + lost.facts["bytes"] == 10_000_000
    assert pieces[-1].data == b"last"
    assert said == ["the writer is too slow: the queue before it is full", ""]
