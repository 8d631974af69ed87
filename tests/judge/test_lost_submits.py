"""Of a submit whose answer was lost all that is about it is found, and nothing else."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Transcript
from conformance.judge.lost_submits import LostSubmit, lost_submits
from conformance.judge.unknown import FAULT, LOST
from conformance.judge.venue_answers import PLANNED
from fixtures import lost_orders, report_story


def found() -> list[LostSubmit]:
    return list(lost_submits(lost_orders.transcript()))


def kinds(submit: LostSubmit) -> list[str]:
    return [str(entry.kind) for entry in submit.entries]


def story(entries: Iterable[Entry] | None = None) -> Transcript:
    """The stored story: one submit, sent twice and booked twice."""
    told = report_story.transcript()
    return told if entries is None else replace(told, entries=tuple(entries))


def with_data(entry: Entry, **data: Any) -> Entry:
    return replace(entry, data={**entry.data, **data})


def followed(*rows: tuple[Party, Kind, dict[str, Any]]) -> Transcript:
    """The story, and what came after it."""
    told = report_story.transcript().entries
    later = (
        Entry(len(told) + place, 3.0 + place, party, kind, data)
        for place, (party, kind, data) in enumerate(rows, 1)
    )
    return story((*told, *later))


def test_every_planned_submit_is_found_and_how_often_it_was_sent() -> None:
    cases = found()
    assert len(cases) == 18
    assert cases[0].case == "the connection was reset once it was booked"
    sent = {each.case: len(each.sent) for each in cases}
    assert sent.pop("it was answered 503") == 1
    late = "its answer came late, and in pieces"
    assert sent.pop(late) == sent.pop(f"{late}, each time it was sent") == 1
    assert set(sent.values()) == {2}


def test_the_orders_that_exist_are_those_that_the_venue_took() -> None:
    counts = [len(each.orders) for each in found()]
    assert counts == [1] * 16 + [0, 0]
    first = found()[0]
    assert first.last(first.orders[0]).what == "accepted"


def test_what_was_asked_answered_booked_and_told_stands_in_order() -> None:
    (again,) = (e for e in found() if e.case == "it was booked and answered 504")
    assert kinds(again)[:4] == ["note", "request", "call", "booked"]
    assert kinds(again)[-4:] == ["request", "call", "answer", "response"]
    assert sorted(e.number for e in again.entries) == [e.number for e in again.entries]
    answers = [e.data["status"] for e in again.entries if e.kind is Kind.ANSWER]
    assert answers == [504, 400, 200]


def test_nothing_of_another_submit_is_among_them() -> None:
    cases = found()
    names = {each.client_id for each in cases}
    for each in cases:
        for entry in each.entries:
            if entry.kind in (Kind.REQUEST, Kind.CALL, Kind.BOOKED, Kind.FRAME):
                told = json.dumps(dict(entry.data)).replace("\\", "")
                told = told.replace(f'"{each.client_id}"', "")
                assert not any(f'"{n}"' in told for n in names), (each.case, entry)


def test_what_the_gateway_asks_for_itself_is_not_among_them() -> None:
    asked = {
        str(entry.data["target"]).rpartition("/")[2]
        for each in found()
        for entry in each.entries
        if entry.kind is Kind.CALL
    }
    assert asked == {"orders", "orders?state=ALL&count=500"}
    whole = list(lost_orders.transcript().of_kind(Kind.CALL))
    assert any(str(e.data["target"]).endswith("/summary") for e in whole)


def test_two_orders_of_one_submit_are_counted_as_two() -> None:
    (one,) = lost_submits(story())
    assert one.orders == ("81", "84")
    assert len(one.sent) == 2
    assert one.last("84").what == "filled"
    assert "log" not in kinds(one)
    assert 17 not in [e.number for e in one.entries]


def test_an_order_that_was_sent_under_another_name_is_counted_too() -> None:
    renamed = [
        with_data(e, body=str(e.data["body"]).replace("cf0007-1", "mine"))
        if e.kind is Kind.CALL and e.data["call"] == 2
        else with_data(e, client_order_id="mine")
        if e.kind is Kind.BOOKED and e.data["order"] == "84"
        else e
        for e in report_story.transcript().entries
    ]
    (one,) = lost_submits(story(renamed))
    assert one.orders == ("81", "84")
    assert len(one.sent) == 2


def test_a_call_that_was_never_answered_is_shown_too() -> None:
    unanswered = [
        e
        for e in report_story.transcript().entries
        if not (e.kind is Kind.ANSWER and e.data["call"] == 1)
    ]
    (one,) = lost_submits(story(unanswered))
    assert kinds(one).count("call") == 2
    assert kinds(one).count("answer") == 1


def test_a_later_case_and_the_clearing_away_are_not_of_it() -> None:
    cancel = {"call": 9, "method": "DELETE", "target": "/v1/orders/84", "body": None}
    later = (Party.GATEWAY, Kind.CALL, cancel)
    for note in ({"name": "tidying"}, {"name": PLANNED, "facts": {}}):
        (one,) = lost_submits(followed((Party.SUITE, Kind.NOTE, note), later))
        assert kinds(one).count("call") == 2
    started = (Party.SUITE, Kind.PROCESS, {"event": "starting"})
    (one,) = lost_submits(followed(started, later))
    assert kinds(one).count("call") == 2
    ended = (Party.SUITE, Kind.PROCESS, {"event": "exited"})
    (one,) = lost_submits(followed(ended, later))
    assert kinds(one).count("call") == 3


def test_an_id_at_the_venue_is_known_by_what_it_is_called() -> None:
    (one,) = lost_submits(story())
    assert one.about.told_in({"orders": [{"orderId": 84}]})
    assert one.about.told_in([{"order_id": "84"}])
    assert not one.about.told_in({"quantity": "84", "lastTransactionID": "84"})
    assert one.about.named_in("/v3/orders/@cf0007-1", ("v3", "orders", "@cf0007-1"))
    assert one.about.named_in("/v3/order?orderId=84", ("v3", "order"))
    assert not one.about.named_in("/v3/orders?limit=8", ("v3", "orders"))


def test_without_a_plan_for_its_answer_no_submit_is_one() -> None:
    plain = [
        with_data(e, name="fence") if e.data.get("name") == PLANNED else e
        for e in report_story.transcript().entries
    ]
    assert list(lost_submits(story(plain))) == []


def test_a_plan_that_a_stored_transcript_tells_otherwise_is_none() -> None:
    for facts in (None, "lost", {"kind": "refused", "client_id": "x"}, {"kind": LOST}):
        entries = [
            with_data(e, facts=facts) if e.data.get("name") == PLANNED else e
            for e in report_story.transcript().entries
        ]
        assert list(lost_submits(story(entries))) == []


def test_a_fault_before_it_was_booked_leaves_no_order() -> None:
    faulted = [
        with_data(e, facts={**e.data["facts"], "kind": FAULT})
        if e.data.get("name") == PLANNED
        else e
        for e in report_story.transcript().entries
        if e.kind is not Kind.BOOKED
    ]
    (one,) = lost_submits(story(faulted))
    assert one.orders == ()
    assert one.changes == ()
