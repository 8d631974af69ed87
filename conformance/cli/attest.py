"""Prints a file of attestations to fill in, or checks one, statement by statement."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from conformance.cli.readiness import declare_evidence, host_facts
from conformance.errors import BadOption
from conformance.plugin.ending import today
from conformance.plugin.findings import printable
from conformance.plugin.gathering import gathered
from conformance.readiness.backing import (
    AttestationStanding,
)
from conformance.readiness.matching import matched
from conformance.readiness.statements import statement_standings
from conformance.readiness.template import template
from conformance.spec.profile import read_profile

NAME = "attest"
HELP = "print a file of attestations to fill in, or check one"
ALONE = "nothing was compared with evidence: name it with --run, --session and --host"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="the file to check"
    )
    parser.add_argument(
        "--template", action="store_true", help="print one to fill in, with comments"
    )
    declare_evidence(parser)


def command(given: argparse.Namespace) -> int:
    """0 where every statement counts, 1 where one does not."""
    if given.template == (given.file is not None):
        raise BadOption("FILE", str(given.file or ""), "either FILE or --template")
    if given.template:
        print(template(today()), end="")
        return 0
    profile = read_profile(given.strategy_profile) if given.strategy_profile else None
    found = matched(
        gathered(
            runs=given.run,
            sessions=(*given.compare, *given.session),
            attestations=given.file,
            profile=profile,
            host=host_facts(given.host),
        )
    )
    rows = statement_standings(found.dossier, found.subjects, today())
    for line in _lines(rows):
        print(printable(line))
    if not (found.dossier.runs or found.dossier.sessions):
        print(ALONE)
    return 0 if all(row.state == "valid" for row in rows) else 1


def _lines(rows: tuple[AttestationStanding, ...]) -> Iterator[str]:
    for row in rows:
        place = f"item {row.item}" if row.item else "a stage"
        yield f"{row.state.upper()} {row.statement} ({place}): {row.title}"
        if row.state != "missing":
            yield f"    {row.name}, {row.date}, until {row.expires}; {row.evidence}"
        if row.reason:
            yield f"    {row.reason}"
    count = sum(row.state == "valid" for row in rows)
    yield f"{count} of {len(rows)} statements are valid"
