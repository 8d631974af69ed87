"""Gateways that are started as processes: with an environment, watched, and ended."""

import asyncio
import os
import resource
import shlex
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path

import httpx

from conformance.errors import SubjectExited, SubjectSilent
from conformance.peers.instances import PLAIN, Instance
from conformance.peers.ports import Ports
from conformance.peers.rest import Address

START_SECONDS = 15.0
"""How long an instance may take until it answers /livez; the real one takes 0.1 s."""

MEMORY_LIMIT = 2 * 1024**3
"""Bytes of data an instance of ours may take: a leak ends it, not this machine."""

LOG_LINES = 2000
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy")


class ProcessInstance:
    """A Gateway that we started as a process group of its own."""

    ours = True

    def __init__(
        self, name: str, command: str, port: int, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.environment = environment
        key = environment.get("GATEWAY_API_KEY")
        self.address = Address(f"http://127.0.0.1:{port}", key)
        self.port = port
        self._command = command
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def log(self) -> tuple[str, ...]:
        return tuple(self._lines)

    @property
    def exit_status(self) -> int | None:
        return None if self._process is None else self._process.returncode

    @property
    def memory(self) -> int | None:
        return None if self._process is None else memory_of(self._process.pid)

    async def spawn(self, variables: Mapping[str, str], folder: Path) -> None:
        """Starts the process; SubjectExited where it cannot be started at all."""
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *shlex.split(self._command),
                env=dict(variables),
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
        self._signal(signal.SIGTERM)

    async def kill(self) -> None:
        if self._process is not None:
            self._signal(signal.SIGKILL)
            await self.ended(5)

    async def ended(self, seconds: float) -> bool:
        assert self._process is not None
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
                if self._reader is not None:
                    await self._reader
        except TimeoutError:
            return self._process.returncode is not None
        return True

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in _lines(self._process.stdout):
            self._lines.append(line)


class CommandSubject:
    """Starts instances of a command, each with its own port, folder and environment."""

    kind = "command"
    shared = False

    def __init__(self, command: str, shown: str, user: Mapping[str, str]) -> None:
        self.shown = shown
        self._command = command
        self._user = {k: v for k, v in user.items() if k.lower() not in PROXIES}
        self._folders: dict[int, Path] = {}
        self._running: list[ProcessInstance] = []
        self._ports = Ports()

    async def start(
        self,
        name: str,
        environment: Mapping[str, str | None],
        *,
        folder: Path | None = None,
        ready: bool = True,
    ) -> Instance:
        for _ in range(3):
            instance = await self._spawn(name, environment, folder)
            if not ready:
                return instance
            try:
                await wait_until_ready(instance, self._command)
            except (SubjectExited, SubjectSilent) as error:
                await self.release(instance)
                # Another process took the port between our look and its bind.
                if "in use" in str(error).lower() or "in use" in "".join(instance.log):
                    continue
                raise
            return instance
        raise SubjectExited(self._command, None, "no free port was found three times")

    async def _spawn(
        self, name: str, environment: Mapping[str, str | None], folder: Path | None
    ) -> ProcessInstance:
        home = folder or Path(tempfile.mkdtemp(prefix="conformance-"))
        asked = {**PLAIN, **environment}
        port = int(asked.get("GATEWAY_PORT") or 0) if _is_port(asked) else 0
        port = port or self._ports.take()
        asked.setdefault("GATEWAY_PORT", str(port))
        asked.setdefault("EXIT_STATE_FILE", str(home / "exit-state.json"))
        given = {k: v for k, v in asked.items() if v is not None}
        variables = {k: v for k, v in self._user.items() if k not in asked} | given
        instance = ProcessInstance(name, self._command, port, given)
        if folder is None:
            self._folders[id(instance)] = home
        self._running.append(instance)
        await instance.spawn(variables, home)
        return instance

    async def close(self) -> None:
        """Ends every instance that nobody released: a run may be cancelled any time."""
        for instance in tuple(self._running):
            await self.release(instance)

    async def release(self, instance: Instance) -> None:
        self._running = [each for each in self._running if each is not instance]
        await instance.kill()
        if isinstance(instance, ProcessInstance):
            self._ports.give_back(instance.port)
        home = self._folders.pop(id(instance), None)
        if home is not None:
            shutil.rmtree(home, ignore_errors=True)


async def wait_until_ready(instance: Instance, command: str) -> None:
    """Returns once the instance answers /livez; SubjectExited or SubjectSilent else."""
    limit = asyncio.get_running_loop().time() + START_SECONDS
    url = f"{instance.address.url}/livez"
    async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
        while asyncio.get_running_loop().time() < limit:
            if instance.exit_status is not None:
                await instance.ended(1)
                tail = "\n".join(instance.log[-20:])
                raise SubjectExited(command, instance.exit_status, tail)
            with suppress(httpx.HTTPError):
                # Its body does not matter, and could be endless.
                async with client.stream("GET", url):
                    return
            # There is no event for "it listens now": ask again, soon.
            await asyncio.sleep(0.02)
    raise SubjectSilent(f"an answer of {command!r} on /livez", START_SECONDS)


def _is_port(environment: Mapping[str, str | None]) -> bool:
    value = environment.get("GATEWAY_PORT")
    return value is not None and value.isdigit() and 0 < int(value) < 65536


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
