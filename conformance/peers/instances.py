"""What a script may ask of a running Gateway; one that somebody else started."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from conformance.errors import SubjectSilent, SubjectUnreachable
from conformance.peers.rest import Address

PLAIN: Mapping[str, str] = {"GATEWAY_PROVIDER": "mock", "GATEWAY_HOST": "127.0.0.1"}
"""The environment of every instance, before what a script adds."""

NOWHERE = Address("http://127.0.0.1:9")
"""Where a script points that has started no instance yet: nothing listens there."""


class Instance(Protocol):
    """One running Gateway."""

    name: str
    address: Address
    environment: Mapping[str, str]
    ours: bool

    @property
    def log(self) -> tuple[str, ...]:
        """The lines it printed, the last ones if they were many."""

    @property
    def exit_status(self) -> int | None:
        """Its exit status; None while it runs."""

    @property
    def memory(self) -> int | None:
        """Bytes that its process takes; None where nobody can see."""

    async def terminate(self) -> None:
        """Asks it to end in good order (SIGTERM)."""

    async def kill(self) -> None:
        """Ends it at once."""

    async def ended(self, seconds: float) -> bool:
        """Waits for its end; whether it came in time."""


class Subject(Protocol):
    """Where instances come from."""

    kind: str
    shown: str
    shared: bool

    async def start(
        self,
        name: str,
        environment: Mapping[str, str | None],
        *,
        folder: Path | None = None,
        ready: bool = True,
    ) -> Instance:
        """An instance with these variables, a None taking one away.

        With `ready`, it answers on its probes; SubjectExited or SubjectSilent else.
        """

    async def release(self, instance: Instance) -> None:
        """Ends an instance that `start` gave; one that ran before is left alone."""


@dataclass
class RunningInstance:
    """A Gateway that somebody else started."""

    name: str
    address: Address
    environment: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False
    log: tuple[str, ...] = ()
    exit_status: int | None = None
    memory: int | None = None

    async def terminate(self) -> None:
        """Not ours to end."""

    async def kill(self) -> None:
        """Not ours to end."""

    async def ended(self, seconds: float) -> bool:
        """It is not watched."""
        return False


@dataclass
class RunningSubject:
    """The one Gateway at a URL."""

    address: Address
    shown: str
    kind: str = "url"
    shared: bool = True

    async def start(
        self,
        name: str,
        environment: Mapping[str, str | None],
        *,
        folder: Path | None = None,
        ready: bool = True,
    ) -> Instance:
        """The Gateway that runs there, whatever is asked."""
        return RunningInstance("the running Gateway", self.address)

    async def release(self, instance: Instance) -> None:
        """Nothing to end."""


async def reach(address: Address, shown: str, seconds: float = 5.0) -> None:
    """Raises SubjectUnreachable or SubjectSilent unless something answers there."""
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(trust_env=False, verify=address.tls) as client,
            client.stream("GET", address.url.rstrip("/") + "/livez"),
        ):
            return
    except (TimeoutError, httpx.TimeoutException) as error:
        raise SubjectSilent(f"an answer of {shown} on /livez", seconds) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SubjectUnreachable(shown, str(error) or type(error).__name__) from error
