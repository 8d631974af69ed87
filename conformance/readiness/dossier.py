"""Everything that a decision is made from, as it was gathered."""

from dataclasses import dataclass, field
from datetime import date, datetime

from conformance.evidence.transcript import Transcript
from conformance.judge.record import RunRecord
from conformance.judge.session.model import Comparison, SessionFacts
from conformance.readiness.attestations import Attestations
from conformance.readiness.backing import (
    HostFact,
)
from conformance.readiness.waivers import Waiver
from conformance.spec.profile import Profile


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what it brought home, where it is kept, which contract it was under.

    An empty `contract_sha256` is that of this version: the run was made just now.
    """

    record: RunRecord
    folder: str = ""
    digest: str = ""
    contract_sha256: str = ""
    requirement_set: str = ""

    @property
    def about_strategy(self) -> bool:
        """Whether a strategy was judged: alone, or on a Gateway of its own."""
        return self.record.subject.judged != "gateway"

    @property
    def about_gateway(self) -> bool:
        """Whether a Gateway was judged."""
        return self.record.subject.judged != "strategy"


@dataclass(frozen=True, slots=True)
class Dossier:
    """Runs, sessions, statements and what is declared; `attestations` None: no file."""

    runs: tuple[Run, ...] = ()
    sessions: tuple[SessionFacts, ...] = ()
    of_sessions: tuple[Transcript, ...] = ()
    """The parts of the sessions that findings cite."""
    comparisons: tuple[Comparison, ...] = ()
    attestations: Attestations | None = None
    host: tuple[HostFact, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    profile: Profile = field(default_factory=Profile)
    configuration: dict[str, str] = field(default_factory=dict)
    """The digests of the user's files: profile, waivers, attestations."""

    @property
    def decides(self) -> bool:
        """Whether there is evidence in it, not only what is declared or accepted."""
        return bool(self.runs or self.sessions or self.attestations)

    def of_kind(self, *kinds: str) -> tuple[SessionFacts, ...]:
        """The sessions of these kinds: backtest, paper, live, mock, unknown."""
        return tuple(s for s in self.sessions if s.kind in kinds)


def day_of(instant: str) -> date | None:
    """The day (as it is written) of an RFC 3339 instant; None where it is none."""
    try:
        return datetime.fromisoformat(instant).date()
    except ValueError:
        return None
