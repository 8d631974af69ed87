"""An order goes up once, whatever becomes of its answer, and is replaced safely."""

import asyncio
from typing import Any

from conformance.peers.engine.conduct import (
    Cut,
    EventsFirst,
    Hold,
    How,
    Refuse,
    Status,
    When,
)
from conformance.peers.engine.engine import ONE_ORDER, ORDERS, PlayedEngine

RESTING = {"order_type": "LIMIT", "limit_price": "1", "client_order_id": "c"}


async def test_two_submits_of_one_name_at_a_time_are_one_order(
    bench: Any, engine: PlayedEngine
) -> None:
    hold = Hold()
    engine.next("POST", ORDERS, hold)
    both = [asyncio.create_task(bench.submit(**RESTING)) for _ in range(2)]
    await engine.called("POST", ORDERS)
    await bench.quiet()
    hold.release()
    (one, first), (other, second) = await asyncio.gather(*both)
    assert (one, other) == (201, 201)
    assert first["id"] == second["id"]
    assert len(engine.calls("POST", ORDERS)) == 1


async def test_an_order_whose_answer_was_lost_is_looked_for_before_it_is_sent_again(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.next("POST", ORDERS, Cut(When.ACCEPTED, How.RST))
    status, _ = await bench.submit(**RESTING)
    assert status == 502
    status, handle = await bench.submit(**RESTING)
    assert status == 201
    assert [order.id for order in engine.orders()] == [handle["id"]]


async def test_an_order_that_never_came_is_sent_again_on_demand(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.next("POST", ORDERS, Cut(When.BEFORE, How.RST))
    status, _ = await bench.submit(**RESTING)
    assert status == 502
    status, _ = await bench.submit(**RESTING)
    assert status == 201
    assert len(engine.orders()) == 1


async def test_an_order_in_doubt_is_not_sent_while_nobody_can_be_asked(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.next("POST", ORDERS, Cut(When.BEFORE, How.RST))
    await bench.submit(**RESTING)
    engine.next("GET", ORDERS, Status(503))
    status, _ = await bench.submit(**RESTING)
    assert status == 503
    assert len(engine.calls("POST", ORDERS)) == 1


async def test_an_order_that_was_refused_is_sent_anew_without_a_look(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.next("POST", ORDERS, Refuse("no margin"))
    assert (await bench.submit(**RESTING))[0] == 422
    assert (await bench.submit(**RESTING))[0] == 201
    assert engine.calls("GET", ORDERS) == []


async def test_an_order_that_fills_in_its_cancel_is_not_told_cancelled(
    bench: Any, engine: PlayedEngine
) -> None:
    _, handle = await bench.submit(**RESTING)
    engine.book(handle["id"], "10", "1")
    engine.next("DELETE", ONE_ORDER, Status(200, "{}"))
    # What is shown before the cancel is from before the fill.
    engine.next("GET", ONE_ORDER, Status(200, _open(handle["id"])))
    status, body = await bench.ask("DELETE", f"/v1/orders/{handle['id']}")
    assert (status, body["code"]) == (409, "ORDER_NOT_MODIFIABLE")


async def test_a_refused_change_puts_the_order_back(
    bench: Any, engine: PlayedEngine
) -> None:
    _, handle = await bench.submit(**RESTING)
    engine.next("POST", ORDERS, Refuse("too dear"))
    path = f"/v1/orders/{handle['id']}"
    status, body = await bench.ask("PATCH", path, {"limit_price": "2"})
    (live,) = engine.desk.live()
    assert status == 422
    assert body["details"]["restored_order_id"] == live.id
    assert str(live.terms.limit_price) == "1"


async def test_an_order_that_could_not_be_put_back_is_told_lost(
    bench: Any, engine: PlayedEngine
) -> None:
    _, handle = await bench.submit(**RESTING)
    engine.next("POST", ORDERS, Refuse("too dear"), Refuse("closed"))
    path = f"/v1/orders/{handle['id']}"
    status, body = await bench.ask("PATCH", path, {"limit_price": "2"})
    assert status == 502
    assert f"{handle['id']} is cancelled" in body["message"]
    assert engine.desk.live() == []


async def test_a_change_that_cannot_be_looked_at_leaves_one_order(
    bench: Any, engine: PlayedEngine
) -> None:
    _, handle = await bench.submit(**RESTING)
    engine.next("GET", ONE_ORDER, EventsFirst(), EventsFirst(), Status(503))
    path = f"/v1/orders/{handle['id']}"
    status, body = await bench.ask("PATCH", path, {"limit_price": "2"})
    (live,) = engine.desk.live()
    assert status == 200
    assert body["order"]["id"] == live.id
    assert not body["order"]["created_at"].startswith("1970")


async def test_a_changed_order_is_the_one_of_its_name(
    bench: Any, engine: PlayedEngine
) -> None:
    _, handle = await bench.submit(**RESTING)
    await bench.ask("PATCH", f"/v1/orders/{handle['id']}", {"limit_price": "2"})
    status, again = await bench.submit(**RESTING)
    (live,) = engine.desk.live()
    assert (status, again["id"]) == (201, live.id)


async def test_a_change_that_is_refused_changes_no_exit_either(
    bench: Any, engine: PlayedEngine
) -> None:
    _, handle = await bench.submit(**RESTING, stop_loss="0.5")
    engine.next("POST", ORDERS, Refuse("too dear"))
    changes = {"limit_price": "2", "stop_loss": "0.6"}
    await bench.ask("PATCH", f"/v1/orders/{handle['id']}", changes)
    (live,) = engine.desk.live()
    _, shown = await bench.ask("GET", f"/v1/orders/{live.id}")
    assert shown["stop_loss"] == "0.5"


def _open(order_id: str) -> str:
    return (
        f'{{"id":"{order_id}","client_order_id":"c","symbol":"X","side":"buy",'
        '"order_type":"limit","quantity":"10","filled_quantity":"0","price":"1",'
        '"status":"open","created_at":1}'
    )
