"""A claim is read once for each provider; an acceptance stands above a refusal."""

from dataclasses import replace

import pytest

from conformance.judge.capabilities import (
    ASSETS,
    FEATURE,
    MODE,
    ORDER_TYPE,
    capabilities,
    claims,
    words,
)
from fixtures.calls import TOLD, Told


def seen(told: Told) -> dict[tuple[str, str], bool]:
    found = capabilities([told.transcript]).seen
    return {(kind, name): each.accepted for (_, kind, name), each in found.items()}


def test_a_claim_is_the_first_answer_that_tells_one() -> None:
    told = Told().claim(status=503).claim().claim({"features": ["oco"]})
    claim = capabilities([told.transcript]).claims["mock"]
    assert claim.names(ORDER_TYPE) == ("MARKET",)
    assert claim.names(FEATURE) == ()
    assert claim.names(MODE) == ("NETTING",)
    assert claim.names(ASSETS) is None
    assert (claim.transcript, claim.entries) == ("s", (3, 4))


def test_an_order_without_a_type_is_a_market_order() -> None:
    assert seen(Told().order(side="BUY")) == {(ORDER_TYPE, "MARKET"): True}


def test_lower_case_is_the_same_type() -> None:
    assert seen(Told().order(order_type="limit")) == {(ORDER_TYPE, "LIMIT"): True}


@pytest.mark.parametrize(
    ("status", "field"), [(501, ""), (400, "trailing_distance"), (422, "order_type")]
)
def test_501_and_an_answer_that_names_the_field_are_a_refusal(
    status: int, field: str
) -> None:
    told = Told().order(status, field=field, order_type="TRAILING_STOP")
    assert seen(told)[ORDER_TYPE, "TRAILING_STOP"] is False


@pytest.mark.parametrize(
    ("status", "field"), [(400, "quantity"), (422, ""), (401, "order_type"), (503, "")]
)
def test_what_is_refused_for_another_reason_shows_nothing(
    status: int, field: str
) -> None:
    assert seen(Told().order(status, field=field, order_type="STOP")) == {}


def test_an_order_that_is_wrong_on_purpose_shows_nothing() -> None:
    told = Told().order(501, wrong=True).order(wrong=True, order_type="ICEBERG")
    assert seen(told) == {}


@pytest.mark.parametrize("accepted_first", [True, False])
def test_one_acceptance_stands_whatever_was_refused(accepted_first: bool) -> None:
    told = Told()
    for status in (201, 501) if accepted_first else (501, 201):
        told.order(status, order_type="LIMIT")
    assert seen(told) == {(ORDER_TYPE, "LIMIT"): True}


def test_a_feature_is_used_by_its_fields_or_because_the_script_says_so() -> None:
    told = Told().order(stop_loss="90").order(oco_group_id="g")
    facts = {"case": "short_selling", "client": "c"}
    told.recorder.note("sells", name="case", facts=facts)
    told.order(side="SELL", client_order_id="c").order(501, trailing_distance="5")
    features = {name: so for (kind, name), so in seen(told).items() if kind == FEATURE}
    assert features == {
        "bracket_orders": True,
        "oco": True,
        "short_selling": True,
        "trailing_stop": False,
    }


def test_providers_are_told_apart() -> None:
    one, other = Told().order(order_type="STOP"), Told("tektii", "t")
    other.order(501, order_type="STOP")
    found = capabilities([one.transcript, other.transcript]).seen
    assert found["mock", ORDER_TYPE, "STOP"].accepted
    assert not found["tektii", ORDER_TYPE, "STOP"].accepted
    assert found["tektii", ORDER_TYPE, "STOP"].transcript == "t"


def test_what_our_own_gateway_answered_a_strategy_shows_nothing_of_a_gateway() -> None:
    mine = Told("").claim().order().transcript
    session = Told("alpaca-paper").claim().order().transcript
    session = replace(session, header=replace(session.header, instance="session"))
    assert capabilities([mine, session]) == capabilities([])


def test_nothing_that_was_parsed_is_kept() -> None:
    transcript = Told().claim().order().transcript
    capabilities([transcript])
    assert transcript.memo == {}


def test_without_an_answer_that_can_be_read_nothing_is_claimed() -> None:
    assert claims(Told().claim(status=502).transcript) == (None, {})
    answer, told = claims(Told().claim(status=502).claim(TOLD).transcript)
    assert answer is not None
    assert told == TOLD


def test_a_list_that_is_none_names_nothing() -> None:
    assert words({"features": ["oco", 7]}, "features") == {"oco"}
    assert words({"features": "oco"}, "features") == frozenset()
