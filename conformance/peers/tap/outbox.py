"""Hands pieces to the scribe and never waits for it: what finds no room is lost."""

import asyncio
import json
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from conformance.evidence.entry import Json
from conformance.peers.tap.feed import Piece, What, packed

ROOM = 64 * 1024 * 1024
"""Bytes that may wait for the scribe."""

AT_ONCE = 64
"""Pieces that one call hands over."""


class Outbox:
    """A bounded queue before a socket; `gone` is called once where nobody reads it."""

    def __init__(
        self,
        sock: socket.socket,
        told: Callable[[str], None],
        gone: Callable[[], None],
        room: int = ROOM,
    ) -> None:
        self._socket = sock
        self._told, self._gone = told, gone
        self._room = room
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes | memoryview] = deque()
        self._scheduled = self._blocked = self._closed = False
        self._lost_since: float | None = None
        self._lost = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self.held = 0
        """Bytes that wait."""

    @property
    def losing(self) -> bool:
        """Whether pieces are dropped now."""
        return self._lost_since is not None

    def put(self, what: What, connection: int = 0, data: bytes = b"") -> None:
        """Takes a piece of now, or drops it where there is no room."""
        if self._closed:
            return
        now = time.monotonic()
        if self.losing or self.held > self._room:
            self._drop(now, len(data))
            return
        self._add(packed(Piece(what, connection, now, data)))

    def tell(self, what: What, connection: int = 0, **facts: Json) -> None:
        """Takes a piece whose payload is JSON."""
        self.put(what, connection, json.dumps(facts, default=str).encode())

    def close(self) -> None:
        """Hands over nothing more."""
        if not self._closed:
            self._closed = True
            self._loop.remove_writer(self._socket)
            self._waiting.clear()
            self.held = 0
            self._empty.set()

    async def emptied(self, seconds: float) -> bool:
        """Waits until all is handed over; whether it was in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        return not self.held

    def _add(self, data: bytes) -> None:
        self._waiting.append(data)
        self._empty.clear()
        self.held += len(data)
        if not self._scheduled and not self._blocked:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _drop(self, now: float, size: int) -> None:
        if self._lost_since is None:
            self._lost_since, self._lost = now, 0
            self._told("the writer is too slow: the queue before it is full")
        self._lost += size

    def _flush(self) -> None:
        self._scheduled = False
        if self._closed:
            return
        try:
            while self._waiting:
                first = [self._waiting[i] for i in range(self._most())]
                self._sent(self._socket.sendmsg(first))
        except (BlockingIOError, InterruptedError):
            self._wait()
            return
        except OSError:
            self.close()
            self._gone()
            return
        self._ready()

    def _most(self) -> int:
        return min(AT_ONCE, len(self._waiting))

    def _sent(self, count: int) -> None:
        self.held -= count
        while count:
            first = self._waiting.popleft()
            if len(first) > count:
                self._waiting.appendleft(memoryview(first)[count:])
                return
            count -= len(first)

    def _wait(self) -> None:
        if not self._blocked:
            self._blocked = True
            self._loop.add_writer(self._socket, self._flush)

    def _ready(self) -> None:
        """All was handed over: what was lost meanwhile is told, and it goes on."""
        if self._blocked:
            self._blocked = False
            self._loop.remove_writer(self._socket)
        self._empty.set()
        if self._lost_since is not None:
            since, self._lost_since = self._lost_since, None
            self.tell(What.LOST, since=since, bytes=self._lost)
            self._told("")
