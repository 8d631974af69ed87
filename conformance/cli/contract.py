"""Shows our description of the Gateway, or where another document differs from it."""

import argparse
import os
from importlib import resources

from conformance.plugin import VALUES
from conformance.settings import parse_settings
from conformance.spec.difference import Difference
from conformance.spec.documents import GATEWAY
from conformance.suite.drift import drift

NAME = "contract"
HELP = "print our OpenAPI description, or compare another document with it"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--against", metavar="FILE|URL", help="the other document")
    for name, metavar, told in VALUES:
        if name in ("gateway-key-file", "gateway-ca"):
            parser.add_argument(f"--{name}", metavar=metavar, help=told)


def command(given: argparse.Namespace) -> int:
    """1 where a difference is there that ours does not explain."""
    if given.against is None:
        print((resources.files("conformance.spec") / GATEWAY).read_text("utf-8"))
        return 0
    settings = parse_settings({**vars(given), "conformance_plan": True}, os.environ)
    found = drift(given.against, settings.gateway_key, settings.gateway_ca)
    unexpected = [d for d in found if not d.deliberate]
    for each in (*(d for d in found if d.deliberate), *unexpected):
        print(_row(each))
    print(
        f"{len(found) - len(unexpected)} deliberate and {len(unexpected)} unexpected "
        f"differences from {given.against}"
    )
    return 1 if unexpected else 0


def _row(each: Difference) -> str:
    word = "deliberate" if each.deliberate else "UNEXPECTED"
    why = f" — {each.why}" if each.why else ""
    return (
        f"{word}  {each.where}  {each.kind}: ours {each.ours!r}, "
        f"theirs {each.theirs!r}{why}"
    )
