"""Everything that one run brought home: the subject's facts, transcripts, outcomes."""

from dataclasses import dataclass

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.verdict import Outcome


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What the subject says of itself; empty where it was never reached."""

    kind: str
    """"url", "command", "embedded", "strategy", or "pair": a strategy on a Gateway;
    "session" or "recorded" where nothing was played."""
    address: str
    """The URL (without its user part) or the command, redacted."""
    version: str = ""
    git_sha: str = ""
    platforms: tuple[str, ...] = ()
    capabilities: Json = None
    clock_skew_seconds: float | None = None
    digest: str = ""
    """Of a strategy: the SHA-256 of its command and the files that this names."""
    strategy: str = ""
    """Of a pair: the strategy's command; `address` is the Gateway's."""

    @property
    def judged(self) -> str:
        """What was judged: "strategy", "pair", or else "gateway"."""
        return judged_of(self.kind)

    @property
    def shown(self) -> str:
        """What was judged, as a line names it."""
        if self.kind == "pair":
            return f"{self.strategy} on {self.address}"
        return self.address


def judged_of(kind: str) -> str:
    """What a run on a subject of this kind judges."""
    return kind if kind in ("strategy", "pair") else "gateway"


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the doctor: what it saw, how grave it is, and its fix.

    `level` is "ok", "warning", "blocking" or "fatal".
    """

    level: str
    topic: str
    sentence: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, whole or cut short; what a report is made from.

    `planned` are (script, requirement) pairs; each has an outcome where the run is
    complete. `error` is the sentence that ended it early.
    """

    subject: SubjectFacts
    seed: int
    command_line: str
    started: str
    seconds: float
    planned: tuple[tuple[str, str], ...]
    outcomes: tuple[Outcome, ...]
    transcripts: tuple[Transcript, ...]
    notices: tuple[Notice, ...] = ()
    account_before: Json = None
    account_after: Json = None
    left_open: tuple[str, ...] = ()
    complete: bool = False
    partial: bool = False
    """Whether a part of the suite was asked for, or the run was stopped early."""
    interrupted: bool = False
    error: str | None = None
    faults: tuple[str, ...] = ()
