"""A run leaves a folder; no secret is in it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.errors import BadOption
from conformance.evidence.journal import read_transcript
from conformance.judge.record import RunRecord
from conformance.readiness.model import Readiness
from conformance.report.bundle import write_bundle
from conformance.report.json_report import altered_evidence, unaltered

KEY = "planted-secret-of-more-than-32-characters"


def test_a_run_leaves_its_reports_and_transcripts(
    tmp_path: Path, readiness: Readiness, run: RunRecord
) -> None:
    page = write_bundle(readiness, run, tmp_path)
    names = {path.name for path in page.parent.iterdir()}
    assert names == {
        "readiness.html",
        "readiness.json",
        "readiness.md",
        "junit.xml",
        "badge.json",
        "transcripts",
    }
    read = read_transcript(page.parent / "transcripts" / "cancel.jsonl")
    assert (
        read.entries == next(t for t in run.transcripts if t.name == "cancel").entries
    )
    assert (tmp_path / "latest" / "readiness.html").read_bytes() == page.read_bytes()


def test_the_report_lists_the_digest_of_every_transcript(
    tmp_path: Path, readiness: Readiness, run: RunRecord
) -> None:
    folder = write_bundle(readiness, run, tmp_path).parent
    told = json.loads((folder / "readiness.json").read_text(encoding="utf-8"))
    kept = {f"transcripts/{path.name}" for path in (folder / "transcripts").iterdir()}
    assert set(told["integrity"]["transcripts"]) == kept
    assert unaltered(told) is True
    assert not list(altered_evidence(told, folder))


def test_latest_leads_to_the_newest_and_nothing_is_overwritten(
    tmp_path: Path, readiness: Readiness, run: RunRecord
) -> None:
    first = write_bundle(readiness, run, tmp_path)
    second = write_bundle(readiness, run, tmp_path)
    assert first.parent != second.parent
    assert (tmp_path / "latest").resolve() == second.parent.resolve()


def test_no_secret_is_in_anything_that_is_left(
    tmp_path: Path, readiness: Readiness, run: RunRecord
) -> None:
    leaky = replace(run, command_line=f"pytest --key {KEY}")
    told = replace(
        readiness,
        identity=replace(readiness.identity, command=f"pytest --key {KEY}"),
        run=replace(readiness.run, error=f"{KEY} was refused"),
    )
    write_bundle(told, leaky, tmp_path, (KEY,))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    page = json.loads((tmp_path / "latest" / "readiness.json").read_text())
    assert page["run"]["error"] == "$GATEWAY_API_KEY was refused"


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, readiness: Readiness, run: RunRecord
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere" / "at-all")
    for name in ("file", "file/beneath", "link"):
        with pytest.raises(BadOption, match="--conformance-report-dir"):
            write_bundle(readiness, run, tmp_path / name)


def test_a_file_called_latest_gives_way(
    tmp_path: Path, readiness: Readiness, run: RunRecord
) -> None:
    (tmp_path / "latest").write_text("old")
    write_bundle(readiness, run, tmp_path)
    assert (tmp_path / "latest" / "readiness.md").is_file()
