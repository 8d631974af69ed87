"""Each entry goes between the parties that said and heard it."""

from dataclasses import replace

import pytest

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Transcript
from conformance.report.lanes import lanes, way
from fixtures import report_story


def entry(kind: Kind, party: Party = Party.SUITE) -> Entry:
    return Entry(1, 0.0, party, kind, {})


@pytest.mark.parametrize(
    ("kind", "party", "expected"),
    [
        (Kind.REQUEST, Party.STRATEGY, "strategy-gateway"),
        (Kind.RESPONSE, Party.GATEWAY, "gateway-strategy"),
        (Kind.MESSAGE, Party.GATEWAY, "gateway-strategy"),
        (Kind.MESSAGE, Party.STRATEGY, "strategy-gateway"),
        (Kind.CLOSED, Party.GATEWAY, "gateway-strategy"),
        (Kind.CALL, Party.GATEWAY, "gateway-engine"),
        (Kind.ANSWER, Party.VENUE, "engine-gateway"),
        (Kind.LINKED, Party.GATEWAY, "gateway-engine"),
        (Kind.FRAME, Party.VENUE, "engine-gateway"),
        (Kind.FRAME, Party.GATEWAY, "gateway-engine"),
        (Kind.UNLINKED, Party.VENUE, "engine-gateway"),
        (Kind.BOOKED, Party.VENUE, "at-engine"),
        (Kind.LOG, Party.GATEWAY, "at-gateway"),
        (Kind.NOTE, Party.SUITE, "across"),
    ],
)
def test_an_entry_goes_from_who_said_it_to_who_heard_it(
    kind: Kind, party: Party, expected: str
) -> None:
    assert way(entry(kind, party)) == expected


def told(entries: list[Entry], provider: str = "tektii") -> Transcript:
    return replace(
        report_story.transcript(),
        header=replace(report_story.transcript().header, provider=provider),
        entries=tuple(entries),
    )


def test_every_kind_has_a_way() -> None:
    assert all(way(entry(kind)) for kind in Kind)


def test_the_engine_has_a_lane_only_where_it_was_played() -> None:
    above = [entry(Kind.REQUEST), entry(Kind.NOTE)]
    assert lanes(told(above)) == ("strategy", "Gateway")
    below = [entry(Kind.CALL), entry(Kind.BOOKED)]
    assert lanes(told([*above, *below])) == ("strategy", "Gateway", "Engine")
    venue = ("strategy", "Gateway", "venue")
    assert lanes(told([*above, entry(Kind.BOOKED)])) == venue


def test_the_lane_of_a_played_broker_has_its_name() -> None:
    below = [entry(Kind.CALL), entry(Kind.BOOKED)]
    assert lanes(told(below, "alpaca")) == ("strategy", "Gateway", "alpaca")
