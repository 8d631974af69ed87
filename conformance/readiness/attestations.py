"""Reads attestations.toml: who stated what, of which strategy, shown by which file."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.errors import BadFile
from conformance.readiness.values import read_value
from conformance.spec.checklist import Statement, checklist
from conformance.spec.toml_file import read_table, read_text

SCOPE = ("strategy_sha256", "account", "broker")
TEXTS = ("statement", "text", "name")
DATES = ("date", "expires")
KEYS = ("item", *TEXTS, *DATES, "evidence", "evidence_sha256", "scope", "values")
_TABLE = re.compile(r"\s*\[\[\s*[\"']?attestation[\"']?\s*\]\]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Attestation:
    """One statement of a named person, as it stands in the file.

    `seen_sha256` is the digest that its evidence has now; empty where that is away.
    """

    item: int
    statement: str
    text: str
    name: str
    dated: date
    expires: date
    evidence: str
    evidence_sha256: str
    seen_sha256: str
    scope: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Attestations:
    """A file of them; `scope` is what it speaks of where none says otherwise."""

    source: str
    scope: Mapping[str, str]
    rows: tuple[Attestation, ...]
    digest: str

    def of(self, statement: str) -> Attestation | None:
        """The one with this id."""
        return next((row for row in self.rows if row.statement == statement), None)


def read_attestations(path: Path) -> Attestations:
    """The attestations of a file; BadFile names the line of what cannot be used."""
    text = read_text(path)
    table = read_table(text, str(path))
    return _Reader(path, text).attestations(table)


class _Reader:
    """Reads one file's tables, and knows where each stands."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._digest = hashlib.sha256(text.encode()).hexdigest()
        self._rows = text.splitlines()
        self._seen: set[str] = set()
        self._begin = [n for n, row in enumerate(self._rows, 1) if _TABLE.match(row)]

    def attestations(self, table: Mapping[str, Any]) -> Attestations:
        """Everything in the file."""
        for key in table:
            if key not in ("scope", "attestation"):
                raise self._fault(0, key, "only [scope] and [[attestation]] belong")
        scope = self._scope(0, table.get("scope", {}))
        rows = table.get("attestation", [])
        if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
            raise self._fault(0, "attestation", "[[attestation]] tables are needed")
        found: list[Attestation] = []
        for place, row in enumerate(rows):
            line = self._begin[place] if place < len(self._begin) else 0
            found.append(self._attestation(line, row, scope))
        return Attestations(str(self._path), scope, tuple(found), self._digest)

    def _attestation(
        self, line: int, row: Mapping[str, Any], scope: Mapping[str, str]
    ) -> Attestation:
        for key in row:
            if key not in KEYS:
                raise self._fault(line, key, f"there is no such key: {key}")
        statement = self._statement(line, row)
        texts = {key: self._text(line, row, key) for key in TEXTS}
        dates = {key: self._date(line, row, key) for key in DATES}
        if dates["expires"] < dates["date"]:
            raise self._fault(line, "expires", "it expires before its date")
        own = {**scope, **self._scope(line, row.get("scope", {}))}
        for key in SCOPE:
            if not own.get(key):
                reason = f"{key} is missing, here or in [scope]"
                raise self._fault(line, "statement", reason)
        evidence, declared, seen = self._evidence(line, row)
        return Attestation(
            item=statement.item,
            statement=statement.id,
            text=texts["text"],
            name=texts["name"],
            dated=dates["date"],
            expires=dates["expires"],
            evidence=evidence,
            evidence_sha256=declared,
            seen_sha256=seen,
            scope=own,
            values=self._values(line, row.get("values", {}), statement),
            line=line,
        )

    def _statement(self, line: int, row: Mapping[str, Any]) -> Statement:
        name = self._text(line, row, "statement")
        known = {s.id: s for s in checklist().statements}
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            reason = f"there is no statement {name}{hint}"
            raise self._fault(line, "statement", reason)
        if name in self._seen:
            raise self._fault(line, "statement", f"{name} is attested twice")
        self._seen.add(name)
        item = row.get("item", known[name].item)
        if item != known[name].item:
            reason = f"{name} belongs to item {known[name].item}"
            raise self._fault(line, "item", reason)
        return known[name]

    def _text(self, line: int, row: Mapping[str, Any], key: str) -> str:
        value = row.get(key)
        if not isinstance(value, str) or not value.strip():
            word = "is missing" if key not in row else "must be a text"
            raise self._fault(line, key, f"{key} {word}")
        return value.strip()

    def _date(self, line: int, row: Mapping[str, Any], key: str) -> date:
        value = row.get(key)
        if type(value) is not date:
            word = "is missing" if key not in row else "must be a date"
            raise self._fault(line, key, f"{key} {word}, as 2027-01-31")
        return value

    def _scope(self, line: int, value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise self._fault(line, "scope", "scope must be a table")
        for key, each in value.items():
            if key not in SCOPE:
                raise self._fault(line, key, f"scope knows only {', '.join(SCOPE)}")
            if not isinstance(each, str) or not each.strip():
                raise self._fault(line, key, f"{key} must be a text")
        digest = value.get("strategy_sha256")
        if digest is not None and not _SHA256.fullmatch(digest):
            reason = "a SHA-256 has 64 of the signs 0-9 and a-f"
            raise self._fault(line, "strategy_sha256", reason)
        return {key: each.strip() for key, each in value.items()}

    def _evidence(self, line: int, row: Mapping[str, Any]) -> tuple[str, str, str]:
        """Its path as written, the digest that was declared, and the one it has."""
        name = self._text(line, row, "evidence")
        path = self._path.parent / name
        try:
            seen = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            seen = ""
        declared = row.get("evidence_sha256")
        if not isinstance(declared, str) or not _SHA256.fullmatch(declared):
            told = f"; of {name} it is {seen}" if seen else f"; {name} cannot be read"
            reason = f"evidence_sha256 must be a SHA-256{told}"
            raise self._fault(line, "evidence_sha256", reason)
        return name, declared, seen

    def _values(
        self, line: int, value: Any, statement: Statement
    ) -> dict[str, str | tuple[str, ...]]:
        if not isinstance(value, dict):
            raise self._fault(line, "values", "values must be a table")
        known = {v.name: v for v in statement.value}
        found: dict[str, str | tuple[str, ...]] = {}
        for key, each in value.items():
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                reason = f"{statement.id} has no value {key}{hint}"
                raise self._fault(line, key, reason)
            try:
                found[key] = read_value(known[key].kind, each, known[key].choices)
            except ValueError as error:
                raise self._fault(line, key, f"{key} {error}") from None
        return found

    def _fault(self, line: int, key: str, reason: str) -> BadFile:
        """What is wrong, and in which line: the key's own, where it is found."""
        end = next((n for n in self._begin if n > line), len(self._rows) + 1)
        if not line:
            end = len(self._rows) + 1
        for number in range(max(line, 1), end):
            row = self._rows[number - 1].strip().lstrip("[").strip()
            if row.startswith(key) and not row[len(key) :][:1].isalnum():
                return BadFile(str(self._path), number, reason)
        return BadFile(str(self._path), line, reason)
