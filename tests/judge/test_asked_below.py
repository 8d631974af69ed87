"""What a broker was asked for is held against what the strategy asked for."""

import json
from typing import Any

import pytest

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.asked_below import (
    Below,
    claims,
    held_before,
    orders_below,
    same,
    told,
    unfulfilled,
)
from conformance.judge.venue import booked

ORDER = {"client_order_id": "a", "quantity": "2", "order_type": "LIMIT"}


class Played:
    """Writes a transcript as a Gateway, a strategy and a broker would."""

    def __init__(self) -> None:
        header = Header("s", "i", "oanda", "p", ("A", "B"), 1, "now")
        self.recorder = Recorder(header, iter(range(1000)).__next__)

    def noted(self, case: str = "one", client: str = "a") -> None:
        facts = {"case": case, "client": client, "lacks": []}
        self.recorder.note(case, name="case", facts=facts)

    def asked(self, method: str, path: str, sent: Any, status: int, body: Any) -> None:
        number = self.recorder.request(method, path, {}, json.dumps(sent), False)
        self.answered(number, status, body)

    def answered(self, number: int, status: int, body: Any) -> None:
        self.recorder.add(
            Party.GATEWAY,
            Kind.RESPONSE,
            exchange=number,
            status=status,
            body=json.dumps(body),
        )

    def order(self, status: int = 201, **fields: Any) -> None:
        self.asked("POST", "/v1/orders", {**ORDER, **fields}, status, {"id": "1"})

    def called(self, operation: str = "submit", fault: str | None = None) -> None:
        said = {"quantity": "2.0", "order_type": "STOP"}
        self.recorder.add(
            Party.GATEWAY,
            Kind.CALL,
            call=1,
            method="POST",
            target="/o",
            operation=operation,
            client_order_id="a",
            meant=said,
            fault=fault,
        )

    def filled(self, side: str, fill: str, symbol: str = "A") -> None:
        self.recorder.add(
            Party.VENUE,
            Kind.BOOKED,
            what="filled",
            order="1",
            client_order_id="a",
            symbol=symbol,
            side=side,
            fill=fill,
        )

    def closed(self) -> Transcript:
        return self.recorder.close(complete=True)

    def only(self) -> Below:
        (found,) = orders_below(self.closed())
        return found


def test_what_differs_is_told_by_value_and_not_by_spelling() -> None:
    played = Played()
    played.noted()
    played.called()
    played.order(limit_price="50")
    found = played.only()
    assert found.taken
    differs = found.differs("quantity", "order_type", "limit_price", "stop_price")
    assert told(differs) == "order_type is STOP, limit_price is missing"


def test_nothing_differs_of_an_order_that_was_not_sent() -> None:
    played = Played()
    played.noted()
    played.called("other")
    played.order(501)
    found = played.only()
    assert (found.refused, found.decided, found.taken) == (True, True, False)
    assert (found.said, found.differs("quantity")) == ({}, {})
    assert len(found.questions) == 1


def test_an_order_without_a_note_or_an_answer_is_none_of_the_cases() -> None:
    played = Played()
    played.order()
    played.noted(client="b")
    played.recorder.request(
        "POST", "/v1/orders", {}, json.dumps({**ORDER, "client_order_id": "b"}), False
    )
    played.noted("two", "c")
    played.order(client_order_id="c")
    transcript = played.closed()
    assert [each.case for each in orders_below(transcript)] == ["two"]
    assert not list(orders_below(transcript, "one"))


@pytest.mark.parametrize(
    ("name", "asked", "said", "wanted"),
    [
        ("side", "BUY", "BUY", True),
        ("side", "BUY", None, False),
        ("quantity", "2", "2.00", True),
        ("quantity", "2", None, False),
        ("quantity", "two", "two", False),
    ],
)
def test_a_field_that_says_the_same(
    name: str, asked: str, said: str | None, wanted: bool
) -> None:
    assert same(name, asked, said) is wanted


def test_a_claim_is_an_answer_that_can_be_read() -> None:
    played = Played()
    assert claims(played.closed()) == (None, {})
    played = Played()
    played.asked("GET", "/v1/capabilities", None, 502, {})
    played.asked("GET", "/v1/capabilities", None, 200, {"features": ["oco"]})
    assert claims(played.closed())[1] == {"features": ["oco"]}


@pytest.mark.parametrize(
    ("features", "fault", "status", "found"),
    [
        (["oco"], "no such order", 422, 2),
        (["oco"], None, 422, 1),
        (["oco"], None, 201, 0),
        ([], "no such order", 422, 0),
    ],
)
def test_a_feature_is_unfulfilled_where_nothing_that_can_be_read_was_sent(
    features: list[str], fault: str | None, status: int, found: int
) -> None:
    played = Played()
    played.asked("GET", "/v1/capabilities", None, 200, {"features": features})
    played.noted()
    played.called(fault=fault)
    played.order(status)
    assert len(list(unfulfilled(played.closed(), "oco", "one"))) == found


def test_a_feature_worked_where_the_broker_never_had_the_order() -> None:
    for had, shown in ((False, 0), (True, 1)):
        played = Played()
        played.asked("GET", "/v1/capabilities", None, 200, {"features": ["oco"]})
        played.noted()
        played.called()
        if had:
            played.filled("BUY", "2")
        played.order(201)
        assert len(list(unfulfilled(played.closed(), "oco", "one"))) == shown


def test_what_was_held_is_the_sum_of_the_symbols_fills_before() -> None:
    played = Played()
    played.filled("BUY", "5")
    played.filled("SELL", "2")
    played.filled("BUY", "7", "B")
    played.filled("SELL", "1")
    transcript = played.closed()
    *_, last = booked(transcript)
    assert held_before(transcript, last) == 3
