"""What is claimed stands beside what was seen, and a contradiction is marked."""

import json
from dataclasses import replace
from datetime import date

import pytest

from conformance.evidence.entry import Json
from conformance.judge.finding import Finding
from conformance.judge.verdict import Outcome, Verdict
from conformance.readiness.assembly import assemble
from conformance.readiness.merging import ReportedRun, merged, record_of
from conformance.readiness.model import CapabilityStanding, Place, Readiness
from conformance.readiness.stored import readiness_of
from conformance.report.json_report import json_text
from fixtures.calls import Told
from fixtures.records import PAPER, record

TODAY = date(2026, 1, 2)
PLATFORM = "alpaca-paper"
CLAIM = {
    "supported_order_types": ["MARKET", "TRAILING_STOP", "ICEBERG"],
    "features": ["bracket_orders"],
    "position_mode": "NETTING",
    "supported_asset_classes": ["CRYPTO"],
}


def outcome(name: str, verdict: Verdict) -> Outcome:
    found = (Finding("It is so.", (1,)),) if verdict is Verdict.VIOLATED else ()
    return Outcome(name, "a_check", "s", verdict, "", found, provider=PLATFORM)


def assembled(
    told: Told, *outcomes: Outcome, claims: Json = None, platform: str = PLATFORM
) -> Readiness:
    subject = replace(PAPER, capabilities=claims, platforms=(platform,))
    return assemble(record(outcomes, [told.transcript], subject=subject), (), TODAY)


def by_name(readiness: Readiness) -> dict[str, CapabilityStanding]:
    return {c.name: c for c in readiness.identity.capabilities}


def test_states_are_what_claim_and_sight_make_together() -> None:
    told = Told(PLATFORM).claim(CLAIM)
    told.order().order(order_type="LIMIT").order(501, order_type="STOP")
    told.order(501, order_type="TRAILING_STOP")
    found = by_name(assembled(told))
    assert {name: each.state for name, each in found.items()} == {
        "MARKET": "supported",
        "TRAILING_STOP": "contradicted",
        "ICEBERG": "claimed only",
        "LIMIT": "contradicted",
        "STOP": "unsupported",
        "STOP_LIMIT": "not claimed",
        "bracket_orders": "claimed only",
        "oco": "not claimed",
        "trailing_stop": "not claimed",
        "short_selling": "not claimed",
        "NETTING": "claimed only",
        "CRYPTO": "claimed only",
    }
    assert found["LIMIT"].claimed_in == Place("s", (1, 2))
    assert found["LIMIT"].seen_in == Place("s", (5, 6))


def test_where_nothing_was_claimed_nothing_is_contradicted() -> None:
    told = Told(PLATFORM).order().order(501, order_type="STOP")
    found = by_name(assembled(told))
    assert {name: each.state for name, each in found.items()} == {
        "MARKET": "supported",
        "STOP": "unsupported",
    }
    assert found["MARKET"].claimed is None
    assert found["MARKET"].claimed_in is None


def test_the_doctors_claim_stands_where_no_transcript_has_one() -> None:
    told = Told(PLATFORM).order()
    found = by_name(assembled(told, claims=CLAIM))
    assert found["MARKET"].claimed_in == Place("", ())
    other = assembled(told, claims=CLAIM, platform="mock").identity.capabilities
    assert {(c.provider, c.claimed) for c in other if c.name == "MARKET"} == {
        ("mock", True),
        (PLATFORM, None),
    }


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ({"EXI-30": Verdict.MET}, "supported"),
        ({"EXI-30": Verdict.MET, "EXI-31": Verdict.VIOLATED}, "supported"),
        ({"EXI-30": Verdict.VIOLATED}, "contradicted"),
        ({"EXI-30": Verdict.NOT_VERIFIED}, "supported"),
    ],
)
def test_a_feature_that_is_accepted_and_does_nothing_right_contradicts_its_claim(
    verdicts: dict[str, Verdict], state: str
) -> None:
    told = Told(PLATFORM).claim({"features": ["oco"]}).order(oco_group_id="g")
    found = assembled(told, *(outcome(*pair) for pair in verdicts.items()))
    (oco,) = (c for c in found.identity.capabilities if c.name == "oco")
    assert oco.state == state
    assert oco.seen


def test_requirements_show_a_feature_that_no_order_shows() -> None:
    told = Told(PLATFORM).claim({"features": ["oco"]})
    found = by_name(assembled(told, outcome("EXI-30", Verdict.MET)))["oco"]
    assert (found.state, found.seen_in, found.met) == ("supported", None, ("EXI-30",))


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(Verdict.MET, "supported"), (Verdict.VIOLATED, "contradicted")],
)
def test_the_position_mode_is_decided_by_its_requirement(
    verdict: Verdict, state: str
) -> None:
    told = Told(PLATFORM).claim({"position_mode": "NETTING"})
    found = by_name(assembled(told, outcome("OPE-33", verdict)))["NETTING"]
    assert (found.state, found.seen) == (state, verdict is Verdict.MET)


@pytest.mark.parametrize("claims", ["yes", ["MARKET"], {"features": 3}, {}])
def test_an_odd_claim_is_no_claim(claims: Json) -> None:
    told = Told(PLATFORM).order()
    found = by_name(assembled(told, claims=claims))
    assert {name: each.claimed for name, each in found.items()} == {"MARKET": None}


def test_what_was_claimed_is_read_back_and_joined() -> None:
    told = Told(PLATFORM).order()
    whole = assembled(told, claims=CLAIM)
    text = json.loads(json_text(whole))
    assert text["identity"]["gateway"]["claims"] == CLAIM
    assert readiness_of(text) == whole
    again = record_of(readiness_of(text), (told.transcript,))
    assert assemble(again, (), TODAY) == whole
    runs = [
        ReportedRun("a", assembled(told), (told.transcript,)),
        ReportedRun("b", whole, (told.transcript,)),
    ]
    joined = assemble(merged(runs, frozenset({("nothing", "ever")})), (), TODAY)
    assert joined.identity.gateway.claims == CLAIM
    assert by_name(joined)["MARKET"].claimed


def test_an_order_type_that_is_a_feature_too_is_decided_by_the_same_requirements() -> (
    None
):
    told = Told(PLATFORM).claim(CLAIM).order(order_type="TRAILING_STOP")
    found = by_name(assembled(told, outcome("ORD-21", Verdict.VIOLATED)))
    assert found["TRAILING_STOP"].violated == ("ORD-21",)
    assert found["TRAILING_STOP"].state == "contradicted"
    assert found["MARKET"].violated == ()
