"""Where another OpenAPI document of the Gateway differs from ours."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.errors import BadFile
from conformance.judge.record import Notice
from conformance.peers.fetching import fetch_text
from conformance.spec.difference import Difference, difference
from conformance.spec.documents import load_gateway_document, parse_document

MOST = 20
"""Differences that the doctor tells; the command `contract` tells them all."""


def drift(
    source: str, key: str | None = None, ca: str | None = None
) -> tuple[Difference, ...]:
    """Every difference from the document in a file or at a URL.

    Raises BadFile, SubjectUnreachable or SubjectSilent where there is no document.
    """
    text = fetch_text(source, key, ca) if "://" in source else _read(source)
    return compare(parse_document(text, source), source)


def compare(theirs: Mapping[str, Any], name: str) -> tuple[Difference, ...]:
    """Every difference; BadFile where the document is not whole."""
    try:
        return difference(load_gateway_document(), theirs)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadFile(name, 0, f"cannot be compared, it lacks {error}") from error


def drift_notices(found: tuple[Difference, ...], source: str) -> Iterator[Notice]:
    """What the doctor says of the differences that ours does not explain."""
    unexpected = [d for d in found if not d.deliberate]
    for each in unexpected[:MOST]:
        told = f"{each.where}, {each.kind}: ours {each.ours!r}, theirs {each.theirs!r}"
        yield Notice("warning", "contract drift", told)
    if len(unexpected) > MOST:
        told = f"{len(unexpected) - MOST} more differences from {source}"
        fix = f"conformance contract --against {source}"
        yield Notice("warning", "contract drift", told, fix)
    if not unexpected:
        told = f"no unexpected difference from {source}"
        yield Notice("ok", "contract drift", told)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise BadFile(path, 0, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BadFile(path, 0, "it is not UTF-8 text") from error
