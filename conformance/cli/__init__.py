"""The command `conformance`: one subcommand a door, wrong usage is status 4."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import pytest

from conformance import __version__
from conformance.cli import (
    attest,
    compare,
    contract,
    diff,
    doctor,
    engine,
    gateway,
    host,
    judging,
    readiness,
    record,
    report,
    requirements,
    venue,
    verify,
)
from conformance.errors import ConformanceError, SuiteFault

DOORS = (
    doctor,
    contract,
    requirements,
    judging,
    gateway,
    engine,
    venue,
    record,
    compare,
    attest,
    readiness,
    host,
    report,
    diff,
    verify,
)
Command = Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    """Ends with 4 on wrong usage, as every door of ours does."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(4, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["run"]:
        return _run(words[1:])
    given = _parser().parse_args(words)
    command: Command = given.does
    try:
        return command(given)
    except SuiteFault as fault:
        return _told(str(fault), 3)
    except ConformanceError as error:
        return _told(str(error), 4)
    except KeyboardInterrupt:
        return 2
    except BrokenPipeError:
        # Whoever reads has seen enough; what is left must not raise at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


def _run(options: list[str]) -> int:
    """pytest with our items alone; the user's ini file and tests stay out of it."""
    own = ["-c", os.devnull, "--rootdir", os.curdir, "-p", "no:cacheprovider"]
    # This process has imported what pytest would rewrite; nothing there asserts.
    own += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    ours = ["-p", "conformance", "--conformance-only", "gateway-conformance"]
    return int(pytest.main([*own, *ours, *options]))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="conformance", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="judge a Gateway; takes the pytest options")
    for door in DOORS:
        child = commands.add_parser(door.NAME, help=door.HELP, description=door.HELP)
        door.declare(child)
        child.set_defaults(does=door.command)
    return parser


def _told(line: str, status: int) -> int:
    print(f"conformance: {' '.join(line.split())}", file=sys.stderr)
    return status
