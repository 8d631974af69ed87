"""Reference Gateways that run in this process."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.errors import SubjectExited
from conformance.peers.holding import held_by
from conformance.peers.instances import PLAIN, Instance
from conformance.peers.rest import Address
from conformance.peers.venues.safety import check_lines
from conformance.reference.server import ReferenceGateway
from conformance.reference.settings import ConfigurationError, GatewaySettings


@dataclass
class EmbeddedInstance:
    """Our reference Gateway, in this process."""

    name: str
    address: Address
    environment: Mapping[str, str]
    gateway: ReferenceGateway | None
    refusal: str | None = None
    ours: bool = True

    @property
    def log(self) -> tuple[str, ...]:
        if self.gateway is None:
            return (self.refusal or "",)
        return tuple(self.gateway.log_lines)

    @property
    def exit_status(self) -> int | None:
        return 1 if self.gateway is None else self.gateway.exit_status

    @property
    def memory(self) -> int | None:
        # It lives in our process, whose size tells of everything else in it: of heap
        # that was free before, and of what others take meanwhile.
        return None if self.gateway is None else held_by(self.gateway)

    async def terminate(self) -> None:
        if self.gateway is not None:
            self._ending = asyncio.create_task(self.gateway.shutdown())

    async def kill(self) -> None:
        # Also one that says it has ended: nothing of it may go on listening.
        if self.gateway is not None:
            await self.gateway.stop()

    async def ended(self, seconds: float) -> bool:
        deadline = asyncio.get_running_loop().time() + seconds
        while self.exit_status is None:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.01)
        return True


Factory = Callable[[GatewaySettings], ReferenceGateway]


class EmbeddedSubject:
    """Starts reference Gateways in this process; mutants give their own factory."""

    def __init__(
        self,
        factory: Factory = ReferenceGateway,
        *,
        shared: bool = False,
        timing: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = "embedded"
        self.shown = "embedded"
        self.shared = shared
        self._factory = factory
        self._timing = dict(timing or {})
        self._only: EmbeddedInstance | None = None
        self._running: list[EmbeddedInstance] = []
        self._folders: dict[int, Path] = {}

    async def start(
        self,
        name: str,
        environment: Mapping[str, str | None],
        *,
        folder: Path | None = None,
        ready: bool = True,
    ) -> Instance:
        if self.shared:
            if self._only is None:
                self._only = await self._begin("the embedded Gateway", {}, None)
                self._only.ours = False
            return self._only
        instance = await self._begin(name, environment, folder)
        if ready and instance.exit_status is not None:
            tail = "\n".join(instance.log)
            raise SubjectExited(self.shown, instance.exit_status, tail)
        return instance

    async def _begin(
        self, name: str, environment: Mapping[str, str | None], folder: Path | None
    ) -> EmbeddedInstance:
        asked = {**PLAIN, **self._timing, **environment}
        check_lines({k: v for k, v in asked.items() if v is not None})
        home = folder or Path(tempfile.mkdtemp(prefix="conformance-"))
        asked.setdefault("EXIT_STATE_FILE", str(home / "exit-state.json"))
        asked.setdefault("GATEWAY_PORT", "0")
        given = {k: v for k, v in asked.items() if v is not None}
        key = given.get("GATEWAY_API_KEY") or None
        try:
            reader = getattr(self._factory, "settings_class", GatewaySettings)
            settings = reader.from_environment(given)
            gateway = self._factory(settings)
            await gateway.start(settings.port)
        except (ConfigurationError, OSError) as error:
            if folder is None:
                shutil.rmtree(home, ignore_errors=True)
            nowhere = Address("http://127.0.0.1:9", key)
            return EmbeddedInstance(name, nowhere, given, None, f"Error: {error}")
        instance = EmbeddedInstance(name, Address(gateway.url, key), given, gateway)
        self._running.append(instance)
        if folder is None:
            self._folders[id(instance)] = home
        return instance

    async def release(self, instance: Instance) -> None:
        if instance is not self._only:
            await self._end(instance)

    async def _end(self, instance: Instance) -> None:
        self._running = [each for each in self._running if each is not instance]
        await instance.kill()
        home = self._folders.pop(id(instance), None)
        if home is not None:
            shutil.rmtree(home, ignore_errors=True)

    async def close(self) -> None:
        """Ends every instance that nobody released: a run may be cancelled any time."""
        for instance in tuple(self._running):
            await self._end(instance)
