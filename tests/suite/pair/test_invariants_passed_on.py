"""What was acknowledged above goes up: where it does not, time stands still."""

import json

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.finding import Finding
from conformance.suite.pair.invariants_passed_on import every_acknowledgement_goes_up

ACK = {"type": "event_ack", "correlation_id": "c", "events_processed": ["evt-1"]}


def transcript(*rows: tuple[Party, Kind, dict[str, Json]]) -> Transcript:
    header = Header("pair-x", "pair-x (pair)", "tektii", "cf", ("A",), 1, "")
    entries = tuple(Entry(n, n / 10, *row) for n, row in enumerate(rows, 1))
    return Transcript(header, entries, Ending(True))


def acknowledged() -> tuple[Party, Kind, dict[str, Json]]:
    return Party.STRATEGY, Kind.MESSAGE, {"stream": "a-1", "text": json.dumps(ACK)}


def test_an_acknowledgement_that_the_gateway_keeps_is_found() -> None:
    """PAC-10: a Gateway that stands still takes a script's whole time to show it."""
    facts = {"run": "a-", "events": ["evt-1"]}
    kept = (Party.SUITE, Kind.NOTE, {"name": "ack-kept", "facts": facts, "text": ""})
    told = list(every_acknowledgement_goes_up(transcript(acknowledged(), kept)))
    (found,) = (o for o in told if isinstance(o, Finding))
    assert found.sentence.startswith("The strategy acknowledged evt-1, and the Engine")
    assert found.entries == (2,)


def test_one_that_went_up_is_no_finding() -> None:
    (seen,) = every_acknowledgement_goes_up(transcript(acknowledged()))
    assert not isinstance(seen, Finding)
