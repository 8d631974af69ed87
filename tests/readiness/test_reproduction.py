"""A finding can be seen again with lines that a person types."""

import shlex

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
