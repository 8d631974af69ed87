"""The command `conformance`: what is asked for is run, anything else is status 4."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import pytest

from conformance.spec.catalogue import load_catalogue


class _Parser(argparse.ArgumentParser):
    """Ends with 4 on wrong usage, as every door of ours does."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(4, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["run"]:
        own = ["-c", os.devnull, "-p", "no:cacheprovider", "--conformance-only"]
        return int(pytest.main([*own, "gateway-conformance", *words[1:]]))
    parser = _Parser(prog="conformance")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="judge a Gateway; takes the pytest options")
    listing = commands.add_parser("requirements", help="list the catalogue")
    listing.add_argument("--family")
    listing.add_argument("--item", type=int, choices=range(1, 10))
    _list(parser.parse_args(words))
    return 0


def _list(given: argparse.Namespace) -> None:
    for entry in load_catalogue():
        if given.family not in (None, entry.family):
            continue
        if given.item is None or given.item in entry.items:
            print(f"{entry.id}  {entry.level}  {entry.sentence}")
