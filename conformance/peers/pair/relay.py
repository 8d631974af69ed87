"""Stands where the strategy looks for its Gateway, and leads to the real one."""

import asyncio
from contextlib import suppress

from conformance.peers.engine.conduct import How
from conformance.peers.pair.passing import Passing, Watcher
from conformance.peers.wiretap import Numbers


class Relay:
    """Listens for one strategy; `target` is where the Gateway listens, if it does."""

    def __init__(self, numbers: Numbers, watcher: Watcher) -> None:
        self.target: tuple[str, int] | None = None
        self.port = 0
        self.connections: set[Passing] = set()
        self._numbers, self._watcher = numbers, watcher
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, port: int = 0) -> None:
        """Takes connections, again on the same port."""
        if self._server is None:
            server = await asyncio.start_server(self._meet, "127.0.0.1", port)
            self.port = int(server.sockets[0].getsockname()[1])
            self._server = server

    async def deafen(self) -> None:
        """Takes no new connections; those that are open stay."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def cut(self, how: How = How.RST) -> None:
        """Ends every connection."""
        for connection in tuple(self.connections):
            connection.cut(how)

    async def close(self) -> None:
        """Ends it all."""
        await self.deafen()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)

    async def _meet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError, asyncio.CancelledError):
            if self.target is None:
                writer.transport.abort()
                return
            far = await asyncio.open_connection(*self.target)
            connection = Passing(self._numbers, self._watcher)
            self.connections.add(connection)
            try:
                await connection.run((reader, writer), far)
            finally:
                self.connections.discard(connection)
            return
        # The Gateway is not there: whoever asks for it is told so by a reset.
        writer.transport.abort()
