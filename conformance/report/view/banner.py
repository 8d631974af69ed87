"""The first lines of every report: the verdict, what was judged, and what is open."""

from dataclasses import dataclass
from datetime import date

from conformance.judge.verdict import Verdict
from conformance.readiness.model import Decision, Readiness, RequirementStanding
from conformance.report.view.blockers import blockers
from conformance.spec.platforms import platform_of

SOON = 14
"""Days before its end in which a waiver is told as expiring."""

SAYS = {
    Decision.READY: "Everything that this stage asks for was measured or attested.",
    Decision.READY_WITH_WAIVERS: "What is violated was accepted by a named person.",
    Decision.NOT_READY: "Something that must not happen was seen.",
    Decision.NOT_PROVEN: "Nothing forbids it, but not all of it was shown.",
}

UNSAID = (
    "What this does not say: that the strategy earns money, that the broker behaves "
    "tomorrow as today, or that a law is obeyed."
)


@dataclass(frozen=True, slots=True)
class Banner:
    """The verdict for one stage, with its scope and its counts."""

    verdict: str
    stage: str
    css: str
    says: str
    mode: str
    subject: str
    counts: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def line(self) -> str:
        """The counts in one line."""
        return " · ".join(self.counts)


def banner(readiness: Readiness) -> Banner:
    """What the page, the step summary and the terminal say first."""
    decision = readiness.readiness
    return Banner(
        verdict=str(decision.verdict),
        stage=decision.stage,
        css=str(decision.verdict).lower().replace(" ", "-"),
        says=SAYS[decision.verdict],
        mode=mode(readiness),
        subject=subject(readiness),
        counts=tuple(_counts(readiness)),
        warnings=tuple(_warnings(readiness)),
    )


def subject(readiness: Readiness) -> str:
    """Strategy, Gateway, or the pair of them, in a few words."""
    identity = readiness.identity
    gateway = identity.gateway
    version = f"Gateway {gateway.version or 'of unknown version'}"
    if identity.strategy is None:
        return version
    # Of a recorded session nobody knows the command, only what it was.
    known = identity.strategy.command or identity.strategy.sha256[:12]
    command = f"strategy {known}".rstrip()
    return command if gateway.kind == "strategy" else f"{command} on {version}"


def mode(readiness: Readiness) -> str:
    """What kind of market was behind what was judged."""
    gateway = readiness.identity.gateway
    if gateway.kind == "strategy":
        return "played Gateway and venue"
    if not gateway.platforms:
        return "no platform named"
    known = (platform_of(name) for name in gateway.platforms)
    modes = dict.fromkeys(str(p.mode) if p else "unknown platform" for p in known)
    return f"{', '.join(modes)}: {', '.join(gateway.platforms)}"


def days_left(readiness: Readiness, expires: str) -> int | None:
    """Days from the run to a day; None where either cannot be read."""
    try:
        ran = date.fromisoformat(readiness.run.started[:10])
        return (date.fromisoformat(expires) - ran).days
    except ValueError:
        return None


def waiver_ends(readiness: Readiness, expires: str) -> str:
    """How long a waiver held yet when the run was, or since when it did not."""
    left = days_left(readiness, expires)
    if left is None:
        return "no day that can be read"
    if left < 0:
        return f"expired {_some(-left, 'day')} before the run"
    return f"{_some(left, 'day')} left at the run" if left else "the run's day its last"


def with_waiver(readiness: Readiness) -> tuple[RequirementStanding, ...]:
    """The requirements that have an entry in the waiver file."""
    return tuple(r for r in readiness.requirements if r.waiver is not None)


def _counts(readiness: Readiness) -> list[str]:
    told = [_some(len(blockers(readiness)), "blocker")]
    ends = [
        left
        for r in with_waiver(readiness)
        if r.waiver is not None
        and r.waived
        and (left := days_left(readiness, r.waiver.expires)) is not None
        and left <= SOON
    ]
    if ends:
        told.append(
            f"{_some(len(ends), 'waiver')} expiring in {_some(min(ends), 'day')}"
        )
    warned = readiness.counts.get(str(Verdict.WARNED), 0)
    if warned:
        told.append(f"{warned} warned")
    told.append(f"{readiness.counts.get(str(Verdict.NOT_VERIFIED), 0)} not proven")
    return told


def _warnings(readiness: Readiness) -> list[str]:
    told = []
    if readiness.run.error:
        told.append(f"The run ended early: {readiness.run.error}.")
    if readiness.run.interrupted:
        told.append("The run was interrupted.")
    if readiness.run.left_open:
        told.append(f"Left open on the account: {len(readiness.run.left_open)}.")
    if readiness.run.faults:
        told.append(f"Faults of the suite itself: {len(readiness.run.faults)}.")
    return told


def _some(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
