"""Acknowledgements go up when they are given: not never, and not before."""

import json

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.finding import Finding, Observation
from conformance.suite.pair.invariants_passed_on import (
    every_acknowledgement_goes_up,
    nothing_is_released_before_it_is_acknowledged,
)

Row = tuple[Party, Kind, dict[str, Json]]
ACK = json.dumps({"type": "event_ack", "events_processed": ["evt-1"]})
CANDLE = json.dumps({"type": "candle", "event_id": "evt-1"})

TOLD: Row = Party.GATEWAY, Kind.MESSAGE, {"stream": "a-1", "text": CANDLE}
NAMED: Row = Party.STRATEGY, Kind.MESSAGE, {"stream": "a-1", "text": ACK}
RELEASED: Row = Party.GATEWAY, Kind.FRAME, {"link": 1, "text": ACK}


def transcript(*rows: Row) -> Transcript:
    header = Header("pair-x", "pair-x (pair)", "tektii", "cf", ("A",), 1, "")
    entries = tuple(Entry(n, n / 10, *row) for n, row in enumerate(rows, 1))
    return Transcript(header, entries, Ending(True))


def findings(told: list[Observation]) -> list[tuple[str, tuple[int, ...]]]:
    return [(o.sentence, o.entries) for o in told if isinstance(o, Finding)]


def test_an_acknowledgement_that_the_gateway_keeps_is_found() -> None:
    """PAC-10: a Gateway that stands still takes a script's whole time to show it."""
    facts = {"run": "a-", "events": ["evt-1"]}
    kept: Row = Party.SUITE, Kind.NOTE, {"name": "ack-kept", "facts": facts}
    told = list(every_acknowledgement_goes_up(transcript(TOLD, NAMED, kept)))
    ((sentence, entries),) = findings(told)
    assert sentence.startswith("The strategy acknowledged evt-1, and the Engine")
    assert entries == (3,)


def test_an_acknowledgement_that_went_up_a_moment_later_was_told_as_never_heard() -> (
    None
):
    facts = {"run": "a-", "events": ["evt-1"]}
    kept: Row = Party.SUITE, Kind.NOTE, {"name": "ack-kept", "facts": facts}
    found = transcript(TOLD, NAMED, kept, RELEASED)
    assert findings(list(every_acknowledgement_goes_up(found))) == []


def test_one_that_goes_up_seconds_later_was_kept_back_all_the_same() -> None:
    facts = {"run": "a-", "events": ["evt-1"]}
    kept: Row = Party.SUITE, Kind.NOTE, {"name": "ack-kept", "facts": facts}
    found = transcript(TOLD, NAMED, kept, *[TOLD] * 12, RELEASED)
    assert len(findings(list(every_acknowledgement_goes_up(found)))) == 1


def test_an_event_that_was_released_ahead_of_the_strategy_is_found() -> None:
    """PAC-13."""
    check = nothing_is_released_before_it_is_acknowledged
    for rows in ((TOLD, RELEASED), (TOLD, RELEASED, NAMED)):
        ((sentence, entries),) = findings(list(check(transcript(*rows))))
        assert sentence == (
            "The Gateway acknowledged evt-1, which the strategy had not."
        )
        assert entries == (2,)


def test_one_that_goes_up_when_it_is_given_is_no_finding() -> None:
    found = transcript(TOLD, NAMED, RELEASED)
    for check in (
        every_acknowledgement_goes_up,
        nothing_is_released_before_it_is_acknowledged,
    ):
        told = list(check(found))
        assert told
        assert findings(told) == []
