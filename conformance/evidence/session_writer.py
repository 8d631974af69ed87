"""Writes a session: numbered entries in segments, synced, rotated, resumed."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from conformance.errors import BadOption
from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.session import HEAD, SCHEMA, SEGMENTS
from conformance.evidence.session_folder import (
    DiskFile,
    Segments,
    Sink,
    instant_of,
    line_of,
    read_facts,
    rfc3339,
    sync_folder,
)
from conformance.evidence.session_segment import Segment


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a segment is finished, and how often the disk is asked to have it all."""

    bytes: int = 64 * 1024 * 1024
    seconds: float = 3600.0
    sync_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What session.json says of a session."""

    name: str
    gateway: str
    listen: str
    suite_version: str
    strategy_sha256: str = ""
    sample: bool = False
    thresholds: Mapping[str, Json] = field(default_factory=dict)


class SessionWriter:
    """Appends entries; raises OSError where the disk refuses, and loses no place then.

    Entries are numbered when the disk has taken them: what it refused leaves no hole.
    """

    def __init__(
        self,
        folder: Path,
        facts: Facts,
        now: Callable[[], datetime],
        rotation: Rotation | None = None,
        opened: Callable[[Path], Sink] = DiskFile,
    ) -> None:
        """Begins a stretch. Raises BadFile or BadOption, or OSError."""
        self._folder = folder
        self._rotation = rotation or Rotation()
        self._now = now
        self._open = opened
        (folder / SEGMENTS).mkdir(parents=True, exist_ok=True)
        began = now()
        found = read_facts(folder)
        if found is not None:
            _fits(folder, found, facts)
        self._document: dict[str, Json] = found or _document(facts, began)
        self.began = instant_of(self._document["began"])
        self._state = Segments(folder / SEGMENTS, self.began)
        self.resumed = self._state.resume(began, opened)
        self._document["listen"] = facts.listen
        self._document["suite_version"] = facts.suite_version
        self._document["thresholds"] = dict(facts.thresholds)
        self._stretch(began)
        self._begun = began
        before = (self._state.seen or self.began, began)
        self.offset = (max(before) - self.began).total_seconds()
        """Seconds of the session before this stretch; a clock set back adds none."""
        self._pending: list[bytes] = []
        self._segment: Segment | None = None
        self.broken = False
        """Whether the file's end is not known to be whole."""
        self._synced = True
        self._sync_at = 0.0
        self._begin_segment()

    @property
    def entries(self) -> int:
        """The number of the last entry that was taken."""
        return self._state.entries + len(self._pending)

    @property
    def segment(self) -> int:
        """The number of the segment."""
        return self._state.segment

    def append(
        self, at: float, party: Party, kind: Kind, data: Mapping[str, Json]
    ) -> int:
        """Numbers an entry, which flush will write; its number."""
        number = self.entries + 1
        facts = {
            "n": number,
            "at": round(at, 6),
            "party": party.value,
            "kind": kind.value,
            "data": data,
        }
        self._pending.append(line_of(facts))
        return number

    def flush(self) -> None:
        """Gives the system what is pending; OSError where it takes not all of it.

        What was not taken is dropped then, and nothing is written before `mend`.
        """
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        segment = self._segment
        if self.broken or segment is None:
            raise OSError("the file's end is broken")
        try:
            self._dare(lambda: segment.write(b"".join(pending)))
        finally:
            self._state.entries = segment.last
            self._synced = False

    def mend(self) -> None:
        """Cuts off what a refused write left; OSError where the disk still refuses."""
        if self._segment is None:
            self._begin_segment()
        else:
            self._segment.mend()
            self._segment.sync()
        self.broken = False

    def tick(self, seconds: float) -> None:
        """Syncs and rotates where it is time; `seconds` is a monotonic clock's."""
        if seconds >= self._sync_at:
            self._sync_at = seconds + self._rotation.sync_seconds
            self.sync()
        segment = self._segment
        if segment is not None and not self.broken and segment.entries:
            old = (self._now() - segment.began).total_seconds()
            if segment.size >= self._rotation.bytes or old >= self._rotation.seconds:
                self.rotate()

    def sync(self) -> None:
        """Returns when the disk has all that was flushed."""
        self.flush()
        if not self._synced and not self.broken and self._segment is not None:
            self._dare(self._segment.sync)
            self._synced = True

    def rotate(self) -> None:
        """Finishes the segment and begins the next."""
        self._finish()
        self._begin_segment()

    def know(self, **facts: Json) -> None:
        """Changes session.json."""
        self._document.update(facts)
        self._write_facts()

    def close(self) -> None:
        """Finishes the segment and the stretch."""
        self._finish()
        stretches = self._document["stretches"]
        stretches[-1]["ended"] = rfc3339(self._now())
        self._write_facts()

    def _finish(self) -> None:
        self.flush()
        segment = self._segment
        if segment is not None:
            self._dare(lambda: segment.close(self._now()))
            self._segment = None

    def _begin_segment(self) -> None:
        self._dare(self._next_segment)

    def _next_segment(self) -> None:
        number = self._state.segment + 1
        path = self._state.path(number)
        first = self._state.entries + 1
        name = self._document["name"]
        self._segment = Segment(path, number, name, self._now(), first, self._open)
        self._state.segment = number
        sync_folder(path.parent)

    def _dare(self, write: Callable[[], None]) -> None:
        """Whatever the disk refuses, the file's end is not to be trusted after it."""
        try:
            write()
        except OSError:
            self.broken = True
            raise

    def _stretch(self, began: datetime) -> None:
        stretches: list[dict[str, Json]] = self._document["stretches"]
        if stretches and stretches[-1]["ended"] is None:
            stretches[-1]["ended"] = rfc3339(self._state.seen or began)
        stretches.append({"began": rfc3339(began), "ended": None})
        self._write_facts()

    def _write_facts(self) -> None:
        path = self._folder / HEAD
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(self._document, file, indent=1, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(self._folder)


def _fits(folder: Path, found: Mapping[str, Json], asked: Facts) -> None:
    """A session is one strategy on one Gateway, or it would show nothing of either."""
    for key, what in (("gateway", "Gateway"), ("strategy_sha256", "strategy")):
        was, now = str(found.get(key) or ""), str(getattr(asked, key))
        if was != now:
            told = f"{was or 'none named'}, not {now or 'none named'}"
            reason = f"the session there is of another {what} ({told}): take a new one"
            raise BadOption("--out", str(folder), reason)


def _document(facts: Facts, began: datetime) -> dict[str, Json]:
    return {
        "schema": SCHEMA,
        "name": facts.name,
        "gateway": facts.gateway,
        "listen": facts.listen,
        "began": rfc3339(began),
        "suite_version": facts.suite_version,
        "strategy_sha256": facts.strategy_sha256,
        "sample": facts.sample,
        "health": None,
        "thresholds": dict(facts.thresholds),
        "stretches": [],
    }
