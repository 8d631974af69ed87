"""Sets aside what was made for another strategy, Gateway or contract than the rest."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from conformance.judge.session.model import Comparison, SessionFacts
from conformance.readiness.dossier import Dossier, Run
from conformance.spec.catalogue import catalogue_sha256
from conformance.spec.documents import document_sha256


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom the decision is about; empty where nothing says."""

    strategy: str = ""
    gateway: tuple[str, str] = ("", "")

    @property
    def gateway_told(self) -> str:
        """Version and git sha in one text."""
        return " ".join(self.gateway).strip()


@dataclass(frozen=True, slots=True)
class SetAside:
    """A run or a session of which nothing is used, and why."""

    what: str
    folder: str
    why: str


@dataclass(frozen=True, slots=True)
class Matched:
    """What belongs together, whom it is about, and what was set aside."""

    dossier: Dossier
    subjects: Subjects
    aside: tuple[SetAside, ...]


def matched(dossier: Dossier) -> Matched:
    """The part of a dossier that speaks of one strategy and one Gateway.

    These are the ones that the newest run is about, or the newest session where there
    is no run. What does not say whom it is about is set aside too, where others do.
    """
    subjects = _subjects(dossier)
    aside: list[SetAside] = []
    runs, sessions = [], []
    for run in dossier.runs:
        why = _of_run(run, subjects)
        if why:
            aside.append(SetAside("run", run.folder, why))
        else:
            runs.append(run)
    for session in dossier.sessions:
        why = _of_session(session, subjects)
        if why:
            aside.append(SetAside("session", session.name, why))
        else:
            sessions.append(session)
    kept = replace(
        dossier,
        runs=tuple(runs),
        sessions=tuple(sessions),
        comparisons=_comparisons(dossier, sessions),
    )
    return Matched(kept, subjects, tuple(aside))


def _comparisons(dossier: Dossier, kept: list[SessionFacts]) -> tuple[Comparison, ...]:
    names = {session.name for session in kept}
    return tuple(c for c in dossier.comparisons if {c.one, c.other} <= names)


def _subjects(dossier: Dossier) -> Subjects:
    newest = sorted(dossier.runs, key=lambda run: run.record.started, reverse=True)
    strategies = [r.record.subject.digest for r in newest if r.about_strategy]
    gateways = [_gateway(r) for r in newest if r.about_gateway]
    recorded = sorted(dossier.sessions, key=lambda s: s.started, reverse=True)
    strategies += [s.strategy_sha256 for s in recorded]
    broker = [s for s in recorded if s.kind != "backtest"]
    gateways += [(s.version, s.git_sha) for s in broker]
    return Subjects(
        next((name for name in strategies if name), ""),
        next((pair for pair in gateways if any(pair)), ("", "")),
    )


def _gateway(run: Run) -> tuple[str, str]:
    return run.record.subject.version, run.record.subject.git_sha


def _of_run(run: Run, subjects: Subjects) -> str:
    found = run.record.subject
    reasons: Iterable[tuple[bool, str]] = (
        (
            run.about_strategy and found.digest != subjects.strategy,
            _another("strategy", found.digest, subjects.strategy),
        ),
        (
            run.about_gateway
            and any(subjects.gateway)
            and _gateway(run) != subjects.gateway
            and not _unreached(run),
            _another("Gateway", " ".join(_gateway(run)), subjects.gateway_told),
        ),
        (
            run.contract_sha256 not in ("", document_sha256()),
            "it was made under another contract, by another version of this suite",
        ),
        (
            run.requirement_set not in ("", catalogue_sha256()),
            "it was made under another set of requirements, by another version of "
            "this suite",
        ),
    )
    return next((why for so, why in reasons if so), "")


def _unreached(run: Run) -> bool:
    """Whether it ended before the Gateway said who it is: its error blocks anyway."""
    return run.record.error is not None and not any(_gateway(run))


def _of_session(session: SessionFacts, subjects: Subjects) -> str:
    gateway = (session.version, session.git_sha)
    reasons: Iterable[tuple[bool, str]] = (
        (
            session.strategy_sha256 != subjects.strategy,
            _another("strategy", session.strategy_sha256, subjects.strategy),
        ),
        (
            # A backtest may have been run on whatever simulates the market.
            session.kind != "backtest" and gateway != subjects.gateway,
            _another("Gateway", " ".join(gateway).strip(), subjects.gateway_told),
        ),
    )
    return next((why for so, why in reasons if so), "")


def _another(what: str, found: str, expected: str) -> str:
    if not found.strip():
        return f"it does not say which {what} it was made with"
    return f"it was made for another {what} ({found[:24]}, not {expected[:24]})"
