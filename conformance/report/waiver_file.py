"""A waiver file made from a report: what may be waived, for somebody to sign."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta

from conformance.judge.verdict import Verdict
from conformance.readiness.model import Readiness, RequirementStanding
from conformance.spec.catalogue import requirement

OWNER = "your name"
DAYS = 90
"""How long a waiver of the template holds."""

WIDTH = 200
_IDS = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def waiver_text(readiness: Readiness, today: date) -> str:
    """The file's text; a comment tells what is about safety: nobody may waive it."""
    return "\n".join(_lines(readiness, today)) + "\n"


def waivable(readiness: Readiness) -> tuple[RequirementStanding, ...]:
    """What is violated and may be waived."""
    bad = readiness.having(Verdict.VIOLATED)
    return tuple(r for r in bad if not requirement(r.id).safety)


def _lines(readiness: Readiness, today: date) -> Iterator[str]:
    rows = waivable(readiness)
    kept = [r.id for r in readiness.having(Verdict.VIOLATED) if r not in rows]
    day = readiness.run.started[:10]
    yield f"# Known failures of {_subject(readiness)}, seen on {day}."
    yield "# A waiver is somebody's word: put your name to each, and take out those"
    yield "# that nobody answers for. Each says what was seen."
    if kept:
        yield "#"
        yield "# About safety, and never waived:"
        for start in range(0, len(kept), 10):
            yield f"#   {' '.join(kept[start : start + 10])}"
    for row in rows:
        yield from _waiver(row, today + timedelta(days=DAYS))


def _waiver(row: RequirementStanding, expires: date) -> Iterator[str]:
    yield ""
    yield f"# {' '.join(row.sentence.split())}"
    yield "[[waiver]]"
    yield f'requirement = "{row.id}"'
    yield f"reason = {_quoted(_reason(row))}"
    yield f'owner = "{OWNER}"'
    yield f"expires = {expires.isoformat()}"


def _reason(row: RequirementStanding) -> str:
    seen = row.findings[0].sentence if row.findings else row.sentence
    told = _IDS.sub("…", " ".join(seen.split()))
    told = "".join(c if c.isprintable() else "�" for c in told)
    return told if len(told) <= WIDTH else told[: WIDTH - 1] + "…"


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's escapes are among its own."""
    return json.dumps(text, ensure_ascii=False)


def _subject(readiness: Readiness) -> str:
    identity = readiness.identity
    if identity.strategy is not None:
        told = f"the strategy {identity.strategy.sha256[:12]}"
    else:
        gateway = identity.gateway
        platforms = ", ".join(gateway.platforms) or "no platform"
        told = f"Gateway {gateway.version or '?'} ({platforms})"
    return "".join(c if c.isprintable() else "�" for c in told)
