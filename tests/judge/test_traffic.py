"""What took place is counted, and what only looks like it is not."""

import pytest

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.judge.traffic import Traffic, traffic


def recorder() -> Recorder:
    header = Header("s", "i", "mock", "p", ("A",), 1, "now")
    return Recorder(header, iter(range(1000)).__next__)


def answer(
    to: Recorder,
    status: int,
    body: str = "{}",
    *,
    method: str = "GET",
    path: str = "/v1/account",
    wrong: bool = False,
) -> None:
    number = to.request(method, path, {}, None, wrong)
    to.add(Party.GATEWAY, Kind.RESPONSE, exchange=number, status=status, body=body)


def message(to: Recorder, text: str, party: Party = Party.GATEWAY) -> None:
    to.add(party, Kind.MESSAGE, stream="one", text=text, deliberate=False)


def counted(told: Recorder) -> Traffic:
    return traffic([told.close(complete=True)])


def test_answers_are_counted_by_status_but_for_those_to_wrong_requests() -> None:
    told = recorder()
    answer(told, 200)
    answer(told, 401)
    answer(told, 401, wrong=True)
    assert counted(told).answers == {200: 1, 401: 1}


def test_orders_are_what_was_posted_to_them() -> None:
    told = recorder()
    answer(told, 201, method="POST", path="/base/v1/orders?x=1")
    answer(told, 422, method="POST", path="/v1/orders")
    answer(told, 400, method="POST", path="/v1/orders", wrong=True)
    answer(told, 200, path="/v1/orders")
    answer(told, 200, method="POST", path="/v1/orders/1/cancel")
    found = counted(told)
    assert (found.orders, found.accepted) == (2, 1)


@pytest.mark.parametrize("amount", ["1", "0.5", "0.001", "10", ".5", "00.10"])
def test_an_order_with_something_filled_is_a_fill(amount: str) -> None:
    told = recorder()
    message(told, f'{{"order": {{"filled_quantity": "{amount}"}}}}')
    assert counted(told).fills == 1


@pytest.mark.parametrize("amount", ["0", "0.0", "0.00", "", "-1", "0E5"])
def test_an_order_with_nothing_filled_is_none(amount: str) -> None:
    told = recorder()
    message(told, f'{{"order": {{"filled_quantity": "{amount}"}}}}')
    answer(told, 200, f'{{"filled_quantity": "{amount}", "quantity": "5"}}')
    assert counted(told).fills == 0


def test_a_fill_that_a_venue_booked_is_one() -> None:
    told = recorder()
    told.add(Party.VENUE, Kind.BOOKED, what="accepted", filled="0")
    told.add(Party.VENUE, Kind.BOOKED, what="filled", filled="1")
    assert counted(told).fills == 1


def test_a_list_of_old_orders_is_no_fill() -> None:
    told = recorder()
    answer(told, 200, '[{"filled_quantity": "5"}]', path="/v1/orders/history")
    assert counted(told).fills == 0


def test_what_a_strategy_sends_is_no_fill_and_closes_no_market() -> None:
    told = recorder()
    text = '{"filled_quantity": "5", "code": "MARKET_CLOSED"}'
    message(told, text, Party.STRATEGY)
    found = counted(told)
    assert (found.fills, found.closed) == (0, 0)


@pytest.mark.parametrize("name", ["code", "reject_code", "reject_reason"])
def test_a_market_is_told_closed_in_an_answer_or_on_the_stream(name: str) -> None:
    told = recorder()
    text = f'{{"details": {{"{name}": "MARKET_CLOSED"}}}}'
    answer(told, 422, text)
    message(told, text)
    assert counted(told).closed == 2


def test_a_market_that_the_suite_closes_is_not_closed() -> None:
    told = recorder()
    told.add(Party.VENUE, Kind.BOOKED, what="rejected")
    answer(told, 422, '{"code": "MARKET_CLOSED"}')
    assert counted(told).closed == 0


def test_what_crossed_a_wire_is_counted_and_what_we_noted_is_not() -> None:
    told = recorder()
    told.note("nothing yet")
    assert counted(told).said == 0
    answer(told, 200)
    message(told, "{}")
    assert counted(told).said == 3
