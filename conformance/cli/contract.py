"""Shows our description of the Gateway, or where another document differs from it."""

import argparse
import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from conformance.errors import BadFile
from conformance.peers.fetching import fetch_text
from conformance.settings import parse_settings
from conformance.spec.difference import Difference, difference
from conformance.spec.documents import GATEWAY, load_gateway_document, parse_document

NAME = "contract"
HELP = "print our OpenAPI description, or compare another document with it"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--against", metavar="FILE|URL", help="the other document")
    parser.add_argument("--gateway-key-file", metavar="FILE")
    parser.add_argument("--gateway-ca", metavar="FILE")


def command(given: argparse.Namespace) -> int:
    """1 where a difference is there that ours does not explain."""
    if given.against is None:
        print((resources.files("conformance.spec") / GATEWAY).read_text("utf-8"))
        return 0
    found = compare(parse_document(_text(given), given.against), given.against)
    unexpected = [d for d in found if not d.deliberate]
    for each in (*(d for d in found if d.deliberate), *unexpected):
        print(_row(each))
    print(
        f"{len(found) - len(unexpected)} deliberate and {len(unexpected)} unexpected "
        f"differences from {given.against}"
    )
    return 1 if unexpected else 0


def compare(theirs: Mapping[str, Any], name: str) -> tuple[Difference, ...]:
    """Every difference; BadFile where the document is not whole."""
    try:
        return difference(load_gateway_document(), theirs)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadFile(name, 0, f"cannot be compared, it lacks {error}") from error


def _row(each: Difference) -> str:
    word = "deliberate" if each.deliberate else "UNEXPECTED"
    why = f" — {each.why}" if each.why else ""
    return (
        f"{word}  {each.where}  {each.kind}: ours {each.ours!r}, "
        f"theirs {each.theirs!r}{why}"
    )


def _text(given: argparse.Namespace) -> str:
    if "://" in given.against:
        settings = parse_settings({**vars(given), "conformance_plan": True}, os.environ)
        return fetch_text(given.against, settings.gateway_key, settings.gateway_ca)
    try:
        return Path(given.against).read_text(encoding="utf-8")
    except OSError as error:
        raise BadFile(given.against, 0, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BadFile(given.against, 0, "it is not UTF-8 text") from error
