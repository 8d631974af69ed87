"""Whether a report still speaks about what runs now: what it is bound to, looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from conformance.readiness.difference import subject_of
from conformance.readiness.model import Readiness


class State(StrEnum):
    """What a look at one thing showed."""

    HOLDS = "holds"
    CHANGED = "CHANGED"
    UNSEEN = "not looked at"
    NOTED = "noted"
    """Nobody can look at it from outside, or it is not needed to be sure."""


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that a report is bound to, and what to do where it changed."""

    what: str
    state: State
    sentence: str
    rerun: str = ""


@dataclass(frozen=True, slots=True)
class Present:
    """What runs now, in the words of `bound`; what was not looked at is not there."""

    today: date
    bound: Mapping[str, str]
    how_to_look: Mapping[str, str]
    """By the name of what was not looked at: what shows it."""
    sealed: bool | None
    """Whether the report is as it was written; None where it has no digest."""
    evidence: tuple[str, ...] | None
    """What is wrong with its transcripts; None where they are not beside it."""


JUDGE_AGAIN = (
    "judge its transcripts again (conformance judge DIR); what is new in this version "
    "needs a run"
)
UNSEEABLE = ("configuration",)
NAMES = {
    "suite": "suite version",
    "requirements": "requirement set",
    "contract": "contract",
    "gateway": "Gateway",
    "strategy": "strategy",
    "configuration": "configuration",
}


def bound_of(readiness: Readiness) -> dict[str, str]:
    """What a report is bound to; of one without validity, what its identity names."""
    if readiness.validity is not None:
        return {k: v for k, v in readiness.validity.bound.items() if v}
    identity = readiness.identity
    found = {
        "suite": identity.suite_version,
        "requirements": identity.requirement_set,
        "contract": identity.contract_sha256,
    }
    if identity.strategy is not None:
        found["strategy"] = identity.strategy.sha256
    if subject_of(readiness) == "strategy":
        return found
    gateway = gateway_words(identity.gateway.version, identity.gateway.git_sha)
    return {**found, "gateway": gateway} if gateway else found


def gateway_words(version: str, git_sha: str) -> str:
    """Which Gateway it is, as `bound` names it."""
    return f"{version} {git_sha}".strip()


def looks(readiness: Readiness, present: Present) -> Iterator[Look]:
    """Each thing in turn: the report itself, its day, what it is bound to."""
    again = f"run again: {readiness.identity.command}"
    yield _seal(present, again)
    yield _evidence(present, again)
    yield _day(readiness, present, again)
    bound = bound_of(readiness)
    for name, known in bound.items():
        yield _bound(name, known, present, _rerun(name, readiness))
    if "gateway" not in bound and subject_of(readiness) != "strategy":
        told = "it named neither version nor build: any other reads the same"
        yield Look(NAMES["gateway"], State.UNSEEN, told)


def _seal(present: Present, again: str) -> Look:
    if present.sealed is None:
        return Look("report", State.UNSEEN, "it has no digest: an older version's")
    if present.sealed:
        return Look("report", State.HOLDS, "it is as it was written")
    return Look("report", State.CHANGED, "it was altered after it was written", again)


def _evidence(present: Present, again: str) -> Look:
    if present.evidence is None:
        return Look("transcripts", State.NOTED, "they are not beside it")
    if not present.evidence:
        return Look("transcripts", State.HOLDS, "they are as they were written")
    first, *rest = present.evidence
    more = f", and {len(rest)} more" if rest else ""
    return Look("transcripts", State.CHANGED, first + more, again)


def _day(readiness: Readiness, present: Present, again: str) -> Look:
    until = readiness.validity.until if readiness.validity is not None else ""
    if not until:
        return Look("last day", State.UNSEEN, "it names none")
    try:
        last = date.fromisoformat(until)
    except ValueError:
        return Look("last day", State.UNSEEN, f"{until} is no day")
    if last < present.today:
        return Look("last day", State.CHANGED, f"it expired on {until}", again)
    return Look("last day", State.HOLDS, f"it holds until {until}")


def _bound(name: str, known: str, present: Present, rerun: str) -> Look:
    what = NAMES.get(name, name)
    now = present.bound.get(name)
    if now is None and name in UNSEEABLE:
        return Look(what, State.NOTED, f"{_short(known)}: no outsider sees it")
    if now is None:
        how = present.how_to_look.get(name, "nothing here shows it")
        return Look(what, State.UNSEEN, f"{_short(known)}: {how}")
    if now == known:
        return Look(what, State.HOLDS, _short(known) + _weak(name, known))
    told = f"{_short(known)} was judged, {_short(now) or 'nothing named'} is there now"
    return Look(what, State.CHANGED, told, rerun)


def _weak(name: str, known: str) -> str:
    """What is said of a Gateway that names its version and no build."""
    if name != "gateway" or known.partition(" ")[2] not in ("", "unknown"):
        return ""
    return ", which names no build: another of this version reads the same"


def _short(text: str) -> str:
    """A digest's first twelve signs; any other text whole."""
    is_digest = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return text[:12] if is_digest else text


def _rerun(name: str, readiness: Readiness) -> str:
    """Which case must be played again."""
    if name in ("suite", "requirements", "contract"):
        return JUDGE_AGAIN
    kinds = {"gateway": ("gateway", "pair"), "strategy": ("strategy", "pair")}
    runs = [
        f"the run in {r.folder} ({r.subject} {r.address})"
        for r in readiness.runs or ()
        if r.subject in kinds.get(name, ("gateway", "strategy", "pair"))
    ]
    if not runs:
        return f"run again: {readiness.identity.command}"
    sessions = [s.name for s in readiness.sessions or ()]
    recorded = f"; record again: {', '.join(sessions)}" if sessions else ""
    return f"run again: {'; '.join(runs)}{recorded}"
