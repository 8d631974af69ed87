"""What is wrong with the answer to one generated request, and what is not."""

import json
from typing import Any

import pytest

from conformance.evidence.entry import Kind, Party
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.judge.fuzzing import faults_of

HEADER = Header("fuzz", "instance", "mock", "cf", ("A",), 1, "")
JSON = {"content-type": "application/json"}
ORDER = {"symbol": "A", "side": "BUY", "quantity": "1", "order_type": "MARKET"}


def envelope(code: str = "INVALID_VALUE", message: str = "no", **more: Any) -> str:
    return json.dumps({"code": code, "message": message, **more})


def exchange(
    target: str,
    status: int | None,
    told: str = "",
    *,
    method: str = "GET",
    body: str | None = None,
    kind: str = "application/json",
) -> Exchange:
    recorder = Recorder(HEADER, lambda: 0.0)
    headers = JSON if body is not None else {}
    number = recorder.request(method, target, headers, body, True)
    if status is None:
        lost = {"exchange": number, "reason": "broken", "detail": "reset"}
        recorder.add(Party.GATEWAY, Kind.NO_RESPONSE, **lost)
    else:
        recorder.add(
            Party.GATEWAY,
            Kind.RESPONSE,
            exchange=number,
            status=status,
            headers={"content-type": kind},
            body=told,
            cut=False,
            milliseconds=1.0,
        )
    return next(exchanges(recorder.close(complete=True)))


def faults(*given: Any, **more: Any) -> set[str]:
    return {fault.requirement for fault in faults_of(exchange(*given, **more))}


def submitted(body: Any, status: int, told: str) -> set[str]:
    text = body if isinstance(body, str) else json.dumps(body)
    return faults("/v1/orders", status, told, method="POST", body=text)


HANDLE = '{"id": "1", "status": "OPEN"}'


def test_a_right_answer_has_no_fault() -> None:
    assert submitted(ORDER, 201, HANDLE) == set()
    assert submitted({**ORDER, "side": 1}, 400, envelope()) == set()


def test_what_is_not_answered_is_a_fault() -> None:
    assert faults("/v1/trades", None) == {"FUZ-20"}


@pytest.mark.parametrize("status", [500, 507, 520])
def test_a_server_error_is_one_whatever_its_figure(status: int) -> None:
    assert "FUZ-10" in faults("/v1/trades", status, envelope("INTERNAL_ERROR"))


@pytest.mark.parametrize("status", [501, 502, 503])
def test_a_provider_that_fails_is_no_error_of_the_gateway(status: int) -> None:
    assert faults("/v1/trades", status, envelope("PROVIDER_ERROR")) == set()


def test_a_refusal_in_plain_text_is_no_envelope() -> None:
    assert faults("/v1/trades?limit=x", 400, "no", kind="text/plain") == {"FUZ-21"}


@pytest.mark.parametrize("status", [405, 413, 414, 415, 431])
def test_what_carries_a_request_may_refuse_it_in_its_own_words(status: int) -> None:
    assert faults("/v1/trades", status, "", kind="text/plain") == set()


def test_a_status_that_no_operation_declares_is_a_fault() -> None:
    assert faults("/v1/trades", 418, envelope()) == {"FUZ-22"}


@pytest.mark.parametrize(
    "body",
    [
        {**ORDER, "quantity": 1},
        {**ORDER, "quantity": "NaN"},
        {**ORDER, "quantity": "1e400"},
        {**ORDER, "quantity": "1,5"},
        {**ORDER, "side": None},
        [ORDER],
        '{"symbol": "A"',
    ],
)
def test_what_the_document_refuses_may_not_be_taken(body: Any) -> None:
    assert submitted(body, 201, HANDLE) == {"FUZ-23"}


@pytest.mark.parametrize(
    "target",
    ["/v1/trades?unknown=1", "/v1/trades?since=", "/v1/orders?limit=2147483648"],
)
def test_a_parameter_that_may_be_passed_over_is_no_fault(target: str) -> None:
    assert faults(target, 200, "[]") == set()


