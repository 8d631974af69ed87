"""Which orders are a bracket's exits, what moved a position, what a kill left."""

import json
from decimal import Decimal
from typing import Any

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.judge.exit_moves import exit_moves, legs, resting_at
from conformance.judge.exits import bracket_on
from conformance.judge.kills import kills
from conformance.judge.positions import closings

ENTRY = {"id": "e", "symbol": "A", "status": "FILLED", "filled_quantity": "2"}
STOP = {
    "id": "s",
    "symbol": "A",
    "status": "OPEN",
    "order_type": "STOP",
    "stop_price": "5",
    "parent_order_id": "e",
}


def _recorder() -> Recorder:
    header = Header("s", "i", "mock", "p", ("A",), 1, "now")
    return Recorder(header, iter(range(1000)).__next__)


def _exchange(
    recorder: Recorder,
    method: str,
    path: str,
    answer: Any,
    *,
    sent: Any = None,
    status: int = 200,
) -> None:
    body = None if sent is None else json.dumps(sent)
    recorder.add(
        Party.GATEWAY,
        Kind.RESPONSE,
        exchange=recorder.request(method, path, {}, body, False),
        status=status,
        body=json.dumps(answer),
    )


def _told(recorder: Recorder, event: str, order: dict[str, Any]) -> None:
    message = {"type": "order", "event": event, "order": order}
    recorder.add(
        Party.GATEWAY, Kind.MESSAGE, stream="stream-1", text=json.dumps(message)
    )


def _submit(recorder: Recorder) -> None:
    asked = {"symbol": "A", "quantity": "2", "stop_loss": "5"}
    _exchange(recorder, "POST", "/v1/orders", {"id": "e"}, sent=asked, status=201)


def test_orders_that_were_there_before_an_entry_are_not_its_exits() -> None:
    recorder = _recorder()
    _told(recorder, "ORDER_CREATED", {**STOP, "id": "old", "parent_order_id": None})
    _submit(recorder)
    _told(recorder, "ORDER_FILLED", ENTRY)
    _told(recorder, "ORDER_CREATED", STOP)
    rows = [{**STOP, "id": "old", "parent_order_id": None}, STOP]
    _exchange(recorder, "GET", "/v1/orders?symbol=A", rows)
    found = bracket_on(recorder.close(complete=True), 0)
    assert found is not None
    assert found.legs("STOP") == ("s",)
    assert found.bought == Decimal(2)
    assert found.filled is not None


def test_the_order_that_closes_a_position_is_none_of_its_exits() -> None:
    recorder = _recorder()
    _submit(recorder)
    _exchange(recorder, "DELETE", "/v1/positions/p-A", {"id": "c"})
    _told(recorder, "ORDER_CREATED", {"id": "c", "symbol": "A", "status": "OPEN"})
    found = bracket_on(recorder.close(complete=True), 0)
    assert found is not None
    assert found.states == ()


def test_a_close_moves_a_short_position_towards_nothing() -> None:
    recorder = _recorder()
    row = {"id": "p-A", "symbol": "A", "side": "SHORT", "quantity": "5"}
    _exchange(recorder, "GET", "/v1/positions?symbol=A", [row])
    _exchange(recorder, "DELETE", "/v1/positions/p-A", {"id": "c"})
    _exchange(recorder, "GET", "/v1/positions?symbol=A", [{**row, "quantity": "2"}])
    (closing,) = closings(recorder.close(complete=True), "A")
    assert closing.before.quantity == Decimal(-5)
    assert closing.moved == Decimal(3)


def test_a_move_is_read_with_the_exits_around_it() -> None:
    recorder = _recorder()
    row = {"id": "p-A", "symbol": "A", "side": "LONG", "quantity": "2"}
    _exchange(recorder, "GET", "/v1/positions?symbol=A", [row])
    _exchange(recorder, "GET", "/v1/orders?symbol=A", [STOP])
    _exchange(recorder, "PATCH", "/v1/positions/p-A", {}, sent={"stop_loss": "6"})
    _exchange(recorder, "GET", "/v1/orders?symbol=A", [{**STOP, "stop_price": "6"}])
    (move,) = exit_moves(recorder.close(complete=True), "A")
    assert move.moves == {"stop_loss": Decimal(6)}
    assert resting_at(legs(move.before, "stop_loss"), "stop_loss") == (Decimal(5),)
    assert resting_at(legs(move.after, "stop_loss"), "stop_loss") == (Decimal(6),)


def test_a_kill_is_read_with_what_was_there_and_what_was_left() -> None:
    recorder = _recorder()
    _exchange(recorder, "GET", "/v1/orders", [STOP])
    _exchange(recorder, "GET", "/v1/positions", [{"id": "p", "quantity": "0"}])
    recorder.note("kill", name="kill", facts={"case": "full"})
    counts = {"cancelled_count": 1, "failed_count": 0}
    _exchange(recorder, "DELETE", "/v1/orders", counts)
    _exchange(recorder, "DELETE", "/v1/positions", [{"id": "c"}])
    _exchange(recorder, "GET", "/v1/positions", [])
    _exchange(recorder, "GET", "/v1/orders", [{**STOP, "status": "CANCELLED"}])
    (kill,) = kills(recorder.close(complete=True))
    assert [row["id"] for row in kill.orders_before] == ["s"]
    assert kill.positions_before == ()
    assert kill.handles == ("c",)
    assert kill.live_orders == ()
    assert (kill.cancelled_count, kill.failed_count) == (1, 0)
