"""Stands between two parties and spoils their TCP connections while they last.

Bytes, ends and resets pass unchanged but for the fault that is switched on.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from conformance.peers.engine.conduct import How
from conformance.peers.engine.sockets import AT_ONCE
from conformance.peers.faults import Delay, Drip, Fault, Switch, Way

PIECE = 65536
"""Bytes that are read at once."""

HELD = 64
"""Pieces that are held back in one direction before no more is read."""

DRIPS = 50
"""Pieces a second that a drip makes of its bytes."""


class Lane:
    """One direction of a connection: what comes here goes out there, as it may."""

    def __init__(
        self, source: socket.socket, target: socket.socket, way: Way, switch: Switch
    ) -> None:
        self._source, self._target = source, target
        self._way, self._switch = way, switch
        self._held: asyncio.Queue[tuple[float, bytes | None]] = asyncio.Queue(HELD)
        self._loop = asyncio.get_running_loop()
        self._next_drip = 0.0

    async def run(self) -> None:
        """Passes on until an end was passed on; ConnectionError for a reset."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take())
            tasks.create_task(self._give())

    async def _take(self) -> None:
        piece: bytes | None = b"first"
        while piece:
            await self._switch.open(self._way)
            try:
                piece = await self._loop.sock_recv(self._source, PIECE)
            except OSError:
                # A reset: it may be held back as bytes are.
                piece = None
            await self._held.put((self._loop.time(), piece))

    async def _give(self) -> None:
        piece: bytes | None = b"first"
        while piece:
            came, piece = await self._held.get()
            await self._pass(came, piece or b"")
        if piece is None:
            raise ConnectionResetError
        self._target.shutdown(socket.SHUT_WR)

    async def _pass(self, came: float, piece: bytes) -> None:
        """Sends a piece when and as it may go; for an end, waits until it may."""
        count = await self._allowed(came, len(piece))
        while piece:
            await self._loop.sock_sendall(self._target, piece[:count])
            piece = piece[count:]
            if piece:
                count = await self._allowed(came, len(piece))

    async def _allowed(self, came: float, size: int) -> int:
        """Waits until something may go; how many bytes of so many."""
        while True:
            now = self._loop.time()
            match self._switch.on(self._way):
                case None:
                    return size
                case Delay(seconds=seconds):
                    due = came + seconds
                case Drip(bytes_a_second=rate):
                    due = self._next_drip
                    if due <= now:
                        count = min(size, max(1, rate // DRIPS))
                        self._next_drip = now + count / rate
                        return count
                case _:
                    await self._switch.changed()
                    continue
            if due <= now:
                return size
            await self._switch.changed(due - now)


class Connection:
    """One connection that was accepted, and the one that was made for it."""

    def __init__(
        self,
        near: socket.socket,
        far: socket.socket,
        address: object,
        switch: Switch,
        done: Callable[["Connection"], None],
    ) -> None:
        self._near, self._far = near, far
        self._done = done
        for each in (near, far):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._task = asyncio.create_task(self._forward(address, switch))

    async def _forward(self, address: object, switch: Switch) -> None:
        near, far = self._near, self._far
        try:
            await switch.open(Way.UP, Way.DOWN)
            await asyncio.get_running_loop().sock_connect(far, address)  # type: ignore[arg-type]
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(Lane(near, far, Way.UP, switch).run())
                lanes.create_task(Lane(far, near, Way.DOWN, switch).run())
        except* OSError:
            self._to_be_reset()
        self._close()

    async def cut(self, how: How) -> None:
        """Ends it towards both parties; in silence, it leads nowhere from now on."""
        await self._stop()
        if self._near.fileno() < 0:
            return
        if how is How.RST:
            self._to_be_reset()
            self._close()
        elif how is How.FIN:
            self._task = asyncio.create_task(self._finish())

    async def close(self) -> None:
        """Ends it, and whatever goes on about it."""
        await self._stop()
        self._close()

    async def _stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _finish(self) -> None:
        """Says the end to both, and hears each out: else the end were a reset."""
        async with asyncio.TaskGroup() as tasks:
            for each in (self._near, self._far):
                tasks.create_task(_hear_out(each))
        self._close()

    def _to_be_reset(self) -> None:
        for each in (self._near, self._far):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)

    def _close(self) -> None:
        self._near.close()
        self._far.close()
        self._done(self)


class Forwarder:
    """Listens for one party and connects to the other; `async with` closes it."""

    def __init__(self, family: socket.AddressFamily, address: object) -> None:
        self._family, self._address = family, address
        self._switch = Switch()
        self._listener: socket.socket | None = None
        self._resets = False
        self._connections: set[Connection] = set()
        self.host, self.port = "127.0.0.1", 0
        self.accepted = 0
        """Connections that were accepted so far, those included that were reset."""

    @classmethod
    async def to(cls, host: str, port: int, *, listen: int = 0) -> "Forwarder":
        """A forwarder to this address, which serves; port 0 takes a free one."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        forwarder = cls(found[0][0], found[0][4])
        forwarder.port = listen
        await forwarder.serve()
        return forwarder

    async def __aenter__(self) -> "Forwarder":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def fault(self) -> Fault | None:
        """What spoils all connections now, those included that are still to come."""
        return self._switch.fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._switch.turn(fault)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    async def cut(self, how: How | str = How.RST) -> int:
        """Cuts every connection that is open; how many they were."""
        found = tuple(self._connections)
        await asyncio.gather(*(each.cut(How(how)) for each in found))
        return len(found)

    async def refuse(self, *, listening: bool = False) -> None:
        """Takes no new connections: nobody listens, or each is reset once it is made.

        Those that are open stay.
        """
        self._resets = listening
        if not listening:
            self._deafen()

    async def serve(self) -> None:
        """Takes connections, again on the same port; OSError where that was taken."""
        self._resets = False
        if self._listener is not None:
            return
        listener = socket.create_server((self.host, self.port), backlog=128)
        listener.setblocking(False)
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    async def close(self) -> None:
        """Stops listening and ends every connection."""
        self._deafen()
        await asyncio.gather(*(each.close() for each in tuple(self._connections)))

    def _deafen(self) -> None:
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        try:
            near, _ = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        self.accepted += 1
        if self._resets:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            near.close()
            return
        far = socket.socket(self._family, socket.SOCK_STREAM)
        self._connections.add(
            Connection(
                near, far, self._address, self._switch, self._connections.discard
            )
        )


async def _hear_out(each: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        each.shutdown(socket.SHUT_WR)
        while await loop.sock_recv(each, PIECE):
            pass
