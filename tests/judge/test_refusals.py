"""A table's cases are read back, and traces of what was refused are told apart."""

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.refusals import announced_traces, listed_traces, tried


def _recorder() -> Recorder:
    header = Header("s", "i", "mock", "p", ("A", "B"), 1, "now")
    return Recorder(header, iter(range(1000)).__next__)


def _exchange(
    recorder: Recorder, method: str, path: str, status: int, body: str
) -> None:
    number = recorder.request(method, path, {}, "{}", False)
    recorder.add(
        Party.GATEWAY, Kind.RESPONSE, exchange=number, status=status, body=body
    )


def _case(recorder: Recorder, name: str, status: int, symbol: str = "B") -> None:
    facts = {"case": name, "client_id": f"id-{name}", "symbol": symbol}
    recorder.note(name, name="case", facts=facts)
    _exchange(recorder, "POST", "/v1/orders", status, "{}")


def _closed(recorder: Recorder) -> Transcript:
    return recorder.close(complete=True)


def test_the_request_after_the_note_is_the_case() -> None:
    recorder = _recorder()
    _case(recorder, "first", 400)
    _exchange(recorder, "GET", "/v1/orders", 200, "[]")
    _case(recorder, "second", 201)
    cases = list(tried(_closed(recorder)))
    assert [(case.name, case.refused) for case in cases] == [
        ("first", True),
        ("second", False),
    ]
    assert cases[1].accepted


def test_an_answer_for_want_of_a_key_or_of_time_judges_no_request() -> None:
    recorder = _recorder()
    _case(recorder, "limited", 429)
    (case,) = tried(_closed(recorder))
    assert case.status is None
    assert not case.refused
    assert not case.accepted


def test_a_position_in_a_symbol_of_refused_orders_only_is_a_trace() -> None:
    recorder = _recorder()
    _case(recorder, "refused", 400)
    held = '[{"id": "pos", "symbol": "B", "quantity": "1"}]'
    _exchange(recorder, "GET", "/v1/positions?symbol=B", 200, held)
    (trace,) = listed_traces(_closed(recorder))
    assert trace.what == "GET positions shows id pos, symbol B, quantity 1"


def test_an_order_in_a_symbol_that_an_accepted_order_shares_is_no_trace() -> None:
    recorder = _recorder()
    _case(recorder, "refused", 400)
    _case(recorder, "accepted", 201)
    listed = '[{"id": "1", "symbol": "B", "client_order_id": "id-accepted"}]'
    _exchange(recorder, "GET", "/v1/orders?symbol=B", 200, listed)
    assert not list(listed_traces(_closed(recorder)))


def test_an_order_announced_under_a_refused_id_is_a_trace() -> None:
    recorder = _recorder()
    _case(recorder, "refused", 400)
    _case(recorder, "accepted", 201)
    recorder.add(
        Party.GATEWAY,
        Kind.MESSAGE,
        stream="stream-1",
        text='{"type": "order", "event": "ORDER_CREATED", '
        '"order": {"id": "9", "symbol": "B", "client_order_id": "id-refused"}}',
    )
    (trace,) = announced_traces(_closed(recorder))
    assert trace.what.startswith("ORDER_CREATED tells id 9")
