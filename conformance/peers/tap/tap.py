"""The tap as a whole: relay, scribe, alarms, metrics and what it asks for itself."""

import asyncio
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from conformance.errors import BadOption
from conformance.evidence.entry import Json
from conformance.evidence.session_folder import SessionLock
from conformance.peers.rest import Address
from conformance.peers.tap.alarms import Alarms
from conformance.peers.tap.asking import Asking
from conformance.peers.tap.feed import What
from conformance.peers.tap.link import ScribeLink
from conformance.peers.tap.metrics import MetricsServer
from conformance.peers.tap.relay import Relay, Target
from conformance.peers.tap.scribe_process import Task
from conformance.peers.tap.standing import Standing, metrics_text, status_line

OVER = "\r\033[K"
"""Writes over the line that stands there, on a terminal."""

Endpoint = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for, checked."""

    task: Task
    address: Address
    listen: Endpoint
    metrics: Endpoint | None = None
    alarm_command: str | None = None
    reading: bool = True
    status_seconds: float = 60.0
    live: bool = field(default=False)
    """Whether the status line is written over and over, as on a terminal."""


def record(asked: Asked, say: Callable[[str], None]) -> None:
    """Records until SIGTERM or SIGINT. Raises BadOption, or BadFile."""
    lock = SessionLock(Path(asked.task.folder))
    try:
        asyncio.run(Tap(asked, lock.number, say).run())
    finally:
        lock.close()


class Tap:
    """One stretch of a session, seen from the relay."""

    def __init__(self, asked: Asked, lock: int, say: Callable[[str], None]) -> None:
        self._asked, self._lock, self._say = asked, lock, say
        self.standing = Standing()
        self._alarms = Alarms(asked.alarm_command, asked.task.facts.name, self.warn)
        self._scribe = ScribeLink(
            asked.task, lock, self.standing, self.warn, self._alarm
        )
        self._relay = Relay(_target(asked.address), self._put, self._closed, self.warn)
        self._scribe.open = lambda: self._relay.open
        self._metrics = MetricsServer(lambda: metrics_text(self._now()))
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Listens, passes on and records until a signal comes."""
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        # Taken before a stretch begins: who cannot listen records nothing.
        sockets: list[socket.socket] = []
        try:
            sockets += (_taken(o, w) for o, w in self._places() if w is not None)
            await self._scribe.begin()
            await self._listen(sockets)
            await self._greet()
            tasks = [asyncio.create_task(self._show(began))]
            if self._asked.reading:
                asking = Asking(self._asked.address, self._own)
                tasks.append(asyncio.create_task(asking.run()))
            await self._ended.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await self._close()
            for each in sockets:
                each.close()
        whole = "" if not self.standing.stopped else " (not all of it was recorded)"
        told = status_line(self._now(), time.monotonic() - began)
        over = OVER if self._asked.live else ""
        self._say(f"{over}{told}")
        self._say(f"the session is closed: {self._asked.task.folder}{whole}")

    def _places(self) -> tuple[tuple[str, Endpoint | None], ...]:
        return ("--listen", self._asked.listen), ("--metrics", self._asked.metrics)

    async def _listen(self, sockets: list[socket.socket]) -> None:
        first, *others = sockets
        self._say(self._pointed(await self._relay.listen(first)))
        for each in others:
            self._say(f"metrics: http://{await self._metrics.listen(each)}/metrics")

    def _pointed(self, listens: str) -> str:
        base = urlsplit(self._asked.address.url).path.rstrip("/")
        where = f"{listens}{base}"
        return (
            f"recording to {self._asked.task.folder}; point the strategy at "
            f"http://{where} and ws://{where}/v1/ws"
        )

    async def _greet(self) -> None:
        """Whether the Gateway is there; the tap listens either way."""
        try:
            async with asyncio.timeout(5):
                await self._relay.target.reach()
        except (OSError, TimeoutError) as error:
            self._relay.unreachable(error)

    # --- what is said ---

    def warn(self, line: str) -> None:
        """Says it where nobody overlooks it."""
        over = OVER if self._asked.live else ""
        print(f"{over}conformance: {line}", file=sys.stderr, flush=True)

    async def _show(self, began: float) -> None:
        while True:
            seconds = 1.0 if self._asked.live else self._asked.status_seconds
            await asyncio.sleep(seconds)
            told = status_line(self._now(), time.monotonic() - began)
            if self._asked.live:
                print(f"{OVER}{told}", end="", flush=True)
            else:
                self._say(told)

    def _now(self) -> Standing:
        self.standing.connections = len(self._relay.open)
        return self.standing

    # --- what crosses, and what the scribe found in it ---

    def _put(self, what: What, connection: int, data: bytes) -> None:
        if what is What.UP:
            self.standing.bytes_up += len(data)
        elif what is What.DOWN:
            self.standing.bytes_down += len(data)
        self._scribe.put(what, connection, data)

    def _closed(self, connection: int, how: str, by: str) -> None:
        self._scribe.tell(What.ENDED, connection, how=how, by=by)

    def _own(self, facts: Json) -> None:
        self._scribe.tell(What.OWN, **facts)

    def _alarm(self, facts: dict[str, str]) -> None:
        name = facts["threshold"]
        self.standing.alarms[name] = self.standing.alarms.get(name, 0) + 1
        self._alarms.raise_(facts)

    async def _close(self) -> None:
        await self._relay.close()
        self._metrics.close()
        await self._scribe.close()
        await self._alarms.close()


def _target(address: Address) -> Target:
    parts = urlsplit(address.url)
    secure = parts.scheme == "https"
    tls = address.tls if secure and isinstance(address.tls, ssl.SSLContext) else None
    return Target(parts.hostname or "", parts.port or (443 if secure else 80), tls)


def _taken(option: str, where: Endpoint) -> socket.socket:
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    try:
        return socket.create_server(where, family=family, backlog=128)
    except OSError as error:
        shown = f"{where[0]}:{where[1]}"
        raise BadOption(option, shown, error.strerror or str(error)) from error
