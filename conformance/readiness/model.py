"""One Readiness value: what readiness.json holds, as frozen facts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conformance.judge.session.model import Comparison, SessionFacts
from conformance.judge.verdict import Verdict
from conformance.readiness.backing import (
    AttestationStanding,
    HollowWarning,
    HostFact,
    RunShown,
    Validity,
)

SCHEMA_VERSION = "2"


class Decision(StrEnum):
    """The verdict of a report."""

    READY = "READY"
    READY_WITH_WAIVERS = "READY WITH WAIVERS"
    NOT_READY = "NOT READY"
    NOT_PROVEN = "NOT PROVEN"


class ItemVerdict(StrEnum):
    """The verdict of one of the nine items."""

    MET = "met"
    NOT_MET = "not met"
    NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True)
class GatewayIdentity:
    """Which Gateway was judged."""

    kind: str
    address: str
    version: str
    git_sha: str
    platforms: tuple[str, ...]
    clock_skew_seconds: float | None
    claims: Any = None
    """What it answered to GET /v1/capabilities; None where it was not asked."""


@dataclass(frozen=True, slots=True)
class StrategyIdentity:
    """Which strategy was judged: its command, and the digest of what this names."""

    command: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a transcript, and its entries there.

    An empty `transcript` is what the doctor asked before the first script.
    """

    transcript: str
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CapabilityStanding:
    """One thing that a Gateway may be able to do: what it claims, and what was seen."""

    kind: str
    """"order type", "feature", "position mode" or "asset class"."""
    name: str
    provider: str
    claimed: bool | None
    """None where it did not tell what it can do."""
    seen: bool | None
    """True: an order of it was accepted, or a requirement of it is met. False: it was
    refused as unsupported and never accepted. None: neither was seen."""
    state: str
    """"supported", "unsupported", "contradicted", "claimed only" or "not claimed".
    What is accepted while all that is decided about it is violated is unsupported."""
    claimed_in: Place | None
    seen_in: Place | None
    """None too where requirements decide, and no order shows it."""
    met: tuple[str, ...]
    """The requirements about it that are met with this provider."""
    violated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """What was judged, by which suite, and whether real money can be behind it."""

    suite_version: str
    requirement_set: str
    contract_sha256: str
    gateway: GatewayIdentity
    seed: int
    command: str
    drill: bool
    strategy: StrategyIdentity | None = None
    capabilities: tuple[CapabilityStanding, ...] = ()


@dataclass(frozen=True, slots=True)
class SlowestScript:
    """The script that took longest."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RunFacts:
    """When it ran, how long, and how it ended."""

    started: str
    seconds: float
    slowest_script: SlowestScript | None
    exit_status: int
    complete: bool
    interrupted: bool
    error: str | None
    faults: tuple[str, ...]
    left_open: tuple[str, ...]
    slowest_scripts: tuple[SlowestScript, ...] = ()
    """The ten that took longest, recorded sessions apart."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that stands between the subject and the stage."""

    what: str
    """A requirement's id, "item N", "run", "session", "attestation", "drill", …"""
    sentence: str
    how_to_prove: str
    """The shortest way: a command, where there is one."""
    consequence: str = ""
    """What it can cost, in terms of money."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The decision for one stage."""

    stage: str
    asked: bool
    verdict: Decision
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """One of the nine items."""

    number: int
    title: str
    verdict: ItemVerdict
    reason: str
    requirements: tuple[str, ...]
    attestations: tuple[str, ...]
    """The ids of its statements in checklist.toml; `Readiness.attestations` tells
    how each stands."""


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding, where to look, and how to see it again."""

    sentence: str
    transcript: str
    entries: tuple[int, ...]
    reproduce: str
    provider: str
    cause: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class CheckShown:
    """What one check said."""

    name: str
    script: str
    verdict: Verdict
    reason: str
    provider: str = ""
    transcript: str = ""
    """Empty where it was not read from one transcript alone."""


@dataclass(frozen=True, slots=True)
class KillProof:
    """How many mutants the requirement's checks kill."""

    mutants: tuple[str, ...]
    killed: int


@dataclass(frozen=True, slots=True)
class WaiverShown:
    """A known failure, and whether its entry still holds."""

    reason: str
    owner: str
    expires: str
    state: str


@dataclass(frozen=True, slots=True)
class RequirementStanding:
    """One requirement of the catalogue."""

    id: str
    level: str
    family: str
    sentence: str
    source: str
    verdict: Verdict
    reason: str
    items: tuple[int, ...]
    failure_modes: tuple[str, ...]
    excluded: str | None
    planned: bool
    checks: tuple[CheckShown, ...]
    providers: dict[str, str]
    findings: tuple[FindingShown, ...]
    can_fail: KillProof
    waiver: WaiverShown | None

    @property
    def waived(self) -> bool:
        """Whether it is violated, and somebody answers for that today."""
        valid = self.waiver is not None and self.waiver.state == "valid"
        return valid and self.verdict is Verdict.VIOLATED


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """One line of the doctor."""

    level: str
    topic: str
    sentence: str
    fix: str


@dataclass(frozen=True, slots=True)
class Account:
    """The account before and after; None where it was not read."""

    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class StageStanding:
    """One of the five stages: whether it may be entered."""

    name: str
    title: str
    verdict: Decision
    blockers: tuple[Blocker, ...]
    evidence: tuple[str, ...]
    """One line for each thing that decides it: what was seen, or what is missing."""


@dataclass(frozen=True, slots=True)
class FailureModeStanding:
    """One of the guide's six failure modes."""

    name: str
    title: str
    verdict: ItemVerdict
    reason: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetricStanding:
    """One of the four monitoring metrics, in one session."""

    name: str
    title: str
    rule: str
    verdict: ItemVerdict
    value: str
    """With its unit; empty where nothing was measured."""
    sample: int
    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Everything that a report says."""

    schema_version: str
    identity: Identity
    run: RunFacts
    readiness: Standing
    items: tuple[ItemStanding, ...]
    account: Account
    doctor: tuple[NoticeShown, ...]
    requirements: tuple[RequirementStanding, ...]
    counts: dict[str, int]
    waiver_problems: tuple[str, ...]
    stages: tuple[StageStanding, ...] | None = None
    failure_modes: tuple[FailureModeStanding, ...] | None = None
    metrics: tuple[MetricStanding, ...] | None = None
    attestations: tuple[AttestationStanding, ...] | None = None
    sessions: tuple[SessionFacts, ...] | None = None
    comparisons: tuple[Comparison, ...] | None = None
    host: tuple[HostFact, ...] | None = None
    runs: tuple[RunShown, ...] | None = None
    validity: Validity | None = None
    next_stage: str | None = None
    """The first stage that may not be entered yet; None where all may."""
    hollow: tuple[HollowWarning, ...] = ()

    @property
    def exit_status(self) -> int:
        return self.run.exit_status

    def having(self, *verdicts: Verdict) -> tuple[RequirementStanding, ...]:
        """The requirements with one of these verdicts, excluded ones apart."""
        return tuple(
            r for r in self.requirements if r.verdict in verdicts and not r.excluded
        )
