"""Gateways that are started as processes: with an environment, watched, and ended."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx

from conformance.errors import SubjectExited, SubjectSilent
from conformance.peers.child import Child, without_proxies
from conformance.peers.instances import PLAIN, Instance
from conformance.peers.ports import Ports
from conformance.peers.rest import Address
from conformance.peers.venues.safety import check_lines, inherited

START_SECONDS = 15.0
"""How long an instance may take until it answers /livez; the real one takes 0.1 s."""


class ProcessInstance(Child):
    """A Gateway that we started as a process group of its own."""

    ours = True

    def __init__(
        self, name: str, command: str, port: int, environment: Mapping[str, str]
    ) -> None:
        super().__init__(command)
        self.name = name
        self.environment = environment
        key = environment.get("GATEWAY_API_KEY")
        self.address = Address(f"http://127.0.0.1:{port}", key)
        self.port = port


class CommandSubject:
    """Starts instances of a command, each with its own port, folder and environment."""

    kind = "command"
    shared = False

    def __init__(self, command: str, shown: str, user: Mapping[str, str]) -> None:
        self.shown = shown
        self._command = command
        self._user = without_proxies(user)
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
        asked = {**PLAIN, **environment}
        self._check(asked)
        home = folder or Path(tempfile.mkdtemp(prefix="conformance-"))
        port = int(asked.get("GATEWAY_PORT") or 0) if _is_port(asked) else 0
        port = port or self._ports.take()
        asked.setdefault("GATEWAY_PORT", str(port))
        asked.setdefault("EXIT_STATE_FILE", str(home / "exit-state.json"))
        given = {k: v for k, v in asked.items() if v is not None}
        variables = inherited(self._user, asked) | given
        instance = ProcessInstance(name, self._command, port, given)
        if folder is None:
            self._folders[id(instance)] = home
        self._running.append(instance)
        await instance.spawn(variables, home)
        return instance

    def _check(self, asked: Mapping[str, str | None]) -> None:
        """Raises SafetyRefusal before anything is started that could dial a broker."""
        given = {k: v for k, v in asked.items() if v is not None}
        check_lines(inherited(self._user, asked) | given, self._command, self._user)

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
