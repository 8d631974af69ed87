"""The strategy that a script plays, and the instance below that is the script's own."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conformance.evidence.entry import Json, Kind, Party
from conformance.peers.engine.engine import PlayedEngine
from conformance.peers.instances import Instance
from conformance.peers.listener import Listener
from conformance.peers.pace import Pace
from conformance.peers.providers import built_in
from conformance.peers.trader import FAR_BELOW, Placed
from conformance.peers.venues.registry import Venue

__all__ = ("FAR_BELOW", "Pace", "Placed", "Played")


@dataclass
class Played(Listener):
    """One script's view of the subject: own symbols, ids, streams and transcript."""

    capabilities: Json = None
    environment: Mapping[str, str] = field(default_factory=dict)
    examples: int = 0
    """How many examples a fuzz script generates beyond its fixed ones."""
    below: PlayedEngine | None = None
    """The Engine that was asked for with `Needs(engine=True)`."""
    broker: Venue | None = None
    """The broker below, where the scene has one."""
    _mine: list[Instance] = field(default_factory=list)
    _folders: list[Path] = field(default_factory=list)

    @property
    def engine(self) -> PlayedEngine:
        """The Engine below the Gateway."""
        assert self.below is not None, "Needs(engine=True) was not asked for"
        return self.below

    @property
    def venue(self) -> Venue:
        """The played broker below the Gateway."""
        assert self.broker is not None, "the scene has no venue"
        return self.broker

    async def start(
        self,
        environment: Mapping[str, str | None] | None = None,
        *,
        folder: Path | None = None,
        ready: bool = True,
        use: bool = True,
    ) -> Instance:
        """Starts a further instance, which the next requests go to (with `use`)."""
        asked = {**self.environment, **(environment or {})}
        self.recorder.add(
            Party.SUITE, Kind.PROCESS, event="starting", environment=dict(asked)
        )
        name = self.recorder.header.instance
        # Of a provider that a script asks for itself, it says itself what is wrong.
        with built_in(self.environment.get("GATEWAY_PROVIDER", "mock")):
            instance = await self.subject.start(name, asked, folder=folder, ready=ready)
        self._mine.append(instance)
        self.recorder.add(Party.SUITE, Kind.PROCESS, event="started")
        if use:
            self.instance, self._rest = instance, None
        return instance

    async def terminate(self) -> bool:
        """Sends SIGTERM to the instance and waits; whether it ended in time."""
        self.recorder.add(
            Party.SUITE, Kind.PROCESS, event="signalled", status="SIGTERM"
        )
        began = self.recorder.now
        await self.instance.terminate()
        ended = await self.instance.ended(self.pace.ending)
        self.recorder.add(
            Party.GATEWAY,
            Kind.PROCESS,
            event="exited" if ended else "still running",
            status=self.instance.exit_status,
            seconds=round(self.recorder.now - began, 3),
        )
        return ended

    async def exited(self, seconds: float = 10.0) -> int | None:
        """Waits for an instance that should end by itself; its status, None if not."""
        ended = await self.instance.ended(seconds)
        self.recorder.add(
            Party.GATEWAY,
            Kind.PROCESS,
            event="exited" if ended else "still running",
            status=self.instance.exit_status,
        )
        return self.instance.exit_status if ended else None

    def keep_log(self, most: int = 400) -> None:
        """Puts what the instance printed so far into the transcript."""
        for line in self.instance.log[-most:]:
            self.recorder.add(Party.GATEWAY, Kind.LOG, text=line)

    def scratch(self, text: str) -> Path:
        """A file with this text, which goes when the script ends."""
        folder = Path(tempfile.mkdtemp(prefix="conformance-"))
        self._folders.append(folder)
        path = folder / "file"
        path.write_text(text, encoding="utf-8")
        return path

    async def hang_up(self) -> None:
        """Closes everything this script opened, and ends its own instances."""
        for half in self._halves:
            half.close()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        for stream in self._streams:
            if not stream.closed:
                await stream.close()
        for client in self._clients:
            await client.close()
        for instance in self._mine:
            await self.subject.release(instance)
