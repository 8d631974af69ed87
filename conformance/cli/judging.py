"""Judges the transcripts of an earlier run again, with the checks of this version."""

import argparse
from pathlib import Path

from conformance.plugin.ending import leave, today
from conformance.plugin.findings import printable
from conformance.readiness.assembly import assemble
from conformance.readiness.waivers import read_waivers
from conformance.report.terminal import summary_lines
from conformance.settings import STAGES
from conformance.suite.stored_runs import recorded

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
