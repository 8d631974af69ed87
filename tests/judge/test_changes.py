"""Cancels and modifications are read with the states of the order around them."""

import json
from typing import Any

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.changes import (
    after,
    before,
    cancels,
    differences,
    fenced,
    modifications,
)

OPEN = {"id": "a", "status": "OPEN", "quantity": "2"}


def _recorder() -> Recorder:
    header = Header("s", "i", "mock", "p", ("A",), 1, "now")
    return Recorder(header, iter(range(1000)).__next__)


def _exchange(
    recorder: Recorder, method: str, path: str, body: Any, status: int = 200
) -> int:
    number = recorder.request(method, path, {}, '{"quantity": "3"}', False)
    recorder.add(
        Party.GATEWAY,
        Kind.RESPONSE,
        exchange=number,
        status=status,
        body=json.dumps(body),
    )
    return number


def _modified_twice() -> Transcript:
    recorder = _recorder()
    for quantity in ("2", "3"):
        _exchange(recorder, "GET", "/v1/orders/a", {**OPEN, "quantity": quantity})
        _exchange(recorder, "PATCH", "/v1/orders/a", {"order": OPEN})
    return recorder.close(complete=True)


def test_a_state_after_the_next_change_shows_nothing_of_this_one() -> None:
    transcript = _modified_twice()
    first, second = modifications(transcript)
    shown = after(transcript, first)
    assert shown is not None
    assert shown[1]["quantity"] == "3"
    assert after(transcript, second) is None
    assert before(transcript, second) == shown


def test_what_replaced_an_order_is_its_state_after() -> None:
    recorder = _recorder()
    new = {"order": {**OPEN, "id": "b"}, "previous_order_id": "a"}
    _exchange(recorder, "PATCH", "/v1/orders/a", new)
    _exchange(recorder, "GET", "/v1/orders/b", {**OPEN, "id": "b"})
    transcript = recorder.close(complete=True)
    (change,) = modifications(transcript)
    shown = after(transcript, change)
    assert shown is not None
    assert (shown[1]["id"], change.previous, change.in_place) == ("b", "a", False)


def test_an_answer_that_does_not_say_whether_it_succeeded_is_no_success() -> None:
    recorder = _recorder()
    _exchange(recorder, "DELETE", "/v1/orders/a", {})
    _exchange(recorder, "DELETE", "/v1/orders/a", {"order": OPEN})
    _exchange(recorder, "DELETE", "/v1/orders/a", {"order": OPEN, "success": False})
    _exchange(recorder, "DELETE", "/v1/orders/a", {"order": OPEN, "success": True})
    found = list(cancels(recorder.close(complete=True)))
    assert [c.accepted for c in found] == [False, False, True, True]
    assert [c.succeeded for c in found] == [False, False, False, True]


def test_decimals_are_compared_as_numbers_and_named_fields_are_left_out() -> None:
    then = {**OPEN, "quantity": "2.0", "status": "CANCELLED", "limit_price": "5"}
    assert differences(OPEN, then, but={"limit_price": "5"}) == (
        "status went from OPEN to CANCELLED"
    )


def test_announcements_are_complete_up_to_the_last_passed_fence() -> None:
    recorder = _recorder()
    _exchange(recorder, "POST", "/v1/orders", {"id": "m"}, 201)
    placed = recorder.entries[-2].number
    assert fenced(recorder.close(complete=True)) == 0
    recorder.note("fence", name="fence", facts={"order": "m", "passed": True})
    assert fenced(recorder.close(complete=True)) == placed
