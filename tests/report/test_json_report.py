"""readiness.json is what its schema says."""

import json
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path

import jsonschema

from conformance.evidence.redaction import Redactor
from conformance.judge.record import RunRecord
from conformance.readiness.assembly import assemble
from conformance.readiness.model import Readiness
from conformance.report.json_report import (
    altered_evidence,
    facts,
    file_sha256,
    json_text,
    unaltered,
)


def validator() -> jsonschema.Draft202012Validator:
    path = resources.files("conformance.spec") / "readiness.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_a_report_is_what_the_schema_says(readiness: Readiness) -> None:
    validator().validate(json.loads(json_text(readiness)))


def test_a_report_of_no_run_is_too(nothing: RunRecord) -> None:
    readiness = assemble(nothing, (), date(2026, 1, 2))
    validator().validate(json.loads(json_text(readiness)))


def test_the_schema_refuses_what_it_does_not_know(readiness: Readiness) -> None:
    told = facts(readiness)
    assert not validator().is_valid({**told, "score": 99})
    assert not validator().is_valid({**told, "schema_version": "2"})


class TestSeal:
    """What was altered afterwards shows."""

    def test_a_report_is_sealed_as_it_is_written(self, readiness: Readiness) -> None:
        assert unaltered(json.loads(json_text(readiness))) is True

    def test_one_that_is_laid_out_anew_is_unaltered(self, readiness: Readiness) -> None:
        told = json.loads(json_text(readiness))
        again = json.dumps(dict(reversed(told.items())), ensure_ascii=True)
        assert unaltered(json.loads(again)) is True

    def test_the_seal_is_of_what_is_left_after_redaction(
        self, readiness: Readiness
    ) -> None:
        key = "planted-secret-of-more-than-32-characters"
        run = replace(readiness.run, error=f"{key} was \ud800 refused")
        text = json_text(replace(readiness, run=run), Redactor((key,)))
        assert key not in text
        written = text.encode("utf-8")
        assert unaltered(json.loads(written)) is True

    def test_any_other_value_breaks_it(self, readiness: Readiness) -> None:
        told = json.loads(json_text(readiness, evidence={"transcripts/a.jsonl": "0"}))
        told["items"][0]["verdict"] = "met"
        assert unaltered(told) is False
        told = json.loads(json_text(readiness, evidence={"transcripts/a.jsonl": "0"}))
        told["integrity"]["transcripts"]["transcripts/a.jsonl"] = "1"
        assert unaltered(told) is False

    def test_one_of_a_version_without_seals_is_neither(
        self, readiness: Readiness
    ) -> None:
        assert unaltered(facts(readiness)) is None

    def test_evidence_that_was_altered_or_is_away_is_named(
        self, readiness: Readiness, tmp_path: Path
    ) -> None:
        for name in ("a", "b"):
            (tmp_path / name).write_text(name)
        known = {name: file_sha256(tmp_path / name) for name in ("a", "b")}
        told = json.loads(json_text(readiness, evidence={**known, "c": "0" * 64}))
        (tmp_path / "b").write_text("other")
        assert list(altered_evidence(told, tmp_path)) == [
            "b was altered",
            "c is missing",
        ]
