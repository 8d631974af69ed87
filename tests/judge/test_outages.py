"""What was asked while the venue was away is told apart from what came after it."""

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.outages import afterwards, during, outages

PATHS = ("/v1/one", "/v1/two", "/v1/three")


def asked(recorder: Recorder, target: str) -> None:
    number = recorder.request("GET", target, {}, None, False)
    recorder.add(
        Party.GATEWAY,
        Kind.RESPONSE,
        exchange=number,
        status=200,
        headers={},
        body="[]",
        seconds=0,
    )


def played(*, back: bool) -> Transcript:
    """One request before the venue goes, one while it is away, one afterwards."""
    recorder = Recorder(
        Header("outage", "a test", "tektii", "", (), 0, ""), lambda: 0.0
    )
    asked(recorder, PATHS[0])
    recorder.note("the Engine goes away", name="away")
    asked(recorder, PATHS[1])
    if back:
        recorder.note("the Engine is back", name="back")
    asked(recorder, PATHS[2])
    return recorder.close(complete=True)


def test_an_outage_lasts_from_the_going_to_the_return() -> None:
    transcript = played(back=True)
    assert [e.target for _, e in during(transcript)] == [PATHS[1]]
    assert [e.target for _, e in afterwards(transcript)] == [PATHS[2]]


def test_an_outage_without_a_return_lasts_to_the_end() -> None:
    transcript = played(back=False)
    (outage,) = outages(transcript)
    assert outage.back is None
    assert [e.target for _, e in during(transcript)] == list(PATHS[1:])
    assert list(afterwards(transcript)) == []
