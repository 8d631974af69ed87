"""A finding can be seen again with lines that a person types."""

import shlex
from dataclasses import replace

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Header, Transcript
from conformance.readiness.reproduction import MOST, Reproducer

HEADER = Header("cancel", "one", "mock", "cf1", ("CT1",), 7, "2026-01-01T00:00:00Z")
KEY = "planted-secret-of-more-than-32-characters"


def transcript(body: str | None = '{"symbol": "it\'s"}') -> Transcript:
    ticks = iter(range(1000))
    recorder = Recorder(HEADER, lambda: float(next(ticks)), Redactor((KEY,)))
    sent = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    for _ in range(MOST + 2):
        asked = recorder.request("POST", "/v1/orders?a=1&b=2", sent, body, False)
        recorder.add(
            Party.GATEWAY,
            Kind.RESPONSE,
            exchange=asked,
            status=201,
            headers={},
            body="",
        )
    recorder.add(Party.STRATEGY, Kind.MESSAGE, stream="s1", text='{"type": "pong"}')
    recorder.add(Party.GATEWAY, Kind.MESSAGE, stream="s1", text='{"type": "order"}')
    return recorder.close(complete=True)


def line(*entries: int, body: str | None = '{"symbol": "it\'s"}') -> str:
    return Reproducer([transcript(body)]).line("cancel", entries)


def test_an_answer_leads_to_its_request() -> None:
    assert line(2) == line(1)
    assert line(2).startswith("curl -i -X POST")


def test_a_shell_reads_the_line_as_it_was_sent() -> None:
    words = shlex.split(line(1))
    assert '{"symbol": "it\'s"}' in words
    assert "$GATEWAY_URL/v1/orders?a=1&b=2" in words


def test_the_key_is_a_variable_that_the_shell_fills_in() -> None:
    assert KEY not in line(1)
    assert '"authorization: Bearer $GATEWAY_API_KEY"' in line(1)


def test_many_requests_are_cut_to_the_last_ones() -> None:
    assert len(line(*range(1, 2 * MOST + 5)).splitlines()) <= MOST


def test_a_message_of_ours_is_told_and_one_of_the_subject_is_not_sent() -> None:
    ours, theirs = 2 * MOST + 5, 2 * MOST + 6
    assert line(ours) == '# on the stream: {"type": "pong"}'
    assert line(theirs) == ""


def test_a_request_without_a_body_has_none() -> None:
    assert "--data-raw" not in line(1, body=None)


def test_a_finding_about_no_known_transcript_has_no_line() -> None:
    assert Reproducer([]).line("cancel", (1,)) == ""
    assert line(9999) == ""


def asked(
    recorder: Recorder, method: str, target: str, sent: str | None, told: str
) -> int:
    number = recorder.request(method, target, {}, sent, False)
    status = 201 if method == "POST" else 200
    recorder.add(
        Party.GATEWAY,
        Kind.RESPONSE,
        exchange=number,
        status=status,
        headers={},
        body=told,
    )
    return len(recorder.entries)


def test_an_order_that_a_line_names_is_made_by_a_line_before_it() -> None:
    """A line named an id that only the Gateway of the run had."""
    recorder = Recorder(HEADER, lambda: 0.0, Redactor(()))
    asked(recorder, "POST", "/v1/orders", '{"symbol": "A"}', '{"id": "o-1"}')
    last = asked(recorder, "PATCH", "/v1/orders/o-1?a=1", "{}", "{}")
    made, changed = (
        Reproducer([recorder.close(complete=True)]).line("cancel", (last,)).splitlines()
    )
    assert made.startswith("ORDER_ID=$(curl -s -X POST")
    assert '"$GATEWAY_URL"/v1/orders/"$ORDER_ID"\'?a=1\'' in changed


def test_two_orders_have_two_names_and_are_made_once() -> None:
    recorder = Recorder(HEADER, lambda: 0.0, Redactor(()))
    first = asked(recorder, "POST", "/v1/orders", "{}", '{"id": "o-1"}')
    asked(recorder, "POST", "/v1/orders", '{"a": 1}', '{"id": "o-2"}')
    cited = [
        asked(recorder, "GET", f"/v1/orders/{name}", None, "{}")
        for name in ("o-1", "o-2", "o-1")
    ]
    told = Reproducer([recorder.close(complete=True)]).line("cancel", (first, *cited))
    lines = told.splitlines()
    assert [line.partition("$(")[0] for line in lines[::2]] == [
        "ORDER_ID=",
        "ORDER_ID_2=",
    ]
    assert lines[1].endswith('/v1/orders/"$ORDER_ID"')
    assert lines[3].endswith('/v1/orders/"$ORDER_ID_2"')


def test_a_position_that_a_line_names_is_opened_and_asked_for_before_it() -> None:
    recorder = Recorder(HEADER, lambda: 0.0, Redactor(()))
    order = '{"symbol": "A", "order_type": "MARKET"}'
    asked(recorder, "POST", "/v1/orders", order, '{"id": "o-1"}')
    listed = '[{"id": "p-1", "symbol": "A"}]'
    asked(recorder, "GET", "/v1/positions?symbol=A", None, listed)
    last = asked(recorder, "DELETE", "/v1/positions/p-1", None, "{}")
    told = Reproducer([recorder.close(complete=True)]).line("cancel", (last,))
    opened, pause, learnt, closed = told.splitlines()
    assert "MARKET" in opened
    assert pause == "sleep 1"
    assert learnt.startswith('POSITION_ID=$(curl -s "$GATEWAY_URL"\'/v1/positions')
    assert closed.endswith('/v1/positions/"$POSITION_ID"')


def test_what_took_an_engine_below_names_the_script_that_plays_it() -> None:
    header = replace(HEADER, script="fuzz-upstream-ids", provider="tektii")
    recorder = Recorder(header, lambda: 0.0, Redactor(()))
    number = asked(recorder, "GET", "/v1/orders/1", None, "{}")
    lines = Reproducer([recorder.close(complete=True)]).line(
        "fuzz-upstream-ids", (number,)
    )
    assert lines.splitlines()[-1] == (
        "# over the Engine that this script plays: "
        "gateway-conformance/fuzz-upstream-ids --gateway-fuzz --conformance-seed 7"
    )


def test_what_a_broker_did_is_seen_again_with_the_script_that_plays_it() -> None:
    header = replace(HEADER, script="saxo-closes", provider="saxo")
    recorder = Recorder(header, lambda: 0.0, Redactor(()))
    number = asked(recorder, "GET", "/v1/orders/1", None, "{}")
    lines = Reproducer([recorder.close(complete=True)]).line("saxo-closes", (number,))
    assert lines.splitlines()[-1] == (
        "# over the saxo that this script plays: gateway-conformance/saxo-closes "
        "--gateway-provider saxo --conformance-seed 7; by hand: conformance venue saxo"
    )
