"""Known failures: who accepted which, why, and until when."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.errors import BadFile
from conformance.spec.catalogue import load_catalogue

KEYS = ("requirement", "reason", "owner", "expires")
_TABLE = re.compile(r"\s*\[\[\s*[\"']?waiver[\"']?\s*\]\]")


@dataclass(frozen=True, slots=True)
class Waiver:
    """One violated requirement that somebody answers for; `line` is in its file."""

    requirement: str
    reason: str
    owner: str
    expires: date
    line: int


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file; raises BadFile with the line of what cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadFile(str(path), 0, f"cannot be read: {reason}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadFile(str(path), 0, f"no TOML: {error}") from error
    lines = _lines(text)
    rows = data.get("waiver", [])
    unknown = set(data) - {"waiver"}
    if unknown or not isinstance(rows, list) or not all(map(_is_table, rows)):
        raise BadFile(str(path), 1, "only [[waiver]] tables belong here")
    found: list[Waiver] = []
    lines += [0] * len(rows)
    for row, line in zip(rows, lines, strict=False):
        waiver = _waiver(path, row, line)
        if any(w.requirement == waiver.requirement for w in found):
            raise BadFile(str(path), line, f"{waiver.requirement} is waived twice")
        found.append(waiver)
    return tuple(found)


def _lines(text: str) -> list[int]:
    rows = enumerate(text.splitlines(), 1)
    return [number for number, row in rows if _TABLE.match(row)]


def _is_table(row: object) -> bool:
    return isinstance(row, dict)


def _waiver(path: Path, row: Mapping[str, Any], line: int) -> Waiver:
    missing = [key for key in KEYS if not str(row.get(key, "")).strip()]
    unknown = [key for key in row if key not in KEYS]
    if missing or unknown:
        what = f"{missing[0]} is missing" if missing else f"unknown key {unknown[0]}"
        raise BadFile(str(path), line, what)
    if type(row["expires"]) is not date:
        raise BadFile(str(path), line, "expires must be a date, as 2027-01-31")
    for key in KEYS[:-1]:
        if not isinstance(row[key], str):
            raise BadFile(str(path), line, f"{key} must be a text")
    _check_requirement(path, str(row["requirement"]), line)
    return Waiver(row["requirement"], row["reason"], row["owner"], row["expires"], line)


def _check_requirement(path: Path, name: str, line: int) -> None:
    known = {r.id: r for r in load_catalogue()}
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise BadFile(str(path), line, f"there is no requirement {name}{hint}")
    if known[name].safety:
        raise BadFile(str(path), line, f"{name} is about safety: it cannot be waived")
