"""Keeps a scribe running, tells it what crosses, and hears what it reports."""

import asyncio
import json
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress

from conformance.errors import BadOption
from conformance.evidence.entry import Json
from conformance.peers.tap.feed import What
from conformance.peers.tap.outbox import ROOM, Outbox
from conformance.peers.tap.scribe_process import Task, start
from conformance.peers.tap.standing import Standing

READY_SECONDS = 30.0
ENDING_SECONDS = 20.0
"""How long the scribe may still write when the tap ends."""

AGAIN_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""The waits before a scribe that died is replaced."""

Facts = dict[str, str]


class ScribeLink:
    """One scribe after another, should it die; forwarding waits for none of them."""

    def __init__(
        self,
        task: Task,
        lock: int,
        standing: Standing,
        say: Callable[[str], None],
        alarm: Callable[[Facts], None],
        room: int = ROOM,
    ) -> None:
        self._task, self._lock, self._room = task, lock, room
        self._standing, self._say, self._alarm = standing, say, alarm
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._outbox: Outbox | None = None
        self._heard = bytearray()
        self._ready = asyncio.Event()
        self._refused = ""
        self._ending = False
        self._deaths = 0
        self._again: asyncio.TimerHandle | None = None
        self.open: Callable[[], tuple[int, ...]] = tuple
        """The connections that a new scribe must be told of."""

    @property
    def pid(self) -> int | None:
        """The scribe's process."""
        return None if self._process is None else self._process.pid

    def put(self, what: What, connection: int = 0, data: bytes = b"") -> None:
        """Tells the scribe, if there is one."""
        if self._outbox is not None:
            self._outbox.put(what, connection, data)

    def tell(self, what: What, connection: int = 0, **facts: Json) -> None:
        """Tells the scribe facts, if there is one."""
        if self._outbox is not None:
            self._outbox.tell(what, connection, **facts)

    async def begin(self) -> None:
        """The first scribe. Raises BadOption with what keeps it from writing."""
        self._start()
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                await self._ready.wait()
        if self._refused or not self._ready.is_set():
            reason = self._refused or "the writer does not start"
            await self.close()
            raise BadOption("--out", self._task.folder, reason)

    async def close(self) -> None:
        """Hands over what waits, hangs up, and waits until all is written."""
        self._ending = True
        if self._again is not None:
            self._again.cancel()
        if self._socket is not None and self._outbox is not None:
            await self._outbox.emptied(ENDING_SECONDS)
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
        if self._process is None:
            return
        try:
            await asyncio.to_thread(self._process.wait, ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._standing.queue = "the writer did not end in time"
            self._say(f"RECORDING STOPPED: {self._standing.queue}")
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        if self._socket is not None:
            self._last_words(self._socket)
            self._let_go()

    # --- one scribe ---

    def _start(self) -> None:
        self._process, self._socket = start(self._task, self._lock)
        self._heard.clear()
        self._outbox = Outbox(self._socket, self._full, self._gone, self._room)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._socket, self._hear, self._socket)
        for number in self.open():
            self._outbox.put(What.JOINED, number)

    def _hear(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._gone()
            return
        self._heard += data
        *lines, rest = bytes(self._heard).split(b"\n")
        self._heard[:] = rest
        for line in lines:
            self._reported(json.loads(line))

    def _last_words(self, sock: socket.socket) -> None:
        with suppress(OSError, ValueError):
            while data := sock.recv(65536):
                self._heard += data
            for line in bytes(self._heard).splitlines():
                self._reported(json.loads(line))

    def _reported(self, report: dict[str, Json]) -> None:
        if "error" in report:
            self._refused = str(report["error"])
            return
        if report.get("ready"):
            self._ready.set()
            if self._standing.queue:
                self._standing.queue = ""
                self._say("it is recorded again")
        before = self._standing.disk
        self._standing.heard(report)
        for facts in report["alarms"]:
            self._alarm(facts)
        after = self._standing.disk
        if after and not before:
            self._say(f"RECORDING STOPPED, trading goes on: {after}")
        elif before and not after:
            self._say("it is recorded again")

    # --- what goes wrong ---

    def _full(self, reason: str) -> None:
        """The queue is full, or empty again: then the reason is empty."""
        self._standing.queue = reason
        if reason:
            self._stopped(reason)
        else:
            self.tell(What.OPEN, open=list(self.open()))
            self._say("it is recorded again")

    def _stopped(self, reason: str) -> None:
        self._say(f"RECORDING STOPPED, trading goes on: {reason}")
        facts = {"value": "0", "limit": "0", "sentence": reason}
        self._alarm({"threshold": "recording", **facts})

    def _gone(self) -> None:
        """The scribe died, or was killed: another one goes on."""
        if self._socket is None:
            return
        self._let_go()
        why = self._refused or "the writer ended"
        if not self._ready.is_set():
            self._refused = why
            self._ready.set()
            return
        if self._ending:
            return
        self._refused = ""
        wait = AGAIN_SECONDS[min(self._deaths, len(AGAIN_SECONDS) - 1)]
        self._deaths += 1
        self._standing.queue = why
        self._stopped(f"{why}; it is started again in {wait:g} s")
        self._again = asyncio.get_running_loop().call_later(wait, self._replace)

    def _replace(self) -> None:
        if self._process is not None:
            self._process.poll()
        self._start()

    def _let_go(self) -> None:
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
