"""Passes bytes, ends and resets between a strategy and the Gateway, untouched.

It forwards first and tells the scribe afterwards; it waits for no disk and parses
nothing.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from conformance.peers.engine.sockets import AT_ONCE
from conformance.peers.tap.feed import What

HIGH = 256 * 1024
"""Bytes that wait for a slow reader before its other side is read no more."""

HALF_CLOSED_SECONDS = 5.0
"""TLS has no half of an end: so long the Gateway may still answer one that ended."""

CONNECT_SECONDS = 10.0

Put = Callable[[What, int, bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the Gateway listens; `tls` is None where nothing is encrypted."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None

    async def reach(self) -> None:
        """Connects and ends it again. Raises OSError where it is away."""
        name = self.host if self.tls else None
        opened = asyncio.open_connection(
            self.host, self.port, ssl=self.tls, server_hostname=name
        )
        _, writer = await opened
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class Side(asyncio.Protocol):
    """One of the two connections of a pair."""

    def __init__(self, pair: "Pair", data: What, end: What) -> None:
        self._pair = pair
        self._data, self._end = data, end
        self.transport: asyncio.Transport | None = None
        self.other: Side
        self.ended = False
        """Whether it will send no more."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(HIGH)
        self._pair.made(self)

    def data_received(self, data: bytes) -> None:
        if self.other.transport is not None:
            self.other.transport.write(data)
        self._pair.put(self._data, self._pair.number, data)

    def eof_received(self) -> bool:
        self.ended = True
        self._pair.put(self._end, self._pair.number, b"")
        return self._pair.half_closed(self)

    def pause_writing(self) -> None:
        if self.other.transport is not None and not self.other.ended:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other.transport is not None and not self.other.ended:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._pair.lost(self, exc)

    def reset(self) -> None:
        """Ends it at once with a reset."""
        if self.transport is None:
            return
        found = self.transport.get_extra_info("socket")
        if found is not None and found.fileno() >= 0:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.transport.abort()


class Pair:
    """A connection of a strategy, and the one that is made to the Gateway for it."""

    def __init__(self, number: int, relay: "Relay") -> None:
        self.number = number
        self.put = relay.put
        self._relay = relay
        self._how, self.by = "closed", ""
        self._connecting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.near = Side(self, What.UP, What.UP_END)
        self.far = Side(self, What.DOWN, What.DOWN_END)
        self.near.other, self.far.other = self.far, self.near

    def made(self, side: Side) -> None:
        """One of its sides is there."""
        if side is not self.near:
            return
        assert side.transport is not None
        # Nothing is read before there is somebody to pass it on to.
        side.transport.pause_reading()
        self._relay.opened(self)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        target = self._relay.target
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await loop.create_connection(
                    lambda: self.far,
                    target.host,
                    target.port,
                    ssl=target.tls,
                    server_hostname=target.host if target.tls else None,
                )
        except (OSError, TimeoutError) as error:
            self._how = "refused"
            self._relay.unreachable(error)
            self.near.reset()
            return
        self._relay.reachable()
        if self.near.transport is None:
            self.far.reset()
            return
        self.near.transport.resume_reading()

    def half_closed(self, side: Side) -> bool:
        """Passes the end of one direction on; whether the other one stays."""
        whole = side is self.far and self._relay.target.tls is not None
        if whole or (self.near.ended and self.far.ended):
            self.close()
            return not whole
        transport = side.other.transport
        if transport is None:
            return False
        if transport.can_write_eof():
            transport.write_eof()
        else:
            later = asyncio.get_running_loop().call_later
            self._timer = later(HALF_CLOSED_SECONDS, self.close)
        return True

    def close(self) -> None:
        for each in (self.near, self.far):
            if each.transport is not None:
                each.transport.close()

    def lost(self, side: Side, exc: Exception | None) -> None:
        """One of its sides is gone: so is the other, in the same way."""
        self.by = self.by or ("strategy" if side is self.near else "gateway")
        if isinstance(exc, OSError) and not isinstance(exc, ssl.SSLError):
            self._how = "reset"
            side.other.reset()
        elif side.other.transport is not None:
            side.other.transport.close()
        if self.near.transport is None and self.far.transport is None:
            self._gone()

    def _gone(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
        self._relay.closed(self, self._how, self.by)

    def abort(self) -> None:
        """Ends both sides with a reset."""
        self.near.reset()
        self.far.reset()


class Relay:
    """Listens for strategies and connects each to the Gateway."""

    def __init__(
        self,
        target: Target,
        put: Put,
        closed: Callable[[int, str, str], None],
        said: Callable[[str], None],
    ) -> None:
        self.target = target
        self.put = put
        self._closed, self._said = closed, said
        self._pairs: dict[int, Pair] = {}
        self._count = 0
        self._away = False
        self._server: asyncio.Server | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def open(self) -> tuple[int, ...]:
        """The numbers of the connections that are open."""
        return tuple(self._pairs)

    @property
    def accepted(self) -> int:
        """Connections so far."""
        return self._count

    async def listen(self, sock: socket.socket) -> str:
        """Begins on a socket that is bound; host and port, as a URL has them."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._pair, sock=sock)
        host, port = sock.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def _pair(self) -> Side:
        self._count += 1
        return Pair(self._count, self).near

    async def close(self, seconds: float = 1.0) -> None:
        """Takes nobody any more and ends every connection, as a Gateway that ends."""
        if self._server is not None:
            self._server.close()
        for pair in tuple(self._pairs.values()):
            pair.by = "us"
            pair.close()
        if not await self._left(seconds):
            for pair in tuple(self._pairs.values()):
                pair.abort()
            await self._left(seconds)

    async def _left(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        return not self._pairs

    # --- what its pairs tell ---

    def opened(self, pair: Pair) -> None:
        """A strategy connected."""
        self._pairs[pair.number] = pair
        self._empty.clear()
        self.put(What.ACCEPTED, pair.number, b"")

    def closed(self, pair: Pair, how: str, by: str) -> None:
        """A pair is gone."""
        if self._pairs.pop(pair.number, None) is not None:
            self._closed(pair.number, how, by)
        if not self._pairs:
            self._empty.set()

    def unreachable(self, error: Exception) -> None:
        """Told once, until it is there again."""
        if not self._away:
            self._said(f"the Gateway cannot be reached: {_why(error)}")
        self._away = True

    def reachable(self) -> None:
        """The Gateway took a connection."""
        if self._away:
            self._said("the Gateway is there again")
        self._away = False


def _why(error: Exception) -> str:
    """asyncio's own words name the address, which the user knows, and a number."""
    known = isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
    number = error.errno if isinstance(error, OSError) and known else None
    return os.strerror(number) if number else str(error) or "no answer"
