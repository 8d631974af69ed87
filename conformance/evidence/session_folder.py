"""What a session's folder holds, and what a kill has left of it."""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from conformance.errors import BadFile, BadOption
from conformance.evidence.entry import Json
from conformance.evidence.session import HEAD, SCHEMA

LOCK = ".lock"
LOCK_SECONDS = 10.0
"""How long an ended tap's scribe may still need for what it was told."""


class Sink(Protocol):
    """A file that is only appended to, and cut back."""

    def write(self, data: bytes) -> int:
        """Appends at most all of it; how many bytes were taken."""

    def cut(self, size: int) -> None:
        """Makes it so long again."""

    def sync(self) -> None:
        """Returns when the disk has it."""

    def close(self) -> None:
        """Lets go of it."""


class DiskFile:
    """A file of the operating system's, without a buffer of ours."""

    def __init__(self, path: Path) -> None:
        self._number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, data: bytes) -> int:
        return os.write(self._number, data)

    def cut(self, size: int) -> None:
        os.ftruncate(self._number, size)

    def sync(self) -> None:
        os.fsync(self._number)

    def close(self) -> None:
        os.close(self._number)


class SessionLock:
    """Whoever holds it writes the session; it is handed down to a child."""

    def __init__(self, folder: Path) -> None:
        """Raises BadOption where another tap writes there."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.number = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadOption("--out", str(folder), reason) from error
        deadline = time.monotonic() + LOCK_SECONDS
        while not self._taken():
            if time.monotonic() > deadline:
                os.close(self.number)
                raise BadOption("--out", str(folder), "another tap records there")
            time.sleep(0.05)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Lets go of it; a child may still hold it."""
        os.close(self.number)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was found in the folder; `gap_seconds` is None in a new one."""

    gap_seconds: float | None = None
    torn_bytes: int = 0
    entries: int = 0


@dataclass(slots=True)
class Segments:
    """What the folder of segments holds."""

    folder: Path
    began: datetime
    segment: int = 0
    entries: int = 0
    seen: datetime | None = None
    """When the last entry was made."""

    def path(self, number: int) -> Path:
        return self.folder / f"{number:06}.jsonl"

    def resume(self, now: datetime, opened: Callable[[Path], Sink]) -> Resumed:
        """Finishes the segment that a kill left open; what was found."""
        numbers = sorted(int(p.stem) for p in self.folder.glob("[0-9]*.jsonl"))
        torn = 0
        while numbers:
            number = numbers.pop()
            left = Left.read(self.path(number), self.began)
            torn += left.torn
            self.entries = max(self.entries, left.last)
            self.seen = self.seen or left.seen
            if left.header and not left.closed:
                left.finish(now, opened)
            if not left.header:
                # A kill before its first line was whole.
                self.path(number).unlink()
                continue
            self.segment = max(self.segment, number)
            if left.entries:
                break
        if not self.segment:
            return Resumed()
        gap = (now - (self.seen or self.began)).total_seconds()
        return Resumed(max(0.0, gap), torn, self.entries)


@dataclass(frozen=True, slots=True)
class Left:
    """A segment as it was left."""

    path: Path
    header: bool = False
    closed: bool = False
    entries: int = 0
    last: int = 0
    seen: datetime | None = None
    size: int = 0
    """Bytes of whole lines, without the closing one."""
    torn: int = 0
    digest: str = ""

    @classmethod
    def read(cls, path: Path, began: datetime) -> "Left":
        """What it holds; a line that is not whole, and all behind it, is torn."""
        left = cls(path)
        digest = hashlib.sha256()
        total = path.stat().st_size
        with path.open("rb") as file:
            for text in file:
                row = row_of(text)
                if row is None:
                    break
                if "closed" in row:
                    return replace(left, closed=True)
                if not left.header:
                    if "segment" not in row:
                        break
                    left = replace(left, header=True, last=int(row.get("first", 1)) - 1)
                elif row.get("n") == left.last + 1:
                    seen = began + timedelta(seconds=row["at"])
                    left = replace(
                        left, entries=left.entries + 1, last=row["n"], seen=seen
                    )
                else:
                    break
                digest.update(text)
                left = replace(left, size=left.size + len(text))
        return replace(left, torn=total - left.size, digest=digest.hexdigest())

    def finish(self, now: datetime, opened: Callable[[Path], Sink]) -> None:
        """Cuts the torn end off and writes the closing line."""
        file = opened(self.path)
        try:
            file.cut(self.size)
            closing = closing_line(now, self.entries, self.digest)
            while closing:
                closing = closing[file.write(closing) :]
            file.sync()
        finally:
            file.close()


def read_facts(folder: Path) -> dict[str, Json] | None:
    """What session.json says; None where there is none. Raises BadFile."""
    path = folder / HEAD
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["schema"] != SCHEMA or not isinstance(found["stretches"], list):
            raise BadFile(str(path), 0, f"its schema is not {SCHEMA}")
        instant_of(found["began"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadFile(str(path), 0, f"this is no session: {error}") from error
    return dict(found)


def closing_line(now: datetime, entries: int, digest: str) -> bytes:
    return line_of({"closed": rfc3339(now), "entries": entries, "sha256": digest})


def line_of(facts: Mapping[str, Json]) -> bytes:
    text = json.dumps(facts, ensure_ascii=False, default=str)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def row_of(text: bytes) -> dict[str, Json] | None:
    """A line's JSON object; None where it is torn."""
    if not text.endswith(b"\n"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
