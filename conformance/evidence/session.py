"""A recorded session on disk: reads it entry by entry, and refuses what was altered."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from conformance.errors import BadFile
from conformance.evidence.entry import Entry, Json, Kind, Party

SCHEMA = "session/1"
HEAD = "session.json"
SEGMENTS = "segments"
OWN = "cf"
"""How the client order ids of the suite's own orders begin."""

_PARTIES = {party.value: party for party in Party}
_KINDS = {kind.value: kind for kind in Kind}
_NAME = re.compile(r"\d{6,}\.jsonl")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One start of the tap; `ended` is None where nobody closed it."""

    began: str
    ended: str | None


@dataclass(frozen=True, slots=True)
class SessionHead:
    """What session.json says of a session."""

    name: str
    gateway: str
    listen: str
    began: str
    suite_version: str
    strategy_sha256: str
    sample: bool
    health: Mapping[str, Json] | None
    thresholds: Mapping[str, Json]
    stretches: tuple[Stretch, ...]

    @property
    def platforms(self) -> tuple[str, ...]:
        """What `/health` named."""
        found = (self.health or {}).get("platforms") or ()
        return tuple(map(str, found))

    def told(self, name: str) -> str:
        """A text of `/health`; empty where it was not told."""
        return str((self.health or {}).get(name) or "")


class SessionReader:
    """One session's folder; `entries` may be gone through once, in bounded memory.

    `digest`, `count` and `torn` are known when all entries have been read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._whole = hashlib.sha256()
        path = folder / HEAD
        raw = _bytes(path)
        self._whole.update(hashlib.sha256(raw).digest())
        self.head = _head(path, raw)
        self._segments = _segments(folder)
        self.count = 0
        self.torn = False
        """Whether the last line was cut off: the tap was killed as it wrote."""

    @property
    def digest(self) -> str:
        """The SHA-256 over the digests of its files, in order."""
        return self._whole.hexdigest()

    def entries(self) -> Iterator[Entry]:
        """Every entry, in order; BadFile where one is missing, altered or broken."""
        last = len(self._segments)
        for number, path in enumerate(self._segments, 1):
            with path.open("rb") as file:
                yield from self._segment(file, path, number, number == last)

    def _segment(
        self, file: BinaryIO, path: Path, number: int, newest: bool
    ) -> Iterator[Entry]:
        digest, before, closed = hashlib.sha256(), self.count, False
        for line, raw in enumerate(file, 1):
            if closed:
                raise BadFile(str(path), line, "something stands after its last line")
            if not raw.endswith(b"\n") and newest:
                self.torn = True
                digest.update(raw)
                break
            row = _row(path, line, raw)
            if line == 1:
                self._opened(path, row, number)
            elif "closed" in row:
                closed = True
                _compare(path, line, row, self.count - before, digest.hexdigest())
            else:
                yield self._entry(path, line, row)
            digest.update(raw)
        if not closed and not newest:
            told = "it has no last line, though a later segment is there: cut short"
            raise BadFile(str(path), 0, told)
        self._whole.update(digest.digest())

    def _opened(self, path: Path, row: Mapping[str, Any], number: int) -> None:
        if row.get("segment") != number:
            raise BadFile(str(path), 1, f"it does not begin as segment {number}")
        if row.get("session") != self.head.name:
            told = f"it belongs to the session {row.get('session')!r}"
            raise BadFile(str(path), 1, f"{told}, not to {self.head.name!r}")

    def _entry(self, path: Path, line: int, row: Mapping[str, Any]) -> Entry:
        try:
            entry = Entry(
                row["n"],
                float(row["at"]),
                _PARTIES[row["party"]],
                _KINDS[row["kind"]],
                row["data"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadFile(str(path), line, f"no entry: {error!r}") from error
        if entry.number != self.count + 1 or not isinstance(entry.data, dict):
            told = f"entry {self.count + 1} was expected, and {entry.number!r} is there"
            raise BadFile(str(path), line, told)
        self.count += 1
        return entry


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        told = error.strerror or str(error)
        reason = f"this is no session's folder: {path.name}: {told}"
        raise BadFile(str(path.parent), 0, reason) from None


def _head(path: Path, raw: bytes) -> SessionHead:
    row = _row(path, 1, raw)
    if row.get("schema") != SCHEMA:
        told = f"the schema {row.get('schema')!r} is not known; this reads {SCHEMA}"
        raise BadFile(str(path), 0, told)
    try:
        return SessionHead(
            name=str(row["name"]),
            gateway=str(row.get("gateway", "")),
            listen=str(row.get("listen", "")),
            began=_instant(row["began"]),
            suite_version=str(row.get("suite_version", "")),
            strategy_sha256=str(row.get("strategy_sha256") or ""),
            sample=bool(row.get("sample", False)),
            health=_table(row.get("health")) or None,
            thresholds=_table(row.get("thresholds")),
            stretches=tuple(
                Stretch(str(each["began"]), each.get("ended"))
                for each in row.get("stretches", ())
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFile(str(path), 0, f"it is not whole: {error!r}") from error


def _instant(text: Any) -> str:
    """An instant with its zone, as all that is reckoned from it needs."""
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return str(text)


def _table(found: Any) -> Mapping[str, Json]:
    if found is not None and not isinstance(found, dict):
        raise TypeError(f"{found!r:.40} is no object")
    return found or {}


def _segments(folder: Path) -> tuple[Path, ...]:
    inner = folder / SEGMENTS
    paths = sorted(p for p in inner.glob("*.jsonl") if _NAME.fullmatch(p.name))
    if not paths:
        raise BadFile(str(inner), 0, "there are no segments (000001.jsonl …)")
    for number, path in enumerate(paths, 1):
        if int(path.stem) != number:
            missing = inner / f"{number:06}.jsonl"
            raise BadFile(str(missing), 0, "this segment is missing")
    return tuple(paths)


def _row(path: Path, line: int, raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadFile(str(path), line, f"no JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadFile(str(path), line, "no JSON object")
    return value


def _compare(
    path: Path, line: int, row: Mapping[str, Any], entries: int, digest: str
) -> None:
    """Holds a closed segment to what its last line says of it."""
    if row.get("sha256") != digest:
        told = "it was altered after it was closed: its SHA-256 is another than the one"
        raise BadFile(str(path), line, f"{told} in its last line")
    if row.get("entries") != entries:
        told = f"{row.get('entries')} entries announced, {entries} found"
        raise BadFile(str(path), line, told)
