"""How a check of a session is written down: requirement, situation, function."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import ModuleType
from typing import TypeAlias

from conformance.judge.finding import Finding, NotApplicable, NotVerified, Observation
from conformance.judge.session.folding import Story
from conformance.judge.session.model import Comparison, SessionFacts
from conformance.judge.verdict import Outcome, Verdict
from conformance.spec.profile import Profile
from conformance.spec.tolerances import Tolerances
from conformance.suite.runner import DID_NOT_OCCUR, severity


@dataclass(frozen=True, slots=True)
class Evidence:
    """One session with all that is known of it, and what was declared."""

    facts: SessionFacts
    story: Story
    profile: Profile
    tolerances: Tolerances
    backtest: SessionFacts | None = None
    """What a paper session is compared with."""
    comparison: Comparison | None = None
    others: tuple[SessionFacts, ...] = ()
    """Sessions of the same strategy beside it."""

    def declared(self, name: str) -> Decimal:
        """A tolerance; raises NotVerified where it was not declared."""
        found: Decimal | None = getattr(self.tolerances, name)
        if found is None:
            raise NotVerified(f"declare {name} in [tolerances] of the profile")
        return found


Judgement: TypeAlias = Callable[[Evidence], Iterator[Observation]]


@dataclass(frozen=True, slots=True)
class SessionCheck:
    """Decides one requirement on one session.

    `kinds` are the kinds of session that it speaks of. `exists`: that one session
    shows it is enough, whatever others find. `each`: what cannot be decided of one
    session stays open, though another shows it.
    """

    requirement: str
    occurs: str
    function: Judgement
    kinds: frozenset[str]
    exists: bool = False
    each: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__


BROKERS = frozenset({"paper", "live"})
PAPER = frozenset({"paper"})
ANY = frozenset({"paper", "live", "mock", "backtest", "unknown"})
TIMED = ANY - {"backtest"}
"""Where the clock of the record is that of the market."""

_CHECKS = "__session_checks__"


def session_check(
    requirement: str,
    *,
    occurs: str,
    kinds: frozenset[str] = ANY,
    exists: bool = False,
    each: bool = False,
) -> Callable[[Judgement], Judgement]:
    """Registers a function as the check of a requirement on sessions."""

    def register(function: Judgement) -> Judgement:
        made = SessionCheck(requirement, occurs, function, kinds, exists, each)
        setattr(function, _CHECKS, made)
        return function

    return register


def checks_of(modules: Sequence[ModuleType]) -> tuple[SessionCheck, ...]:
    """The checks of some modules, by requirement."""
    found = (getattr(v, _CHECKS, None) for m in modules for v in vars(m).values())
    return tuple(sorted((c for c in found if c), key=lambda c: c.requirement))


@dataclass(slots=True)
class _Heard:
    findings: list[Finding] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    occurred: bool = False
    verdict: Verdict = Verdict.NOT_VERIFIED
    reason: str | None = None


def decided(check: SessionCheck, evidence: Evidence) -> Outcome:
    """What one check says of one session; entries are those of the session."""
    facts, heard = evidence.facts, _Heard()
    if facts.kind in check.kinds:
        _listen(check, evidence, heard)
    else:
        heard.reason = f"the session was recorded on {_named(facts)}: it needs one on "
        heard.reason += _wanted(check)
    if heard.findings:
        heard.verdict, heard.reason = severity(check.requirement), ""
    elif heard.reason is None and heard.occurred:
        heard.verdict, heard.reason = Verdict.MET, ""
    elif heard.reason is None:
        heard.reason = DID_NOT_OCCUR + check.occurs
    return Outcome(
        requirement=check.requirement,
        check=check.name,
        script=script_of(facts.name),
        verdict=heard.verdict,
        reason=heard.reason,
        findings=tuple(heard.findings),
        occurrences=tuple(dict.fromkeys(heard.seen)),
        provider=", ".join(facts.platforms),
    )


def _listen(check: SessionCheck, evidence: Evidence, heard: _Heard) -> None:
    try:
        for observation in check.function(evidence):
            if isinstance(observation, Finding):
                heard.findings.append(observation)
            else:
                heard.occurred = True
                heard.seen.extend(observation.entries)
    except NotVerified as missing:
        heard.reason = str(missing)
    except NotApplicable as absent:
        heard.reason, heard.verdict = str(absent), Verdict.NOT_APPLICABLE


def _named(facts: SessionFacts) -> str:
    named = ", ".join(facts.platforms) or "a platform that nothing names"
    return f"{named} ({facts.kind})" if facts.kind != "unknown" else named


def _wanted(check: SessionCheck) -> str:
    if check.kinds == PAPER:
        return "a broker's paper platform"
    if check.kinds == BROKERS:
        return "a broker's platform, paper or live"
    return "anything but a backtest"


def script_of(name: str) -> str:
    """What a session's transcripts are called."""
    plain = "".join(c if c.isalnum() or c in "._-" else "-" for c in name)
    return f"session-{plain or 'unnamed'}"
