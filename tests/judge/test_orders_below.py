"""What a broker was asked for is held against what the strategy asked for."""

import json

import pytest

from conformance.evidence.entry import Json, Kind, Party
from conformance.judge.orders_below import (
    FOLLOWED,
    Below,
    orders_below,
    same,
    told,
    unfulfilled,
)
from fixtures.calls import Told

ORDER = {"client_order_id": "a", "quantity": "2", "order_type": "LIMIT"}


class Followed(Told):
    """A run in which an order is followed to its broker."""

    def __init__(self) -> None:
        super().__init__("oanda")

    def noted(self, case: str = "one", client: str = "a") -> None:
        facts = {"case": case, "client_id": client, "lacks": []}
        self.recorder.note(case, name=FOLLOWED, facts=facts)

    def sent(self, status: int = 201, **fields: Json) -> None:
        self.order(status, **{**ORDER, **fields})

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

    def only(self) -> Below:
        (found,) = orders_below(self.transcript)
        return found


def test_what_differs_is_told_by_value_and_not_by_spelling() -> None:
    played = Followed()
    played.noted()
    played.called()
    played.sent(limit_price="50")
    found = played.only()
    assert found.taken
    differs = found.differs("quantity", "order_type", "limit_price", "stop_price")
    assert told(differs) == "order_type is STOP, limit_price is missing"


def test_nothing_differs_of_an_order_that_was_not_sent() -> None:
    played = Followed()
    played.noted()
    played.called("other")
    played.sent(501)
    found = played.only()
    assert (found.refused, found.decided, found.taken) == (True, True, False)
    assert (found.said, found.differs("quantity")) == ({}, {})
    assert len(found.questions) == 1


def test_an_order_without_a_note_or_an_answer_is_none_of_the_cases() -> None:
    played = Followed()
    played.sent()
    played.noted(client="b")
    played.recorder.request(
        "POST", "/v1/orders", {}, json.dumps({**ORDER, "client_order_id": "b"}), False
    )
    played.noted("two", "c")
    played.sent(client_order_id="c")
    transcript = played.transcript
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
def test_amounts_say_the_same_by_value_and_words_by_letter(
    name: str, asked: str, said: str | None, wanted: bool
) -> None:
    assert same(name, asked, said) is wanted


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
    played = Followed()
    played.ask("GET", "/v1/capabilities", None, 200, {"features": features})
    played.noted()
    played.called(fault=fault)
    played.sent(status)
    assert len(list(unfulfilled(played.transcript, "oco", "one"))) == found


@pytest.mark.parametrize(("had", "shown"), [(False, 0), (True, 1)])
def test_a_feature_works_only_where_the_broker_had_the_order(
    had: bool, shown: int
) -> None:
    played = Followed()
    played.ask("GET", "/v1/capabilities", None, 200, {"features": ["oco"]})
    played.noted()
    played.called()
    if had:
        told = {"client_order_id": "a", "symbol": "S", "side": "BUY", "fill": "2"}
        played.recorder.add(Party.VENUE, Kind.BOOKED, what="filled", order="7", **told)
    played.sent()
    assert len(list(unfulfilled(played.transcript, "oco", "one"))) == shown
