"""Transcripts on disk: whole, in order, without secrets."""

from decimal import Decimal
from pathlib import Path

import pytest

from conformance.errors import BadFile
from conformance.evidence.entry import Kind, Party
from conformance.evidence.exchange import exchanges, parse
from conformance.evidence.journal import read_transcript, write_transcript
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Header, Transcript

SECRET = "planted-secret-of-more-than-32-characters"


def transcript() -> Transcript:
    header = Header("cancel", "one", "mock", "cf1", ("CT1",), 7, "2026-01-01T00:00:00Z")
    ticks = iter(range(100))
    recorder = Recorder(header, lambda: float(next(ticks)))
    headers = {"authorization": f"Bearer {SECRET}"}
    asked = recorder.request("GET", "/v1/account?x=1", headers, None, False)
    recorder.add(
        Party.GATEWAY,
        Kind.RESPONSE,
        exchange=asked,
        status=200,
        headers={},
        body='{"balance": 1.10}',
    )
    recorder.request("GET", "/v1/orders", {}, None, False)
    recorder.note("a fence", name="fence", facts={"worth": Decimal("1.10")})
    return recorder.close(complete=True)


def test_a_transcript_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    write_transcript(transcript(), path, Redactor())
    again = read_transcript(path)
    assert [e.kind for e in again.entries] == [e.kind for e in transcript().entries]
    assert again.ending.complete


def test_a_planted_secret_is_nowhere_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    write_transcript(transcript(), path, Redactor((SECRET,)))
    assert SECRET not in path.read_text(encoding="utf-8")
    assert "$GATEWAY_API_KEY" in path.read_text(encoding="utf-8")


def test_a_file_without_its_footer_is_refused_by_name_and_line(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    write_transcript(transcript(), path, Redactor())
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(BadFile, match=r"t\.jsonl:5: the transcript has no footer"):
        read_transcript(path)


def test_a_missing_entry_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    write_transcript(transcript(), path, Redactor())
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:2], *lines[3:]]), encoding="utf-8")
    with pytest.raises(BadFile, match="4 entries announced, 3 found"):
        read_transcript(path)


@pytest.mark.parametrize("text", ["", "{}", "no json", "[]"])
def test_a_file_that_is_no_transcript_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile):
        read_transcript(path)


def test_requests_are_paired_with_their_answers_and_money_is_exact() -> None:
    first, second = exchanges(transcript())
    assert first.body == {"balance": Decimal("1.10")}
    assert first.query == (("x", "1"),)
    assert first.segments == ("v1", "account")
    assert second.status is None


def test_the_user_part_of_a_url_is_taken_out() -> None:
    assert Redactor().text("http://me:word@host/x") == "http://host/x"


def test_most_of_a_secret_is_taken_out_too() -> None:
    assert SECRET[:-1] not in Redactor((SECRET,)).text(f"key {SECRET[:-1]}")


def test_json_nested_too_deep_is_no_json() -> None:
    with pytest.raises(ValueError, match="recursion"):
        parse("[" * 200_000)


@pytest.mark.parametrize("odd", ["a\u0085b", "a\u2028b\x1c", "a\r\nb", "a\ud800b"])
def test_what_a_subject_says_breaks_no_line_of_the_file(
    tmp_path: Path, odd: str
) -> None:
    """A file with such a word could not be read again, or not be written at all."""
    header = Header("cancel", "one", "mock", "cf1", ("CT1",), 7, "2026-01-01T00:00:00Z")
    recorder = Recorder(header, lambda: 0.0)
    recorder.note(odd, name="odd", facts={"text": odd})
    path = tmp_path / "t.jsonl"
    write_transcript(recorder.close(complete=True), path, Redactor())
    (entry,) = read_transcript(path).entries
    assert entry.data["text"] == odd
