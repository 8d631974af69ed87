"""Errors wait for somebody to handle them; an order that is sent anew is looked at."""

from typing import Any

import pytest

from fixtures.sessions.telling import Teller


def unhandled(told: Teller) -> list[str]:
    told.at += 3600
    told.note("health")
    return [t.sentence for t in told.story.troubles.unhandled(told.story.end)]


def error(told: Teller, code: str, **details: Any) -> None:
    told.message(type="error", code=code, message="it is so", details=details)


def test_a_missing_stop_is_handled_by_an_order_of_its_symbol() -> None:
    told = Teller()
    told.open()
    error(told, "POSITION_UNPROTECTED", symbol="BTCUSD")
    told.filled("1", "SELL", "1", "100")
    assert unhandled(told) == []


def test_an_order_of_another_symbol_handles_nothing() -> None:
    told = Teller()
    told.open()
    error(told, "POSITION_UNPROTECTED", symbol="ETHUSD")
    told.filled("1", "SELL", "1", "100")
    assert unhandled(told) == ["the Gateway told POSITION_UNPROTECTED: it is so"]


def test_a_fresh_error_need_not_be_handled_yet() -> None:
    told = Teller()
    told.open()
    error(told, "POSITION_UNPROTECTED", symbol="BTCUSD")
    assert told.story.troubles.unhandled(told.story.end) == ()


@pytest.mark.parametrize("code", ["LIQUIDATION", "INTERNAL_ERROR"])
def test_what_nobody_can_handle_stays(code: str) -> None:
    told = Teller()
    told.open()
    error(told, code)
    told.filled("1", "SELL", "1", "100")
    assert unhandled(told) == [f"the Gateway told {code}: it is so"]


def test_a_submit_without_an_answer_is_handled_by_looking() -> None:
    told = Teller()
    told.submit("BUY", "1", client_order_id="a")
    told.lose()
    assert [o.unknown and not o.looked for o in told.story.orders.all] == [True]
    told.ask("GET", "/v1/orders")
    told.answer(200, [])
    assert unhandled(told) == []
    assert [o.unknown and not o.looked for o in told.story.orders.all] == [False]
    assert told.numbers.orders.unknown == 1


def test_an_order_that_is_sent_again_after_looking_is_no_double() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "1", client_order_id="a")
    told.lose()
    told.ask("GET", "/v1/orders")
    told.answer(200, [])
    told.filled("2", "BUY", "1", "100")
    told.order("1", "ORDER_CREATED", client="a")
    assert told.story.doubles.found() == ()


def test_an_order_that_is_sent_again_blindly_is_a_double_where_both_exist() -> None:
    told = Teller()
    told.open()
    told.submit("BUY", "1", client_order_id="a")
    told.lose()
    told.submit("BUY", "1", client_order_id="b")
    told.answer(201, {"id": "2", "client_order_id": "b", "status": "OPEN"})
    assert told.story.doubles.found() == ()
    assert len(told.story.doubles.open()) == 1
    told.order("1", "ORDER_CREATED", client="a")
    ((sentence, entries),) = told.story.doubles.found()
    assert "sent again while nothing was known of it" in sentence
    assert len(entries) == 2


def test_the_same_client_order_id_again_is_no_double_where_one_order_came_of_it() -> (
    None
):
    told = Teller()
    told.open()
    told.submit("BUY", "1", client_order_id="a")
    told.answer(504, {})
    told.submit("BUY", "1", client_order_id="a")
    told.answer(201, {"id": "1", "client_order_id": "a", "status": "OPEN"})
    told.order("1", "ORDER_CREATED", client="a")
    assert told.story.doubles.found() == ()


def test_two_orders_under_one_client_order_id_are_a_double() -> None:
    told = Teller()
    told.open()
    for id_ in ("1", "2"):
        told.submit("BUY", "1", client_order_id="a")
        told.answer(201, {"id": id_, "client_order_id": "a", "status": "OPEN"})
    ((sentence, _),) = told.story.doubles.found()
    assert "under the same client order id" in sentence


def test_the_same_order_twice_in_a_row_is_no_double() -> None:
    told = Teller()
    told.open()
    told.filled("1", "BUY", "1", "100")
    told.filled("2", "BUY", "1", "100")
    assert told.story.doubles.found() == told.story.doubles.open() == ()


def test_a_pending_order_is_a_double_where_one_open_order_is_declared() -> None:
    told = Teller()
    told.story.alone = True
    told.open()
    for id_ in ("1", "2"):
        told.submit("BUY", "1", client_order_id=f"c{id_}")
        told.answer(201, {"id": id_, "client_order_id": f"c{id_}", "status": "OPEN"})
    ((sentence, _),) = told.story.doubles.found()
    assert "one open order is declared" in sentence
