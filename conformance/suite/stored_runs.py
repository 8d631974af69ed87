"""Reads a run that was kept in a folder, and judges its transcripts again."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.errors import BadFile
from conformance.evidence.journal import read_transcript
from conformance.evidence.transcript import Transcript
from conformance.judge.record import Notice, RunRecord, SubjectFacts
from conformance.judge.verdict import Outcome, Verdict
from conformance.suite.check import Suite
from conformance.suite.company import suite_of
from conformance.suite.rejudging import judged_again

DECISION = (
    "this is a decision, made of several runs and sessions: name those, with --run "
    "and --session"
)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run judged again, the digest of its transcripts, and what it was under."""

    record: RunRecord
    folder: str
    digest: str
    contract_sha256: str
    requirement_set: str


def stored_run(directory: Path) -> StoredRun:
    """The run in a folder; BadFile where there is none, or one that is not whole."""
    report = _report(directory)
    identity, faults = report.get("identity", {}), report.get("run", {}).get("faults")
    return StoredRun(
        # Judging again does not mend what the suite did wrong while it played.
        replace(recorded(directory), faults=tuple(map(str, faults or ()))),
        str(directory),
        _digest(directory),
        str(identity.get("contract_sha256", "")),
        str(identity.get("requirement_set", "")),
    )


def recorded(directory: Path) -> RunRecord:
    """The run whose transcripts are in a folder, or in its folder `transcripts`.

    What it says of itself is taken from its report, where that is there; what it found
    is not. Raises BadFile where there is no run, or one that is not whole, or a
    decision that was made of several.
    """
    transcripts = read_transcripts(directory)
    played = {t.header.script for t in transcripts}
    suite = suite_of(played)
    modules = (m for m in suite.modules if m.scene is None or m.name in played)
    before = _report(directory)
    if before.get("runs") is not None:
        raise BadFile(str(directory), 0, DECISION)
    run, identity = before.get("run", {}), before.get("identity", {})
    account = before.get("account", {})
    whole, error = bool(run.get("complete")), run.get("error")
    interrupted = bool(run.get("interrupted"))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return RunRecord(
        subject=_subject(identity),
        seed=transcripts[0].header.seed,
        command_line=f"conformance judge {directory}",
        started=str(run.get("started") or now),
        seconds=float(run.get("seconds", 0.0)),
        planned=tuple((c.script, c.requirement) for m in modules for c in m.checks),
        outcomes=(
            *judged_again(suite, transcripts),
            *_not_played(before.get("requirements", ()), suite, played),
        ),
        transcripts=transcripts,
        notices=tuple(_notices(before.get("doctor", ()))),
        account_before=account.get("before"),
        account_after=account.get("after"),
        left_open=tuple(map(str, run.get("left_open", ()))),
        complete=whole,
        partial=not whole and not interrupted and error is None,
        interrupted=interrupted,
        error=None if error is None else str(error),
    )


def read_transcripts(directory: Path) -> tuple[Transcript, ...]:
    """The transcripts in a folder, or in its folder `transcripts`.

    Raises BadFile where there is none, or one that is not whole.
    """
    return tuple(map(read_transcript, _paths(directory)))


def _paths(directory: Path) -> list[Path]:
    inner = directory / "transcripts"
    folder = inner if inner.is_dir() else directory
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise BadFile(str(directory), 0, _why_none(directory))
    return paths


def _why_none(directory: Path) -> str:
    if not directory.is_dir():
        return "there is no such folder"
    if (directory / "session.json").is_file():
        return (
            "this is a recorded session, no run: "
            f"conformance readiness --session {directory} judges it"
        )
    return "no transcripts (*.jsonl) are there; a run's folder is reports/latest"


def _digest(directory: Path) -> str:
    """Over the names and bytes of all transcripts: which run was judged."""
    whole = hashlib.sha256()
    for path in _paths(directory):
        told = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.name} {told}\n".encode())
    return whole.hexdigest()


def _not_played(
    rows: Iterable[Mapping[str, Any]], suite: Suite, played: set[str]
) -> Iterator[Outcome]:
    """What the run said of scripts that it left out: slow ones, and fuzzing."""
    absent = {m.name for m in suite.modules if m.scene is not None} - played
    for row in rows:
        for check in row.get("checks", ()):
            if check["script"] in absent and check["verdict"] == Verdict.NOT_VERIFIED:
                yield Outcome(
                    str(row["id"]),
                    str(check["name"]),
                    str(check["script"]),
                    Verdict.NOT_VERIFIED,
                    str(check["reason"]),
                )


def _notices(rows: Iterable[Mapping[str, Any]]) -> Iterator[Notice]:
    for row in rows:
        told = (str(row[name]) for name in ("level", "topic", "sentence", "fix"))
        yield Notice(*told)


def _report(directory: Path) -> Mapping[str, Any]:
    """What the run said of its subject; nothing where that report is away."""
    path = directory / "readiness.json"
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(str(path), 0, f"cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BadFile(str(path), 0, "this is no report")
    return found


def _subject(identity: Mapping[str, Any]) -> SubjectFacts:
    gateway, strategy = identity.get("gateway", {}), identity.get("strategy") or {}
    return SubjectFacts(
        kind=str(gateway.get("kind", "recorded")),
        address=str(gateway.get("address", "")),
        version=str(gateway.get("version", "")),
        git_sha=str(gateway.get("git_sha", "")),
        platforms=tuple(gateway.get("platforms", ())),
        capabilities=gateway.get("claims"),
        clock_skew_seconds=gateway.get("clock_skew_seconds"),
        digest=str(strategy.get("sha256", "")),
        strategy=str(strategy.get("command", "")),
    )
