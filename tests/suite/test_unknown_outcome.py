"""Of orders that were sent twice, the one that the venue took twice is told first."""

from dataclasses import replace
from typing import Any

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding
from conformance.suite.gateway.unknown_outcome import what_may_exist_is_not_sent_again
from fixtures import report_story


def renamed(entry: Entry, number: int) -> Entry:
    """The same of another order, that the venue took once."""
    told: dict[str, Any] = {
        k: v.replace("cf0007-1", "cf0007-0") if isinstance(v, str) else v
        for k, v in entry.data.items()
    }
    if entry.kind is Kind.NOTE and "facts" in told:
        told["facts"] = {**told["facts"], "client_id": "cf0007-0"}
    for name in ("exchange", "call"):
        if name in told:
            told[name] += 100
    return replace(entry, number=number, data=told)


def sent_twice() -> Transcript:
    """An order that was sent and taken twice, after one that was taken once."""
    whole = report_story.transcript()
    before = [e for e in whole.entries if e.data.get("order") != "84"]
    entries = [renamed(e, n) for n, e in enumerate(before, 1)]
    entries += [replace(e, number=len(entries) + e.number) for e in whole.entries]
    return replace(whole, entries=tuple(entries))


def test_an_order_that_the_venue_took_twice_is_told_before_one_it_took_once() -> None:
    told = [
        each.sentence
        for each in what_may_exist_is_not_sent_again(sent_twice())
        if isinstance(each, Finding)
    ]
    assert told == [
        "Of order cf0007-1 its answer was lost; the Gateway sent it 2 times, and the "
        "venue has it 2 times.",
        "Of order cf0007-0 its answer was lost; the Gateway sent it 2 times, and the "
        "venue has it once.",
    ]
