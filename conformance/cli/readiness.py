"""Decides from runs, sessions and statements that are there: may this go live?"""

import argparse
import sys
from pathlib import Path

from conformance.errors import BadOption
from conformance.plugin.ending import command_line, keep, today
from conformance.plugin.gathering import gathered
from conformance.readiness.assembly import decided
from conformance.readiness.backing import (
    HostFact,
)
from conformance.readiness.decision import DEFAULT_STAGE
from conformance.readiness.host import read_host
from conformance.settings import STAGES
from conformance.spec.profile import read_profile

NAME = "readiness"
HELP = "decide from runs, recorded sessions and attestations: may this go live?"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    declare_evidence(parser)
    parser.add_argument(
        "--attestations", metavar="FILE", type=Path, help="what was stated, by whom"
    )
    parser.add_argument(
        "--stage",
        choices=STAGES,
        default=DEFAULT_STAGE,
        help=f"the stage that one wants to enter ({DEFAULT_STAGE})",
    )
    parser.add_argument(
        "--conformance-waivers", metavar="FILE", type=Path, help="known failures"
    )
    parser.add_argument(
        "--conformance-report-dir",
        metavar="DIR",
        type=Path,
        default=Path("reports"),
        help="where the report goes (reports)",
    )


def declare_evidence(parser: argparse.ArgumentParser) -> None:
    """The options that name what was kept."""
    for name, metavar, told in (
        ("--run", "DIR", "a run's folder, such as reports/latest; repeatable"),
        ("--session", "DIR", "a recorded session's folder; repeatable"),
        ("--compare", "DIR", "the session of the backtest, to compare paper with"),
    ):
        parser.add_argument(
            name, metavar=metavar, type=Path, action="append", default=[], help=told
        )
    parser.add_argument(
        "--strategy-profile",
        metavar="FILE",
        type=Path,
        help="what is declared of the strategy, tolerances included",
    )
    parser.add_argument(
        "--host", metavar="FILE", type=Path, help="what `conformance host` wrote"
    )


def command(given: argparse.Namespace) -> int:
    """The exit status of the decision: 0 READY, 1 NOT READY, 5 NOT PROVEN."""
    if not (given.run or given.session or given.compare):
        raise BadOption("--run", "", "name a run, or a session with --session")
    profile = read_profile(given.strategy_profile) if given.strategy_profile else None
    dossier = gathered(
        runs=given.run,
        sessions=(*given.compare, *given.session),
        attestations=given.attestations,
        waivers=given.conformance_waivers,
        profile=profile,
        host=host_facts(given.host),
    )
    told, record = decided(
        dossier, today(), given.stage, command=command_line(sys.argv)
    )
    status, lines = keep(told, record, given.conformance_report_dir)
    for line in lines:
        print(line)
    return status


def host_facts(path: Path | None) -> tuple[HostFact, ...]:
    """What `conformance host` wrote; nothing where no file is named."""
    return () if path is None else read_host(path)
