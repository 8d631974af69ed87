"""A session's files: numbered without a hole, whole after a kill, resumed."""

import errno
import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import BadFile, BadOption
from conformance.evidence import session_folder
from conformance.evidence.entry import Kind, Party
from conformance.evidence.session_folder import DiskFile, SessionLock, Sink
from conformance.evidence.session_writer import Facts, Rotation, SessionWriter

FACTS = Facts("mine", "http://gateway", "127.0.0.1:1", "0.1.0", "abc")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Wall:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Disk:
    """Files that take only so many bytes more."""

    def __init__(self) -> None:
        self.room: int | None = None

    def __call__(self, path: Path) -> Sink:
        return _File(self, path)


class _File(DiskFile):
    def __init__(self, disk: Disk, path: Path) -> None:
        super().__init__(path)
        self._disk = disk

    def write(self, data: bytes) -> int:
        room = self._disk.room
        if room is None:
            return super().write(data)
        if room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = super().write(data[:room])
        self._disk.room = room - taken
        return taken


def writer(
    folder: Path,
    wall: Wall | None = None,
    rotation: Rotation | None = None,
    opened: Callable[[Path], Sink] = DiskFile,
    facts: Facts = FACTS,
) -> SessionWriter:
    return SessionWriter(folder, facts, wall or Wall(), rotation, opened)


def add(session: SessionWriter, count: int = 1, at: float = 0.0) -> None:
    for _ in range(count):
        session.append(at, Party.SUITE, Kind.NOTE, {"text": "x"})


def files(folder: Path) -> list[Path]:
    return sorted((folder / "segments").iterdir())


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def numbers(folder: Path) -> list[int]:
    return [row["n"] for path in files(folder) for row in rows(path) if "n" in row]


def test_a_finished_segment_tells_how_many_entries_and_their_digest(
    tmp_path: Path,
) -> None:
    session = writer(tmp_path)
    add(session, 3)
    session.close()
    (path,) = files(tmp_path)
    first, *entries, last = rows(path)
    assert first["segment"] == 1
    assert first["session"] == "mine"
    assert [e["n"] for e in entries] == [1, 2, 3]
    before = path.read_bytes().rpartition(b'{"closed"')[0]
    assert last["entries"] == 3
    assert last["sha256"] == hashlib.sha256(before).hexdigest()
    stretches = json.loads((tmp_path / "session.json").read_text())["stretches"]
    assert [bool(s["ended"]) for s in stretches] == [True]


def test_segments_are_rotated_by_size_and_by_time(tmp_path: Path) -> None:
    wall = Wall()
    session = writer(tmp_path, wall, Rotation(bytes=300, seconds=60))
    add(session, 6)
    session.flush()
    session.tick(0.0)
    assert len(files(tmp_path)) == 2
    session.tick(1.0)
    wall.now += timedelta(seconds=61)
    session.tick(2.0)
    assert len(files(tmp_path)) == 2, "an empty segment is not rotated"
    add(session)
    session.tick(3.0)
    assert len(files(tmp_path)) == 3
    session.close()
    assert numbers(tmp_path) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("torn", [b'{"n": 3, "at', b"\0\0\0\n", b'{"n": 9, "at": 0}\n'])
def test_a_line_torn_by_a_kill_is_cut_off_and_numbers_run_on(
    tmp_path: Path, torn: bytes
) -> None:
    wall = Wall()
    session = writer(tmp_path, wall)
    add(session, 2, at=5.0)
    session.flush()
    path = files(tmp_path)[0]
    with path.open("ab") as file:
        file.write(torn)
    wall.now += timedelta(seconds=65)
    again = writer(tmp_path, wall)
    assert again.resumed.torn_bytes == len(torn)
    assert again.resumed.gap_seconds == 60.0
    assert again.offset == 65.0
    add(again)
    again.close()
    assert numbers(tmp_path) == [1, 2, 3]
    assert [rows(p)[-1]["entries"] for p in files(tmp_path)] == [2, 1]
    stretches = json.loads((tmp_path / "session.json").read_text())["stretches"]
    assert stretches[0]["ended"] == "2026-01-01T12:00:05Z"


