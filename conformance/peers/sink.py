"""Counts who connects to an address of ours, and gives nobody an answer."""

import asyncio
from contextlib import suppress
from types import TracebackType

LINE_SECONDS = 0.5
"""How long whoever connected may take to say what it wants."""

SILENT = "a connection that said nothing"


class Sink:
    """Listens on 127.0.0.1; `async with` opens and closes it."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._said: list[str] = []
        self._dialled = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Sink":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def address(self) -> str:
        """Host and port."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    @property
    def said(self) -> tuple[str, ...]:
        """For each connection the method and path it asked for, in order."""
        return tuple(self._said)

    async def dialled(self, seconds: float) -> bool:
        """Waits this long for somebody to connect; whether anybody did so far."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._dialled.wait()
        return self._dialled.is_set()

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # Not a coroutine: the connection is known before anybody else goes on.
        self._said.append(SILENT)
        self._dialled.set()
        task = asyncio.create_task(self._hear(len(self._said) - 1, reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hear(
        self, place: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with asyncio.timeout(LINE_SECONDS):
                line = await reader.readline()
            words = line.decode("ascii", "replace").split()
            if words:
                # Neither the query nor a header: they could hold a secret.
                self._said[place] = " ".join(words[:2]).partition("?")[0][:200]
        except (TimeoutError, ValueError, OSError):
            return
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
