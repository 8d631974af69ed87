"""Writes a report anew from what is stored, joins several, makes a waiver file."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.errors import BadFile, BadOption
from conformance.evidence.journal import read_transcript
from conformance.evidence.transcript import Transcript
from conformance.plugin.ending import leave, today
from conformance.plugin.findings import printable
from conformance.readiness.merging import (
    ReportedRun,
    merged,
    unlike,
    waivers_of,
)
from conformance.readiness.model import Readiness
from conformance.readiness.stored import read_report, readiness_of, report_path
from conformance.report.badge import badge_text
from conformance.report.html import html_text
from conformance.report.json_report import (
    json_text,
    listed_evidence,
    tampering,
    unaltered,
)
from conformance.report.junit import junit_text
from conformance.report.markdown import markdown_text
from conformance.report.waiver_file import waiver_text
from conformance.settings import parse_settings
from conformance.suite.company import suite_of
from conformance.suite.selection import selected

NAME = "report"
HELP = "write a stored report anew, or join the runs of several CI jobs into one"

Writer = Callable[[Readiness, Sequence[Transcript]], str]
FORMATS: Mapping[str, Writer] = {
    "html": html_text,
    "md": markdown_text,
    "junit": lambda readiness, _: junit_text(readiness) + "\n",
    "badge": lambda readiness, _: badge_text(readiness),
}
JSON = "json"
SHOWING = ("html", "md")
"""What shows entries of transcripts."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "folders",
        metavar="DIR",
        type=Path,
        nargs="+",
        help="a run's folder, such as reports/latest",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--format", choices=(*FORMATS, JSON), help="print it as that")
    which.add_argument(
        "--merge", action="store_true", help="join these runs of one subject into one"
    )
    which.add_argument(
        "--waiver-template",
        action="store_true",
        help="print a waiver for each violation that may be waived",
    )
    parser.add_argument(
        "--conformance-report-dir",
        metavar="DIR",
        type=Path,
        default=Path("reports"),
        help="with --merge: where the joined report goes (reports)",
    )


def command(given: argparse.Namespace) -> int:
    """0, or with --merge the exit status that the joined run has."""
    if given.merge:
        return _merge(given)
    if len(given.folders) > 1:
        told = " ".join(map(str, given.folders))
        raise BadOption("DIR", told, "more than one folder only with --merge")
    (folder,) = given.folders
    readiness, written = stored(folder)
    if given.waiver_template:
        print(waiver_text(readiness, today()), end="")
    elif given.format == JSON:
        print(json_text(readiness, evidence=listed_evidence(written)))
    else:
        transcripts = _evidence(folder) if given.format in SHOWING else ()
        print(FORMATS[given.format](readiness, transcripts), end="")
    return 0


def stored(folder: Path) -> tuple[Readiness, Mapping[str, Any]]:
    """A report as a value, and as it is written.

    Raises BadFile for one that was altered: written anew it would look untouched.
    """
    told = read_report(folder)
    name = str(report_path(folder))
    if unaltered(told) is False:
        reason = "it was altered after it was written; conformance judge makes it anew"
        raise BadFile(name, 0, reason)
    return readiness_of(told, name), told


def _evidence(folder: Path) -> tuple[Transcript, ...]:
    """The transcripts beside a report; a report that was carried away has none."""
    beside = (folder if folder.is_dir() else folder.parent) / "transcripts"
    return tuple(read_transcript(path) for path in sorted(beside.glob("*.jsonl")))


def _kept(folder: Path) -> ReportedRun:
    """A run that may be joined: what lies beside its report is what it lists."""
    readiness, written = stored(folder)
    beside = folder if folder.is_dir() else folder.parent
    why = next(tampering(written, beside), None)
    if why is not None:
        raise BadFile(str(folder), 0, f"{why}: make the run again")
    return ReportedRun(str(folder), readiness, _evidence(folder))


def _merge(given: argparse.Namespace) -> int:
    if len({folder.resolve() for folder in given.folders}) < len(given.folders):
        told = " ".join(map(str, given.folders))
        raise BadOption("--merge", told, "one run is named twice")
    runs = tuple(map(_kept, given.folders))
    why = next(unlike(runs), None)
    if why is not None:
        raise BadOption("--merge", " ".join(map(str, given.folders)), why)
    suite = suite_of(t.header.script for run in runs for t in run.transcripts)
    usual = selected(suite, parse_settings({"conformance_plan": True}, {}))
    whole = frozenset(
        (c.name if c.invariant else c.script, c.requirement) for c in usual.checks
    )
    asked = [r.readiness.readiness for r in runs if r.readiness.readiness.asked]
    status, lines = leave(
        merged(runs, whole),
        given.conformance_report_dir,
        waivers=waivers_of(runs),
        stage=asked[0].stage if asked else None,
    )
    for line in lines:
        print(printable(line))
    return status