def test_a_kill_before_a_segment_s_first_line_was_whole_leaves_no_segment(
    tmp_path: Path,
) -> None:
    session = writer(tmp_path)
    add(session, 2)
    session.close()
    (tmp_path / "segments" / "000002.jsonl").write_bytes(b'{"segm')
    again = writer(tmp_path)
    add(again)
    again.close()
    assert numbers(tmp_path) == [1, 2, 3]
    assert [p.stem for p in files(tmp_path)] == ["000001", "000002"]


def test_empty_segments_at_the_end_do_not_hide_the_last_number(tmp_path: Path) -> None:
    session = writer(tmp_path)
    add(session, 2)
    session.close()
    for _ in range(3):
        writer(tmp_path).flush()
    again = writer(tmp_path)
    assert again.resumed.entries == 2
    add(again)
    again.close()
    assert numbers(tmp_path) == [1, 2, 3]


@pytest.mark.parametrize("room", [0, 1, 60, 100, 170])
def test_a_full_disk_leaves_no_hole_and_no_torn_line(tmp_path: Path, room: int) -> None:
    disk = Disk()
    session = writer(tmp_path, opened=disk)
    add(session, 2)
    session.flush()
    disk.room = room
    add(session, 3)
    with pytest.raises(OSError, match="No space left"):
        session.flush()
    add(session)
    with pytest.raises(OSError, match="broken"):
        session.flush()
    disk.room = None
    session.mend()
    add(session, 2)
    session.close()
    found = numbers(tmp_path)
    assert found == list(range(1, len(found) + 1))
    assert 4 <= len(found) <= 6
    assert rows(files(tmp_path)[0])[-1]["entries"] == len(found)


@pytest.mark.parametrize("room", [0, 10, 200])
def test_a_disk_that_fills_while_a_segment_is_finished_loses_nothing(
    tmp_path: Path, room: int
) -> None:
    disk = Disk()
    session = writer(tmp_path, rotation=Rotation(bytes=50), opened=disk)
    add(session)
    session.flush()
    disk.room = room
    with pytest.raises(OSError, match="No space left"):
        session.tick(0.0)
    assert session.broken
    disk.room = None
    session.mend()
    add(session)
    session.close()
    assert numbers(tmp_path) == [1, 2]
    assert writer(tmp_path).resumed.torn_bytes == 0


def test_a_session_of_another_strategy_or_gateway_is_not_continued(
    tmp_path: Path,
) -> None:
    writer(tmp_path).close()
    other = Facts("mine", "http://gateway", "127.0.0.1:1", "0.1.0", "def")
    with pytest.raises(BadOption, match=r"another strategy \(abc, not def\)"):
        writer(tmp_path, facts=other)
    other = Facts("mine", "http://other", "127.0.0.1:1", "0.1.0", "abc")
    with pytest.raises(BadOption, match="another Gateway"):
        writer(tmp_path, facts=other)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"schema": "session/2"}'])
def test_a_folder_whose_session_cannot_be_read_is_refused(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "session.json").write_text(text)
    with pytest.raises(BadFile):
        writer(tmp_path)


def test_a_clock_that_was_set_back_takes_no_time_back(tmp_path: Path) -> None:
    wall = Wall()
    session = writer(tmp_path, wall)
    add(session, at=100.0)
    session.close()
    again = writer(tmp_path, wall)
    assert again.offset == 100.0
    assert again.resumed.gap_seconds == 0.0


def test_two_taps_do_not_write_one_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_folder, "LOCK_SECONDS", 0.1)
    first = SessionLock(tmp_path)
    with pytest.raises(BadOption, match="another tap records there"):
        SessionLock(tmp_path)
    first.close()
    SessionLock(tmp_path).close()
