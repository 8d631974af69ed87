"""Whose fault it is: a strategy's duty is not judged by what its Gateway did."""

from collections.abc import Iterator

import pytest

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.transcript import Ending, Header, Transcript
from conformance.judge.finding import (
    Finding,
    NotVerified,
    Observation,
    finding,
    occurred,
)
from conformance.suite.pair.sides import parts, the_gateway, the_strategy

ORDER = '{"symbol":"A","side":"BUY","quantity":"1.0"}'
SENT = '{"symbol":"A","side":"buy","order_type":"market","quantity":"1"}'


def transcript(*rows: tuple[Party, Kind, dict[str, Json]]) -> Transcript:
    header = Header("pair-x", "pair-x (pair)", "tektii", "cf", ("A",), 1, "")
    entries = (Entry(n, n / 10, *row) for n, row in enumerate(rows, 1))
    return Transcript(header, tuple(entries), Ending(True))


def request(run: str, exchange: int) -> tuple[Party, Kind, dict[str, Json]]:
    data = {"exchange": exchange, "method": "POST", "target": "/v1/orders"}
    body = {"headers": {}, "body": ORDER, "deliberate": False, "run": run}
    return Party.STRATEGY, Kind.REQUEST, data | body


def response(run: str, exchange: int, **more: Json) -> tuple[Party, Kind, Json]:
    data = {"exchange": exchange, "status": 201, "headers": {}, "body": "{}"}
    return Party.GATEWAY, Kind.RESPONSE, {**data, "run": run, **more}


def call(run: str, number: int) -> tuple[Party, Kind, dict[str, Json]]:
    data = {"call": number, "method": "POST", "target": "/api/v1/orders", "body": SENT}
    return Party.GATEWAY, Kind.CALL, {**data, "headers": {}, "run": run}


def every_order(found: Transcript) -> Iterator[Observation]:
    for entry in found.of_kind(Kind.REQUEST):
        yield occurred(entry)
        yield finding("It asked.", entry)


def seen(judged: Iterator[Observation]) -> list[tuple[str, tuple[int, ...]]]:
    return [(o.sentence, o.entries) for o in judged if isinstance(o, Finding)]


def test_a_finding_says_whose_it_is() -> None:
    found = transcript(request("a-", 1), response("a-", 1), call("a-", 1))
    assert seen(the_strategy(every_order)(found)) == [("(strategy) It asked.", (1,))]
    assert seen(the_gateway(every_order)(found)) == [("(Gateway) It asked.", (1,))]


def test_a_run_whose_gateway_sent_an_order_twice_says_nothing_of_the_strategy() -> None:
    twice = (request("a-", 1), call("a-", 1), call("a-", 2), response("a-", 1))
    once = (request("b-", 2), call("b-", 1), response("b-", 2))
    judged = the_strategy(every_order)(transcript(*twice, *once))
    assert seen(judged) == [("(strategy) It asked.", (5,))]
    with pytest.raises(NotVerified, match="2 times, and was asked to 1 times"):
        seen(the_strategy(every_order)(transcript(*twice)))


def test_a_strategy_that_asks_twice_has_nobody_else_to_blame() -> None:
    rows = (request("a-", 1), call("a-", 1), request("a-", 2), call("a-", 2))
    assert len(seen(the_strategy(every_order)(transcript(*rows)))) == 2


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (Kind.PROCESS, {"event": "died", "status": 1, "run": "a-"}, "had died"),
        (
            Kind.NOTE,
            {"name": "not-passed-on", "facts": {"run": "a-", "events": ["evt-1"]}},
            "did not pass on the events evt-1",
        ),
        (
            Kind.NOTE,
            {"name": "ack-kept", "facts": {"run": "a-", "events": ["evt-1"]}},
            "did not pass on the acknowledgements of evt-1",
        ),
    ],
)
def test_what_a_gateway_failed_to_do_is_no_fault_of_the_strategy(
    kind: Kind, data: dict[str, Json], told: str
) -> None:
    found = transcript(request("a-", 1), (Party.GATEWAY, kind, data))
    with pytest.raises(NotVerified, match=told):
        seen(the_strategy(every_order)(found))


def test_what_we_answered_and_cut_is_no_answer_of_the_gateways() -> None:
    ours = (request("a-", 1), response("a-", 1, deliberate=True))
    lost = {"exchange": 2, "reason": "reset", "detail": "ended by us", "run": "a-"}
    cut = (request("a-", 2), (Party.GATEWAY, Kind.NO_RESPONSE, lost))
    theirs = (request("a-", 3), response("a-", 3))
    (part,) = parts(transcript(*ours, *cut, *theirs))
    assert [e.data["exchange"] for e in part.entries] == [3, 3]


def test_each_gateway_is_judged_alone() -> None:
    found = transcript(request("a-", 1), request("b-", 2), response("a-", 1))
    assert [len(part.entries) for part in parts(found)] == [2, 1]


def test_a_build_without_the_provider_says_so_everywhere() -> None:
    note = {"text": "this build has no tektii provider", "name": "lacking"}
    found = transcript((Party.SUITE, Kind.NOTE, note))
    for side in (the_strategy, the_gateway):
        with pytest.raises(NotVerified, match="no tektii provider"):
            seen(side(every_order)(found))
