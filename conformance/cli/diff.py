"""Compares two reports: what is worse comes first, and ends with status 1."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from conformance.errors import BadOption
from conformance.plugin.findings import printable
from conformance.readiness.difference import Difference, difference, incomparable
from conformance.readiness.stored import read_readiness

NAME = "diff"
HELP = "compare two reports: changed verdicts, the worse ones first"
REPORT = "a run's folder, or its readiness.json"
WIDTH = 100


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("one", metavar="A", type=Path, help=REPORT)
    parser.add_argument("other", metavar="B", type=Path, help=REPORT)
    parser.add_argument(
        "--anyway", action="store_true", help="though they do not speak of the same"
    )


def command(given: argparse.Namespace) -> int:
    """1 where something is worse in B."""
    one, other = read_readiness(given.one), read_readiness(given.other)
    why = incomparable(one, other)
    if why and not given.anyway:
        reason = f"not comparable with {given.one}: {'; '.join(why)} (--anyway)"
        raise BadOption("B", str(given.other), reason)
    for line in why:
        print(f"note: {line}")
    found = difference(one, other)
    for line in lines(found):
        print(printable(line))
    return 1 if found.worse else 0


def lines(found: Difference) -> Iterator[str]:
    """One line a change, then how many there are."""
    for each in found.changes:
        sign = each.turn.upper() if each.turn == "worse" else str(each.turn)
        told = " ".join(each.told.split())
        shown = told if len(told) <= WIDTH else told[: WIDTH - 1] + "…"
        yield (
            f"{sign:8} {each.kind} {each.name}: {each.before} -> {each.after}  {shown}"
        ).rstrip()
    counts = f"{len(found.changes)} changes, {found.worse} of them worse"
    yield f"{counts}; {found.alike} requirements as before"
