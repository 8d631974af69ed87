"""Our own illegal messages and quarrels of validators are our faults."""

import pytest

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header, Transcript
from conformance.spec import exchange_validation
from conformance.suite.second_opinion import disagreements, illegal_requests

JSON = {"content-type": "application/json"}


def transcript(body: str, *, deliberate: bool = False) -> Transcript:
    header = Header("cancel", "one", "mock", "cf1", ("CT1",), 7, "")
    recorder = Recorder(header, lambda: 0.0)
    for _ in range(2):
        asked = recorder.request("POST", "/v1/orders", JSON, body, deliberate)
        recorder.add(
            Party.GATEWAY,
            Kind.RESPONSE,
            exchange=asked,
            status=201,
            headers=JSON,
            body="{}",
        )
    return recorder.close(complete=True)


def test_an_illegal_request_of_ours_is_told_once() -> None:
    told = list(illegal_requests([transcript('{"symbol": 7}')]))
    assert len(told) == len(set(told))
    assert any("cancel sent an illegal POST /v1/orders" in each for each in told)


def test_one_that_was_meant_is_not() -> None:
    assert not list(illegal_requests([transcript("{", deliberate=True)]))


def test_a_quarrel_of_the_validators_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not list(disagreements([transcript("{}")]))
    monkeypatch.setattr(exchange_validation, "openapi_core_fault", lambda *_: None)
    (told,) = disagreements([transcript("{}")])
    assert "openapi-core good" in told


def test_an_empty_text_is_no_quarrel() -> None:
    header = Header("metrics", "one", "mock", "cf1", ("CT1",), 7, "")
    recorder = Recorder(header, lambda: 0.0)
    asked = recorder.request("GET", "/metrics", {}, None, False)
    told = {"status": 200, "headers": {"content-type": "text/plain"}, "body": ""}
    recorder.add(Party.GATEWAY, Kind.RESPONSE, exchange=asked, **told)
    assert not list(disagreements([recorder.close(complete=True)]))
