"""readiness.schema.json names exactly the fields that the model has."""

import json
from dataclasses import fields
from importlib import resources
from typing import Any

import pytest

from conformance.judge.session import model as session
from conformance.readiness import backing, model
from conformance.settings import STAGES

DEFINITIONS: dict[str, type] = {
    "identity": model.Identity,
    "gateway": model.GatewayIdentity,
    "run": model.RunFacts,
    "slowest": model.SlowestScript,
    "readiness": model.Standing,
    "blocker": model.Blocker,
    "item": model.ItemStanding,
    "account": model.Account,
    "notice": model.NoticeShown,
    "requirement": model.RequirementStanding,
    "check": model.CheckShown,
    "finding": model.FindingShown,
    "can_fail": model.KillProof,
    "waiver": model.WaiverShown,
    "stage": model.StageStanding,
    "failure_mode": model.FailureModeStanding,
    "metric": model.MetricStanding,
    "attestation": backing.AttestationStanding,
    "host_fact": backing.HostFact,
    "run_shown": backing.RunShown,
    "validity": backing.Validity,
    "place": model.Place,
    "capability": model.CapabilityStanding,
    "hollow": backing.HollowWarning,
    "session": session.SessionFacts,
    "numbers": session.SessionNumbers,
    "spread": session.Spread,
    "point": session.Point,
    "interval": session.Interval,
    "order_counts": session.OrderCounts,
    "round_trip": session.RoundTrip,
    "symbol": session.SymbolNumbers,
    "comparison": session.Comparison,
    "compared": session.Compared,
}

SEAL = {"integrity"}
"""What is added when a report is written; the model knows nothing of it."""


def schema() -> dict[str, Any]:
    path = resources.files("conformance.spec") / "readiness.schema.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def names(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_field_is_described_and_required(name: str) -> None:
    told = schema()["$defs"][name]
    assert set(told["properties"]) == set(told["required"]) == names(DEFINITIONS[name])


def test_the_whole_has_the_fields_of_a_readiness() -> None:
    told = schema()
    fields_ = names(model.Readiness) | SEAL
    assert set(told["properties"]) == set(told["required"]) == fields_
    assert told["properties"]["schema_version"]["const"] == model.SCHEMA_VERSION


def test_nothing_is_described_that_nothing_has() -> None:
    assert set(schema()["$defs"]) == {*DEFINITIONS, "verdict", *SEAL}


def test_the_stages_are_those_that_can_be_asked_for() -> None:
    stages = schema()["$defs"]["stage"]["properties"]["name"]["enum"]
    assert tuple(stages) == STAGES
