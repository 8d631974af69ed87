"""Judges the transcripts of an earlier run again, with the checks of this version."""

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.errors import BadFile
from conformance.evidence.journal import read_transcript
from conformance.evidence.transcript import Transcript
from conformance.judge.record import RunRecord, SubjectFacts
from conformance.plugin.ending import leave, today
from conformance.plugin.findings import printable
from conformance.readiness.assembly import assemble
from conformance.readiness.waivers import read_waivers
from conformance.report.terminal import summary_lines
from conformance.settings import STAGES
from conformance.suite.company import suite_of
from conformance.suite.rejudging import judged_again

NAME = "judge"
HELP = "judge recorded transcripts again"
FOLDER = "a run's folder, such as reports/latest, or one with its transcripts"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("directory", metavar="DIR", type=Path, help=FOLDER)
    parser.add_argument(
        "--conformance-waivers", metavar="FILE", type=Path, help="known failures"
    )
    parser.add_argument(
        "--conformance-readiness",
        metavar="STAGE",
        choices=STAGES,
        help=f"end by readiness for that stage: {', '.join(STAGES)}",
    )
    parser.add_argument(
        "--conformance-report-dir",
        metavar="DIR",
        type=Path,
        help="write a report there",
    )


def command(given: argparse.Namespace) -> int:
    """The exit status that the run would have had."""
    record = recorded(given.directory)
    path, stage = given.conformance_waivers, given.conformance_readiness
    waivers = read_waivers(path) if path else ()
    if given.conformance_report_dir:
        status, lines = leave(
            record, given.conformance_report_dir, waivers=waivers, stage=stage
        )
    else:
        readiness = assemble(record, waivers, today(), stage)
        status = readiness.exit_status
        lines = tuple(map(printable, summary_lines(readiness)))
    for line in lines:
        print(line)
    return status


def recorded(directory: Path) -> RunRecord:
    """The run whose transcripts are in a folder, or in its folder `transcripts`.

    Raises BadFile where there is none, or one that is not whole.
    """
    transcripts = _transcripts(directory)
    played = {t.header.script for t in transcripts}
    suite = suite_of(played)
    modules = (m for m in suite.modules if m.scene is None or m.name in played)
    before = _report(directory)
    run, identity = before.get("run", {}), before.get("identity", {})
    whole = bool(run.get("complete"))
    return RunRecord(
        subject=_subject(identity),
        seed=transcripts[0].header.seed,
        command_line=f"conformance judge {directory}",
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=float(run.get("seconds", 0.0)),
        planned=tuple((c.script, c.requirement) for m in modules for c in m.checks),
        outcomes=judged_again(suite, transcripts),
        transcripts=transcripts,
        complete=whole,
        partial=not whole,
    )


def _transcripts(directory: Path) -> tuple[Transcript, ...]:
    inner = directory / "transcripts"
    folder = inner if inner.is_dir() else directory
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        reason = "no transcripts (*.jsonl) are there; a run's folder is reports/latest"
        raise BadFile(str(directory), 0, reason)
    return tuple(map(read_transcript, paths))


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
        clock_skew_seconds=gateway.get("clock_skew_seconds"),
        digest=str(strategy.get("sha256", "")),
    )
