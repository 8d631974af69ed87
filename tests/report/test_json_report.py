"""readiness.json is what its schema says."""

import json
from datetime import date
from importlib import resources

import jsonschema

from conformance.judge.record import RunRecord
from conformance.readiness.assembly import assemble
from conformance.readiness.model import Readiness
from conformance.report.json_report import facts, json_text


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
    assert not validator().is_valid({**told, "schema_version": "1"})
