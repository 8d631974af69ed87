"""Every tranche of a fill has its own exits at the Engine, whatever their names."""

from typing import Any

import pytest

from conformance.peers.engine.conduct import Cut, EventsFirst, How, Refuse, When
from conformance.peers.engine.engine import ONE_ORDER, ORDERS, PlayedEngine
from conformance.venue.order import Order


def legs(engine: PlayedEngine, kind: str) -> list[Order]:
    return [o for o in engine.desk.live() if o.terms.order_type == kind]


def covered(engine: PlayedEngine, kind: str) -> int:
    return int(sum(leg.remaining for leg in legs(engine, kind)))


@pytest.mark.parametrize(
    ("exits", "kind"),
    [({"stop_loss": "90"}, "STOP"), ({"take_profit": "110"}, "LIMIT")],
)
async def test_an_entry_with_one_exit_is_covered_in_every_tranche(
    bench: Any, engine: PlayedEngine, exits: dict[str, str], kind: str
) -> None:
    engine.by_hand = True
    _, entry = await bench.submit(client_order_id="c", **exits)
    for quantity in ("3", "3", "4"):
        engine.fill(entry["id"], quantity)
    assert await bench.told("order", "ORDER_FILLED")
    assert [int(leg.terms.quantity) for leg in legs(engine, kind)] == [3, 3, 4]


async def test_an_entry_that_was_replaced_after_a_part_is_covered_wholly(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.by_hand = True
    limit = {"order_type": "LIMIT", "limit_price": "100", "stop_loss": "90"}
    _, entry = await bench.submit(client_order_id="c", **limit)
    engine.fill(entry["id"], "4")
    assert await bench.told("order", "ORDER_PARTIALLY_FILLED")
    path = f"/v1/orders/{entry['id']}"
    _, changed = await bench.ask("PATCH", path, {"limit_price": "101"})
    engine.fill(changed["order"]["id"], "6")
    assert await bench.told("order", "ORDER_FILLED")
    assert covered(engine, "STOP") == 10


async def test_entries_with_long_names_that_begin_alike_have_exits_each(
    bench: Any, engine: PlayedEngine
) -> None:
    for last in "ab":
        await bench.submit(client_order_id="n" * 63 + last, stop_loss="90")
    assert await bench.told("order", "ORDER_FILLED", 2)
    names = {leg.terms.client_order_id for leg in legs(engine, "STOP")}
    assert covered(engine, "STOP") == 20
    assert all(len(name or "") <= 64 for name in names)


async def test_an_exit_whose_name_somebody_took_has_the_next(
    bench: Any, engine: PlayedEngine
) -> None:
    other = {"order_type": "LIMIT", "limit_price": "1", "symbol": "Y"}
    await bench.submit(client_order_id="c-sl", **other)
    await bench.submit(client_order_id="c", stop_loss="90")
    assert await bench.told("order", "ORDER_FILLED")
    assert covered(engine, "STOP") == 10


async def test_exits_name_the_position_that_the_engine_did_not_name(
    bench: Any, engine: PlayedEngine
) -> None:
    await bench.submit(stop_loss="90", take_profit="110")
    assert await bench.told("order", "ORDER_FILLED")
    position = engine.desk.books.positions["X"].id
    assert {o.terms.position_id for o in engine.desk.live()} == {position}


async def test_a_twin_that_was_made_smaller_ends_with_its_exit(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.by_hand = True
    _, entry = await bench.submit(stop_loss="90", take_profit="110")
    engine.fill(entry["id"], "10")
    assert await bench.told("order", "ORDER_FILLED")
    (profit,) = legs(engine, "LIMIT")
    engine.fill(profit.id, "4")
    assert await bench.until(lambda: covered(engine, "STOP") == 6)
    # The position is not told of: only the fill says that it is over.
    engine.fill(profit.id, "6", tell=("order",))
    assert await bench.until(lambda: engine.desk.live() == [])


async def test_an_exit_whose_move_was_not_answered_is_found_and_not_told_lost(
    bench: Any, engine: PlayedEngine
) -> None:
    await bench.submit(stop_loss="90")
    assert await bench.told("position")
    engine.next("POST", ORDERS, Cut(When.ACCEPTED, How.RST))
    _, (position,) = await bench.ask("GET", "/v1/positions")
    path = f"/v1/positions/{position['id']}"
    status, body = await bench.ask("PATCH", path, {"stop_loss": "95"})
    (leg,) = legs(engine, "STOP")
    assert (status, body["stop_loss"]["order_ids"]) == (200, [leg.id])
    assert bench.of("error") == []


async def test_an_exit_that_was_refused_is_told_and_not_sent_again(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.next("POST", ORDERS, EventsFirst(), Refuse("no"))
    await bench.submit(stop_loss="90")
    assert await bench.told("error")
    await bench.quiet()
    assert [m["code"] for m in bench.of("error")] == ["POSITION_UNPROTECTED"]
    assert len(engine.calls("POST", ORDERS)) == 2
    assert engine.calls("DELETE", ONE_ORDER) == []
