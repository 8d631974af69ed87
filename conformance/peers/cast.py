"""What every script of a run is played on and with, and what a playing leaves."""

from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Transcript
from conformance.peers.engine.engine import PlayedEngine
from conformance.peers.firewall import Firewall, Permission
from conformance.peers.instances import Subject
from conformance.peers.pace import Pace
from conformance.peers.scene import Scene

WIDTH = 24
"""Scripts that play at once: they mostly wait, and share two cores."""


@dataclass(frozen=True, slots=True)
class Cast:
    """What every script of a run is played on and with."""

    subject: Subject
    permission: Permission
    run_id: str
    seed: int
    provider: str = "mock"
    pace: Pace = field(default_factory=Pace)
    symbols: tuple[str, ...] = ()
    capabilities: Json = None
    examples: int = 0
    """How many examples a fuzz script generates beyond its fixed ones."""
    clean: bool = True
    """Whether the account was empty at the start: alone scripts ask for it."""
    width: int = WIDTH
    redactor: Redactor = field(default_factory=Redactor)
    engine: PlayedEngine | None = None
    """The upstream of the one Gateway that runs already, where it is ours to play."""
    firewall: Firewall | None = None
    """The run's one firewall; without one each script has its own."""
    keep: "Callable[[Take], object]" = field(default=lambda _: None)
    """Takes what a cancelled run leaves of a script that it was playing."""
    begun: "Callable[[Recorder], object]" = field(default=lambda _: None)
    """Takes what a script is written down in, as soon as it begins."""

    @property
    def sequential(self) -> bool:
        """Whether scripts must share symbols, so that one plays after the other."""
        return self.subject.shared and (self.guarded or bool(self.symbols))

    @property
    def guarded(self) -> bool:
        """Whether what is behind the Gateway is no simulation."""
        return not self.permission.unbounded

    @property
    def bounded(self) -> bool:
        """Whether the user named what may be traded, and up to which worth."""
        return bool(self.symbols) and self.permission.max_notional is not None


@dataclass(frozen=True, slots=True)
class Take:
    """One playing of a script; `left` is what could not be tidied up."""

    scene: Scene
    transcript: Transcript
    left: tuple[str, ...] = ()
