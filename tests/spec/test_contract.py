"""What our documents say of messages, and where they differ from a published one."""

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.spec.contract import contract
from conformance.spec.difference import difference
from conformance.spec.documents import load_gateway_document
from conformance.spec.platforms import PLATFORMS, Mode, may_trade, platform_of

PUBLISHED = Path(__file__).parents[3] / "shared" / "openapi.json"

ACCOUNT = {
    "balance": "1.5",
    "currency": "USD",
    "equity": "1",
    "margin_available": "1",
    "margin_used": "0",
    "unrealized_pnl": "-0.1",
}


def faults(body: dict[str, Any], status: int = 200) -> list[str]:
    text = json.dumps(body)
    found = contract().response_faults(
        "GET", "/v1/account", status, "application/json; charset=utf-8", text
    )
    return [f.keyword for f in found]


def test_a_right_answer_has_no_fault() -> None:
    assert faults(ACCOUNT) == []


@pytest.mark.parametrize(
    ("change", "keyword"),
    [
        ({"balance": "1e5"}, "pattern"),
        ({"balance": 1}, "type"),
        ({"balance": "abc"}, "pattern"),
        ({"balance": None}, "type"),
        ({"balance": "NaN"}, "pattern"),
    ],
)
def test_a_decimal_is_one_plain_number_in_a_string(
    change: dict[str, Any], keyword: str
) -> None:
    assert faults(ACCOUNT | change) == [keyword]


def test_an_undeclared_status_is_a_fault() -> None:
    assert faults({}, 418) == ["status"]


def test_an_error_that_is_no_json_is_a_fault_of_its_content_type() -> None:
    found = contract().response_faults("GET", "/v1/trades", 400, "text/plain", "no")
    assert [f.keyword for f in found] == ["content-type"]


def test_literal_segments_win_over_parameters_and_a_base_path_is_passed_over() -> None:
    history = contract().operation_for("GET", "/v1/orders/history")
    order = contract().operation_for("GET", "/base/v1/orders/a%2Fb")
    assert history is not None
    assert history.key == "GET /v1/orders/history"
    assert order is not None
    assert order.key == "GET /v1/orders/{order_id}"
    assert contract().operation_for("PUT", "/v1/orders") is None


def test_a_stream_message_is_told_apart_by_its_type_first() -> None:
    text = '{"type":"ping","timestamp":"yesterday"}'
    found = contract().message_faults(text, from_server=True)
    assert [(f.pointer, f.keyword) for f in found] == [("/timestamp", "format")]
    unknown = contract().message_faults('{"type":"hello"}', from_server=True)
    assert [f.keyword for f in unknown] == ["type"]


def test_a_clients_message_is_none_of_the_servers() -> None:
    found = contract().message_faults('{"type":"pong"}', from_server=True)
    assert [f.keyword for f in found] == ["type"]
    assert contract().message_faults('{"type":"pong"}', from_server=False) == ()


def test_an_unknown_field_is_named_with_its_place() -> None:
    body = json.dumps([{"id": "p", "surprise": 1}])
    found = contract().undeclared_response_fields("GET", "/v1/positions", 200, body)
    assert found == ("[].surprise",)


def test_a_request_of_ours_is_judged_in_its_parameters_and_its_body() -> None:
    found = contract().request_faults(
        "POST",
        "/v1/orders",
        "application/json",
        '{"symbol":"A","side":"BUY","quantity":1,"order_type":"MARKET"}',
    )
    assert [(f.pointer, f.keyword) for f in found] == [("/quantity", "type")]
    query = contract().request_faults("GET", "/v1/orders?status=OPEN&x=1", None, None)
    assert [(f.pointer, f.keyword) for f in query] == [("?x", "parameter")]


def test_our_document_agrees_with_itself() -> None:
    ours = load_gateway_document()
    assert difference(ours, ours) == ()


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="no published document is here")
def test_no_difference_to_the_published_document_is_unexpected() -> None:
    theirs = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    found = difference(load_gateway_document(), theirs)
    assert [d for d in found if not d.deliberate] == []


def test_a_field_that_is_missing_a_word_and_a_type_are_unexpected_differences() -> None:
    theirs = json.loads(json.dumps(load_gateway_document()))
    schemas = theirs["components"]["schemas"]
    del schemas["Trade"]["properties"]["commission"]
    schemas["Side"]["enum"].append("BOTH")
    schemas["Account"]["properties"]["currency"] = {"type": "integer"}
    found = difference(load_gateway_document(), theirs)
    assert {d.where for d in found if not d.deliberate} >= {
        "schemas.Trade.commission",
        "schemas.Side",
        "schemas.Account.currency",
    }


def test_there_are_sixteen_platforms_and_an_unknown_one_is_never_traded_on() -> None:
    assert len(PLATFORMS) == 16
    assert platform_of("moon-live") is None
    assert not may_trade("moon-live")
    assert not any(may_trade(p.name) for p in PLATFORMS if p.mode is Mode.LIVE)


def test_half_of_a_surrogate_pair_in_an_answer_is_a_fault_and_not_ours() -> None:
    """It ended the judging: the validator cannot take what is no character."""
    body = {**ACCOUNT, "balance": "\ud800"}
    assert faults(body) == ["json"]


@pytest.mark.parametrize("path", ["/v1/quotes/..", "/v1/orders/."])
def test_a_step_up_makes_it_another_path(path: str) -> None:
    assert contract().operation_for("GET", path) is None


def test_the_path_is_found_before_the_method() -> None:
    assert contract().operation_for("PATCH", "/v1/orders/history") is None
    found = contract().operation_for("PATCH", "/v1/orders/histories")
    assert found is not None
    assert found.key == "PATCH /v1/orders/{order_id}"


def test_a_number_beyond_its_format_is_a_fault() -> None:
    def keywords(limit: int) -> list[str]:
        target = f"/v1/trades?limit={limit}"
        found = contract().request_faults("GET", target, None, None)
        return [f.keyword for f in found]

    assert keywords(2**31 - 1) == []
    assert keywords(2**31) == ["size"]
