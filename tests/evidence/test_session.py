"""A session's folder is read whole; what was cut, altered or is missing is named."""

import json
from pathlib import Path

import pytest

from conformance.errors import BadFile
from conformance.evidence.session import SessionReader
from fixtures.sessions.disk import write_session
from fixtures.sessions.paper import Paper
from fixtures.sessions.plan import Plan

SMALL = Plan(trips=4, days=2, quotes=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_session(Paper(SMALL), tmp_path / "s", per_segment=60)


def segment(folder: Path, number: int) -> Path:
    return folder / "segments" / f"{number:06}.jsonl"


def read(folder: Path) -> SessionReader:
    reader = SessionReader(folder)
    for _ in reader.entries():
        pass
    return reader


def refused(folder: Path) -> str:
    with pytest.raises(BadFile) as found:
        read(folder)
    return str(found.value).replace(str(folder), "DIR")


def test_what_was_written_is_read(folder: Path) -> None:
    made = list(Paper(SMALL).entries())
    reader = SessionReader(folder)
    found = list(reader.entries())
    assert found == made
    assert (reader.count, reader.torn) == (len(made), False)
    assert reader.head.platforms == ("alpaca-paper",)
    assert reader.head.sample


def test_the_digest_names_the_session(folder: Path, tmp_path: Path) -> None:
    same = write_session(Paper(SMALL), tmp_path / "same", per_segment=60)
    other = write_session(Paper(Plan(trips=3, days=2, quotes=2)), tmp_path / "other")
    assert read(folder).digest == read(same).digest != read(other).digest


def test_a_torn_last_line_is_dropped(folder: Path, tmp_path: Path) -> None:
    open_ = write_session(Paper(SMALL), tmp_path / "open", closed=False)
    whole = read(open_).count
    last = segment(open_, 1)
    last.write_bytes(last.read_bytes()[:-20])
    reader = read(open_)
    assert (reader.count, reader.torn) == (whole - 1, True)


def test_a_missing_segment_is_named(folder: Path) -> None:
    segment(folder, 2).unlink()
    assert refused(folder) == "DIR/segments/000002.jsonl: this segment is missing"


def test_an_altered_closed_segment_is_refused_by_name(folder: Path) -> None:
    path = segment(folder, 2)
    text = path.read_text().replace('"alpaca-paper\\', '"alpaca-live\\', 1)
    text = text.replace("BTCUSD", "BTCEUR", 1)
    path.write_text(text)
    told = refused(folder)
    assert told.startswith("DIR/segments/000002.jsonl:62: it was altered")


def test_a_cut_segment_before_the_newest_is_refused(folder: Path) -> None:
    path = segment(folder, 1)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert "000001.jsonl: it has no last line" in refused(folder)


def test_a_hole_in_the_numbers_is_refused_with_its_line(folder: Path) -> None:
    path = segment(folder, 1)
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*rows[:3], *rows[4:]]))
    assert refused(folder) == (
        "DIR/segments/000001.jsonl:4: entry 3 was expected, and 4 is there"
    )


def test_an_unknown_schema_is_refused(folder: Path) -> None:
    path = folder / "session.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": "session/9"}))
    assert refused(folder) == (
        "DIR/session.json: the schema 'session/9' is not known; this reads session/1"
    )


def test_a_segment_of_another_session_is_refused(folder: Path) -> None:
    path = folder / "session.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "name": "other"}))
    assert "000001.jsonl:1: it belongs to the session 'made'" in refused(folder)


def test_a_wrong_count_of_entries_is_refused(folder: Path) -> None:
    path = segment(folder, 1)
    path.write_text(path.read_text().replace('"entries": 60', '"entries": 61'))
    assert refused(folder).endswith(":62: 61 entries announced, 60 found")


def test_what_stands_after_the_last_line_is_refused(folder: Path) -> None:
    path = segment(folder, 1)
    path.write_text(path.read_text() + '{"n": 61}\n')
    assert refused(folder).endswith(":63: something stands after its last line")


def test_segments_out_of_order_are_refused(folder: Path) -> None:
    segment(folder, 1).write_bytes(segment(folder, 2).read_bytes())
    assert "000001.jsonl:1: it does not begin as segment 1" in refused(folder)


@pytest.mark.parametrize("line", ["no json\n", "[]\n", '{"n": 1}\n'])
def test_a_line_that_is_no_entry_is_refused(folder: Path, line: str) -> None:
    path = segment(folder, 1)
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join([rows[0], line, *rows[1:]]))
    assert refused(folder).startswith("DIR/segments/000001.jsonl:2: no ")


def test_another_folder_is_no_session(tmp_path: Path) -> None:
    assert "this is no session's folder" in refused(tmp_path)


def test_a_session_without_segments_is_refused(folder: Path) -> None:
    for path in (folder / "segments").iterdir():
        path.unlink()
    assert "there are no segments" in refused(folder)
