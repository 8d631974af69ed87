"""What the stages are decided on, in one place: all that is known on one day."""

from dataclasses import dataclass
from datetime import date

from conformance.judge.record import RunRecord
from conformance.judge.session.model import Comparison, SessionFacts
from conformance.readiness.backing import (
    AttestationStanding,
)
from conformance.readiness.dossier import Dossier
from conformance.readiness.matching import SetAside, Subjects
from conformance.readiness.model import (
    ItemStanding,
    RequirementStanding,
)
from conformance.spec.catalogue import requirement


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is known on one day."""

    dossier: Dossier
    subjects: Subjects
    aside: tuple[SetAside, ...]
    record: RunRecord
    requirements: tuple[RequirementStanding, ...]
    items: tuple[ItemStanding, ...]
    statements: tuple[AttestationStanding, ...]
    drill: bool
    today: date

    @property
    def has(self) -> frozenset[str]:
        """Which kinds of evidence there are: gateway, strategy, session."""
        return kinds_of(self.dossier)

    @property
    def paper(self) -> tuple[SessionFacts, ...]:
        """The sessions on a broker's paper platform."""
        return self.dossier.of_kind("paper")

    def statement(self, name: str) -> AttestationStanding:
        """How the statement of that id stands."""
        return next(s for s in self.statements if s.statement == name)

    def comparison(self, one: str, other: str) -> Comparison | None:
        """The worst comparison of sessions of these two kinds."""
        kinds = {s.name: s.kind for s in self.dossier.sessions}
        wanted = {one, other}
        found = [
            c
            for c in self.dossier.comparisons
            if {kinds.get(c.one), kinds.get(c.other)} == wanted
        ]
        order = ("beyond", "undecided", "within")
        return min(found, key=lambda c: order.index(c.verdict), default=None)


def kinds_of(dossier: Dossier) -> frozenset[str]:
    """Which kinds of evidence a dossier has: gateway, strategy, session."""
    found = set()
    # A pair shows what a strategy makes of a Gateway, not what the Gateway must do.
    if any(run.about_gateway and not run.about_strategy for run in dossier.runs):
        found.add("gateway")
    if any(run.about_strategy for run in dossier.runs):
        found.add("strategy")
    if dossier.of_kind("paper", "live"):
        found.add("session")
    return frozenset(found)


def counts(standing: RequirementStanding) -> bool:
    """Whether it must be measured: not excluded, and this version has a check."""
    if standing.excluded:
        return False
    return bool(standing.checks) or not requirement(standing.id).waits_for