@pytest.mark.parametrize("quantity", ["1e2", "25E-1", "+1", "1.", ".5"])
def test_a_number_may_be_taken_however_it_is_written(quantity: str) -> None:
    """FUZ-23 accused who took "1e2" for 100, which VAL-19 allows."""
    assert submitted({**ORDER, "quantity": quantity}, 201, HANDLE) == set()
    body = json.dumps({"quantity": quantity})
    told = faults("/v1/positions/1", 200, HANDLE, method="DELETE", body=body)
    assert told == set()


def test_an_empty_body_is_no_broken_one() -> None:
    told = faults("/v1/positions/1", 200, HANDLE, method="DELETE", body="")
    assert told == set()
    told = faults("/v1/positions/1", 200, HANDLE, method="DELETE", body='{"quantity')
    assert told == {"FUZ-23"}


def test_what_the_document_allows_may_not_be_unreadable() -> None:
    told = envelope("INVALID_REQUEST", "invalid type: null, expected a string")
    assert submitted({**ORDER, "stop_price": None}, 400, told) == {"FUZ-24"}


def test_a_list_may_be_asked_for_by_its_name_again_and_again() -> None:
    """FUZ-24 passed over who refused ?status=OPEN&status=FILLED, which is declared."""
    told = envelope("INVALID_REQUEST", "duplicate field `status`")
    assert faults("/v1/orders?status=OPEN&status=FILLED", 400, told) == {"FUZ-24"}
    assert faults("/v1/orders?side=BUY&side=BUY", 400, told) == set()


@pytest.mark.parametrize(
    "message",
    ["Limit orders require limit_price", "cannot cancel a filled order", "no market"],
)
def test_a_rule_of_trading_is_no_refusal_for_its_form(message: str) -> None:
    assert submitted(ORDER, 400, envelope("INVALID_REQUEST", message)) == set()


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(ORDER)[:-1] + ', "side": "BUY"}',
        {**ORDER, "quantity": "9" * 40},
    ],
)
def test_what_readers_differ_on_may_be_unreadable(body: Any) -> None:
    assert submitted(body, 400, envelope("INVALID_REQUEST", "no JSON")) == set()


def test_a_method_that_nobody_declared_may_not_be_served() -> None:
    assert faults("/v1/trades", 200, "[]", method="PUT") == {"FUZ-25"}
    assert faults("/v1/trades", 405, "", method="PUT") == set()
    assert faults("/v1/trades", 200, "", method="OPTIONS") == set()


def test_a_declared_path_is_not_taken_for_the_id_of_another() -> None:
    assert faults("/v1/orders/history", 405, "", method="PATCH") == set()


@pytest.mark.parametrize(
    "text",
    [
        "Traceback (most recent call last)",
        "thread 'main' panicked at",
        "in crates/core/src/api.rs:17",
        'File "/x.py", line 3',
        "at java.util.List(List.java:4)",
        "/home/trader/gateway",
        "serde_json::Error",
    ],
)
def test_what_belongs_in_a_log_may_not_be_told(text: str) -> None:
    assert faults("/v1/trades?limit=x", 400, envelope(message=text)) == {"FUZ-27"}


@pytest.mark.parametrize(
    "text",
    ["invalid type: null at line 1 column 9", "no order '/root/1'", "5:30 is no time"],
)
def test_what_a_client_can_use_or_has_sent_is_no_debug_text(text: str) -> None:
    target = "/v1/trades?symbol=/root/1&limit=x"
    assert faults(target, 400, envelope(message=text)) == set()


def test_one_cause_has_one_key_whatever_the_values() -> None:
    told = envelope("INVALID_REQUEST", "invalid type: integer `7`")
    one = exchange("/v1/trades?limit=7", 400, told)
    other = exchange("/v1/trades?limit=8", 400, told.replace("7", "8"))
    assert {f.key for f in faults_of(one)} == {f.key for f in faults_of(other)}
