"""A program that we start: a process group of its own, its output, its end."""

import asyncio
import os
import resource
import secrets
import shlex
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from conformance.errors import SubjectExited

MEMORY_LIMIT = 2 * 1024**3
"""Bytes of data a program of ours may take: a leak ends it, not this machine."""

LOG_LINES = 2000
EXIT_SECONDS = 0.05
"""How often it is looked whether it has ended, where nobody says so."""

MARK = "CONFORMANCE_PROCESS"
"""A variable that all it starts inherits: one with a session of its own is found by it.
"""
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy")

Heard = Callable[[str], None]


def without_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The same environment, with nothing in it that leads round us."""
    return {k: v for k, v in environment.items() if k.lower() not in PROXIES}


class Child:
    """One running program; `heard` is called with every line that it prints."""

    def __init__(self, command: str, heard: Heard | None = None) -> None:
        self._command = command
        self._heard = heard
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._mark = secrets.token_hex(16)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def log(self) -> tuple[str, ...]:
        """The lines it printed, the last ones if they were many."""
        return tuple(self._lines)

    @property
    def exit_status(self) -> int | None:
        """Its exit status; None while it runs, or was never started."""
        return None if self._process is None else self._process.returncode

    @property
    def pid(self) -> int | None:
        """Its process id; None where it was never started."""
        return None if self._process is None else self._process.pid

    @property
    def memory(self) -> int | None:
        """Bytes that it takes; None where it is gone."""
        return None if self._process is None else memory_of(self._process.pid)

    @property
    def starved(self) -> float:
        """Seconds that it stood ready and was given no processor."""
        return 0.0 if self._process is None else starved_of(self._process.pid)

    async def spawn(self, variables: Mapping[str, str], folder: Path) -> None:
        """Starts the process; SubjectExited where it cannot be started at all."""
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *shlex.split(self._command),
                env={**variables, MARK: self._mark},
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        )
        try:
            self._process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # It may have begun all the same: only who knows it can end it.
            self._process = await starting
            raise
        except OSError as error:
            raise SubjectExited(self._command, None, str(error)) from error
        _limit_memory(self._process.pid)
        self._reader = asyncio.create_task(self._read())

    async def terminate(self) -> None:
        """Asks it to end in good order (SIGTERM)."""
        self.signal(signal.SIGTERM)

    async def kill(self) -> None:
        """Ends it at once, with every process that it started."""
        if self._process is not None:
            self.signal(signal.SIGKILL)
            _kill_marked(self._mark)
            await self.ended(5)

    async def exited(self) -> None:
        """Waits for its end, whoever still holds on to what it printed on.

        asyncio's own wait returns only once its pipes are closed too.
        """
        assert self._process is not None
        waiting = asyncio.ensure_future(self._process.wait())
        try:
            while self._process.returncode is None:
                await asyncio.wait([waiting], timeout=EXIT_SECONDS)
        finally:
            waiting.cancel()

    async def ended(self, seconds: float) -> bool:
        """Waits for its end; whether it came in time."""
        assert self._process is not None
        try:
            async with asyncio.timeout(seconds):
                await self.exited()
                if self._reader is not None:
                    await self._reader
        except TimeoutError:
            return self._process.returncode is not None
        return True

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to all of its group."""
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in _lines(self._process.stdout):
            self._lines.append(line)
            if self._heard is not None:
                self._heard(line)


def memory_of(pid: int | str) -> int | None:
    """Bytes that a process and its children keep in memory; None where it is gone."""
    sizes = [_resident(each) for each in (str(pid), *_children(pid))]
    return sum(sizes) or None


def _resident(pid: str) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    rows = [row for row in status.splitlines() if row.startswith("VmRSS:")]
    return int(rows[0].split()[1]) * 1024 if rows else 0


def _children(pid: int | str) -> list[str]:
    try:
        path = Path(f"/proc/{pid}/task/{pid}/children")
        return path.read_text(encoding="utf-8").split()
    except OSError:
        return []


def starved_of(pid: int | str) -> float:
    """Seconds that a process stood ready and was given no processor, where that shows.

    Of its threads the one that waited longest: they wait side by side.
    """
    found = [0.0]
    for task in _names_in(f"/proc/{pid}/task"):
        path = Path(f"/proc/{pid}/task/{task}/schedstat")
        with suppress(OSError, ValueError, IndexError):
            found.append(int(path.read_text(encoding="utf-8").split()[1]) / 1e9)
    return max(found)


def _names_in(folder: str) -> list[str]:
    """What is there now, some of it perhaps no more: a process may end any moment."""
    try:
        return [path.name for path in Path(folder).iterdir()]
    except OSError:
        return []


def _kill_marked(mark: str) -> None:
    """Ends what has left the group, where the system shows what processes were given.

    Twice: what was being started meanwhile is found then.
    """
    wanted = f"{MARK}={mark}".encode()
    for _ in range(2):
        for pid in filter(str.isdecimal, _names_in("/proc")):
            with suppress(OSError):
                if wanted in Path(f"/proc/{pid}/environ").read_bytes():
                    os.kill(int(pid), signal.SIGKILL)


def _limit_memory(pid: int) -> None:
    # Linux can limit a process that runs; where there is no such call, none is set.
    if hasattr(resource, "prlimit"):
        with suppress(OSError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (MEMORY_LIMIT, MEMORY_LIMIT))


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines of a stream, however long: asyncio's own reader fails on a huge one."""
    rest = b""
    while chunk := await stream.read(65536):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line[:4096].decode("utf-8", "replace")
        rest = rest[-65536:]
    if rest:
        yield rest[:4096].decode("utf-8", "replace")
