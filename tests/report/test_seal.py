"""What was altered after it was written shows."""

import json
from dataclasses import replace
from pathlib import Path

from conformance.evidence.redaction import Redactor
from conformance.readiness.model import Readiness
from conformance.report.json_report import (
    altered_evidence,
    facts,
    file_sha256,
    json_text,
    listed_evidence,
    unaltered,
)


def test_a_report_is_sealed_as_it_is_written(readiness: Readiness) -> None:
    assert unaltered(json.loads(json_text(readiness))) is True


def test_one_that_is_laid_out_anew_is_unaltered(readiness: Readiness) -> None:
    told = json.loads(json_text(readiness))
    again = json.dumps(dict(reversed(told.items())), ensure_ascii=True)
    assert unaltered(json.loads(again)) is True


def test_the_seal_is_of_what_is_left_after_redaction(readiness: Readiness) -> None:
    key = "planted-secret-of-more-than-32-characters"
    run = replace(readiness.run, error=f"{key} was \ud800 refused")
    text = json_text(replace(readiness, run=run), Redactor((key,)))
    assert key not in text
    written = text.encode("utf-8")
    assert unaltered(json.loads(written)) is True


def test_any_other_value_breaks_it(readiness: Readiness) -> None:
    told = json.loads(json_text(readiness, evidence={"transcripts/a.jsonl": "0"}))
    told["items"][0]["verdict"] = "met"
    assert unaltered(told) is False
    told = json.loads(json_text(readiness, evidence={"transcripts/a.jsonl": "0"}))
    told["integrity"]["transcripts"]["transcripts/a.jsonl"] = "1"
    assert unaltered(told) is False


def test_one_of_a_version_without_seals_is_neither(readiness: Readiness) -> None:
    assert unaltered(facts(readiness)) is None
    assert unaltered({**facts(readiness), "integrity": ["x"]}) is None
    assert listed_evidence({**facts(readiness), "integrity": ["x"]}) == {}


def test_evidence_that_was_altered_or_is_away_is_named(
    readiness: Readiness, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    known = {name: file_sha256(tmp_path / name) for name in ("a", "b")}
    told = json.loads(json_text(readiness, evidence={**known, "c": "0" * 64}))
    (tmp_path / "b").write_text("other")
    (tmp_path / "transcripts").mkdir()
    (tmp_path / "transcripts" / "d.jsonl").write_text("{}")
    assert list(altered_evidence(told, tmp_path)) == [
        "b was altered",
        "c is missing",
        "transcripts/d.jsonl was added",
    ]
