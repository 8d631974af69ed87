"""A position is told opened, changed and closed, whoever asked REST meanwhile."""

from typing import Any

from conformance.peers.engine.engine import PlayedEngine


async def test_a_position_that_rest_showed_first_is_told_opened(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.by_hand = True
    _, entry = await bench.submit()
    tell = engine.book(entry["id"], "10", "100")
    _, rows = await bench.ask("GET", "/v1/positions")
    tell()
    assert await bench.told("position")
    assert len(rows) == 1
    assert [m["event"] for m in bench.of("position")] == ["POSITION_OPENED"]


async def test_a_position_is_told_from_its_beginning_to_its_end(
    bench: Any, engine: PlayedEngine
) -> None:
    await bench.submit()
    await bench.submit(side="SELL", quantity="4")
    await bench.submit(side="SELL", quantity="6")
    await bench.submit()
    assert await bench.told("position", count=4)
    assert [m["event"].removeprefix("POSITION_") for m in bench.of("position")] == [
        "OPENED",
        "MODIFIED",
        "CLOSED",
        "OPENED",
    ]
