"""The line to the Engine: what is missed is told once it is back, tries are counted."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.peers.engine.conduct import Hold
from conformance.peers.engine.engine import ORDERS, PlayedEngine

QUICK = {"REFERENCE_RECONNECT": "true", "RECONNECT_INITIAL_BACKOFF_MS": "20"}


@pytest.fixture
async def again(bench: Any) -> Any:
    """A Gateway that takes its lost line up again."""
    await bench.kill()
    await bench.start(**QUICK)
    return bench


async def test_a_position_that_closed_meanwhile_is_told_closed(
    again: Any, engine: PlayedEngine
) -> None:
    engine.by_hand = True
    _, entry = await again.submit()
    engine.fill(entry["id"], "10")
    assert await again.told("position", "POSITION_OPENED")
    _, close = await again.submit(side="SELL")
    await engine.leave()
    assert await again.told("connection", "BROKER_DISCONNECTED")
    engine.desk.book(engine.order(close["id"]), 10, 100)  # type: ignore[arg-type]
    await engine.come_back()
    assert await again.told("position", "POSITION_CLOSED")
    assert await again.told("connection", "BROKER_RECONNECTED")
    assert len(again.of("position")) == 2


async def test_tries_to_take_the_line_up_are_counted(
    again: Any, engine: PlayedEngine
) -> None:
    await engine.leave()
    await asyncio.sleep(0.1)
    await engine.come_back()
    assert await again.told("connection", "BROKER_RECONNECTED")
    name = "gateway_broker_reconnect_attempts_total"
    text = again.gateway.metrics.text()
    (row,) = [line for line in text.splitlines() if line.startswith(name)]
    assert int(row.rpartition(" ")[2]) > 1


async def test_an_entry_that_was_on_its_way_in_a_kill_has_its_exits_after_it(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.by_hand = True
    hold = Hold()
    engine.next("POST", ORDERS, hold)
    submit = asyncio.create_task(bench.submit(client_order_id="c", stop_loss="90"))
    entry = await engine.booked("c")
    await bench.kill()
    hold.release()
    await asyncio.gather(submit, return_exceptions=True)
    engine.fill(entry.id, "10")
    await bench.start()
    assert await bench.until(lambda: len(engine.desk.live()) == 1)
    assert engine.desk.live()[0].terms.client_order_id == "c-sl"


async def test_exits_that_were_not_sent_before_a_kill_are_sent_after_it(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.by_hand = True
    exits = {"stop_loss": "90", "take_profit": "110"}
    _, entry = await bench.submit(client_order_id="c", **exits)
    hold = Hold(booked=False)
    engine.next("POST", ORDERS, hold)
    engine.fill(entry["id"], "10")
    await engine.called("POST", ORDERS, count=2)
    await bench.kill()
    engine.plainly()
    await bench.start()
    assert await bench.until(lambda: len(engine.desk.live()) == 2)
    names = {o.terms.client_order_id for o in engine.desk.live()}
    assert names == {"c-sl", "c-tp"}
    hold.release()


async def test_two_kills_forget_no_more_than_one(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.by_hand = True
    limit = {"order_type": "LIMIT", "limit_price": "100", "stop_loss": "90"}
    _, entry = await bench.submit(client_order_id="c", **limit)
    for _ in range(2):
        await bench.kill()
        await bench.start()
        await bench.submit(symbol="Y")
    engine.fill(entry["id"], "10")
    assert await bench.told("order", "ORDER_FILLED")
    assert covered_names(engine) == ["c-sl"]


async def test_a_group_of_which_one_filled_meanwhile_ends_after_a_kill(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.by_hand = True
    limit = {"order_type": "LIMIT", "limit_price": "100", "oco_group_id": "g"}
    _, one = await bench.submit(**limit)
    await bench.submit(**limit)
    await bench.kill()
    engine.fill(one["id"], "10")
    await bench.start()
    assert await bench.until(lambda: engine.desk.live() == [])
    status, body = await bench.submit(**limit)
    assert (status, body["code"]) == (422, "ORDER_REJECTED")


async def test_what_has_ended_is_in_the_state_file_no_more(
    bench: Any, engine: PlayedEngine, tmp_path: Path
) -> None:
    limit = {"order_type": "LIMIT", "limit_price": "1", "stop_loss": "0.5"}
    _, entry = await bench.submit(**limit)
    path = tmp_path / "exits.json"
    assert len(json.loads(path.read_text())["entries"]) == 1
    await bench.ask("DELETE", f"/v1/orders/{entry['id']}")
    assert await bench.told("order", "ORDER_CANCELLED")
    await bench.quiet()
    assert json.loads(path.read_text())["entries"] == []


async def test_a_state_file_of_another_backtest_is_forgotten(
    bench: Any, engine: PlayedEngine, tmp_path: Path
) -> None:
    engine.by_hand = True
    _, entry = await bench.submit(client_order_id="c", stop_loss="90")
    engine.fill(entry["id"], "10")
    assert await bench.told("order", "ORDER_FILLED")
    await bench.kill()
    engine.anew()
    engine.by_hand = False
    await bench.start()
    await bench.quiet()
    assert engine.desk.live() == []
    text = (tmp_path / "exits.json").read_text()
    assert json.loads(text)["entries"] == []


def covered_names(engine: PlayedEngine) -> list[str | None]:
    return [o.terms.client_order_id for o in engine.desk.live() if o.terms.reduce_only]
