"""What a list of orders must hold, and which of its rows do not meet its filters."""

import json
from typing import Any

import pytest

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.judge.finding import Finding
from conformance.judge.listings import (
    FEW,
    HISTORY,
    OPEN,
    Listing,
    complete,
    listings,
    obeyed,
    ours,
    wanted,
)

NOON, LATER = "2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"


def _order(name: str, status: str, **fields: Any) -> dict[str, Any]:
    told = {"id": name, "symbol": "A", "side": "BUY", "status": status}
    return {**told, "filled_quantity": "0", "created_at": NOON, **fields}


class Story:
    """A transcript that is written line by line."""

    def __init__(self) -> None:
        header = Header("s", "i", "mock", "p", ("A",), 1, "now")
        self.recorder = Recorder(header, iter(range(1000)).__next__)

    def say(self, method: str, path: str, body: Any, status: int, sent: Any) -> None:
        number = self.recorder.request(method, path, {}, json.dumps(sent), False)
        text = json.dumps(body)
        self.recorder.add(
            Party.GATEWAY, Kind.RESPONSE, exchange=number, status=status, body=text
        )

    def submit(self, name: str, **fields: Any) -> None:
        sent = {"symbol": "A", "side": "BUY", **fields}
        self.say("POST", "/v1/orders", {"id": name}, 201, sent)

    def show(self, name: str, status: str) -> None:
        self.say("GET", f"/v1/orders/{name}", _order(name, status), 200, None)

    def rows(self, query: str, *rows: dict[str, Any], status: int = 200) -> None:
        self.say("GET", f"/v1/orders{query}", list(rows), status, None)

    def found(self, *names: str) -> list[Finding]:
        seen = obeyed(self.recorder.close(complete=True), OPEN, *names)
        return [each for each in seen if isinstance(each, Finding)]


def _one_live_order(query: str, *rows: dict[str, Any], status: int = 200) -> Story:
    story = Story()
    story.submit("a")
    story.show("a", "OPEN")
    story.rows(query, *rows, status=status)
    story.show("a", "OPEN")
    return story


def test_an_order_that_was_live_before_and_after_must_be_listed() -> None:
    story = _one_live_order("?symbol=A")
    (found,) = story.found("symbol")
    assert "lacks our orders ['a']" in found.sentence


def test_an_order_that_was_not_shown_afterwards_may_have_ended() -> None:
    story = Story()
    story.submit("a")
    story.show("a", "OPEN")
    story.rows("?symbol=A")
    assert story.found("symbol") == []


def test_a_list_that_may_have_been_cut_lacks_nothing() -> None:
    rows = [_order(f"x{place}", "OPEN") for place in range(FEW)]
    assert _one_live_order("?symbol=A", *rows).found("symbol") == []


def test_a_row_of_another_symbol_is_strange() -> None:
    rows = _order("a", "OPEN"), _order("b", "OPEN", symbol="B")
    (found,) = _one_live_order("?symbol=A", *rows).found("symbol")
    assert "1 orders that do not meet it" in found.sentence


def test_a_filter_that_is_refused_is_not_obeyed() -> None:
    (found,) = _one_live_order("?side=BUY", status=400).found("side")
    assert "400 and no list" in found.sentence


def test_an_ended_order_must_be_in_the_history_only() -> None:
    story = Story()
    story.submit("a")
    story.show("a", "CANCELLED")
    story.rows("?symbol=A")
    story.rows("/history?symbol=A")
    transcript = story.recorder.close(complete=True)
    orders = ours(transcript)
    (still,), (past,) = (
        tuple(listings(transcript, template)) for template in (OPEN, HISTORY)
    )
    assert wanted(still, orders) == frozenset()
    assert wanted(past, orders) == {"a"}
    assert len(list(complete(past, wanted(past, orders)))) == 2


@pytest.mark.parametrize(
    ("query", "strange"),
    [
        (f"since={LATER}", True),
        (f"since={NOON}", False),
        (f"until={NOON}", False),
        (f"until={LATER}", False),
        ("until=2026-01-01T11:59:59Z", True),
        ("since=soon", False),
    ],
)
def test_a_row_on_the_bound_of_a_time_is_not_strange(query: str, strange: bool) -> None:
    story = Story()
    story.rows(f"?{query}")
    (listing,) = listings(story.recorder.close(complete=True), OPEN)
    assert listing.is_strange(_order("a", "OPEN")) is strange


@pytest.mark.parametrize(
    "query", ["status=OPEN,FILLED", "status=OPEN&status=FILLED", "status=OPEN,,FILLED"]
)
def test_statuses_are_read_however_they_are_written(query: str) -> None:
    story = Story()
    story.rows(f"?{query}")
    listing: Listing
    (listing,) = listings(story.recorder.close(complete=True), OPEN)
    assert listing.statuses - {""} == {"OPEN", "FILLED"}
