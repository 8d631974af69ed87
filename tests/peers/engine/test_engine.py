"""The played Engine answers, books, misbehaves as told, and writes all of it down."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from time import perf_counter

import aiohttp
import pytest

from conformance.evidence.entry import Json, Kind
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.judge.venue import booked, calls
from conformance.peers.engine.conduct import (
    Conduct,
    Cut,
    Drip,
    EventsFirst,
    Hold,
    How,
    Refuse,
    Status,
    When,
)
from conformance.peers.engine.engine import ORDERS, PlayedEngine
from conformance.spec.engine_contract import call_fault, event_fault

ORDER = {"symbol": "X", "side": "buy", "order_type": "market", "quantity": "2"}


@pytest.fixture
async def engine() -> AsyncIterator[PlayedEngine]:
    header = Header("engine", "a test", "tektii", "", (), 0, "")
    played = PlayedEngine(Recorder(header, perf_counter), patience=2)
    await played.start()
    yield played
    await played.stop()


def url(engine: PlayedEngine, path: str = "/api/v1/orders") -> str:
    return engine.environment("X")["TEKTII_ENGINE_URL"] + path


async def test_a_market_order_is_answered_before_its_fill_is_told(
    engine: PlayedEngine,
) -> None:
    async with aiohttp.ClientSession() as session:
        stream = await session.ws_connect(url(engine, "/ws"))
        await engine.linked()
        async with session.post(url(engine), json=ORDER) as answer:
            assert answer.status == 201
            assert (await answer.json())["status"] == "open"
        told = [await stream.receive_json() for _ in range(5)]
        await stream.close()
    kinds = ["order", "order", "trade", "account", "position"]
    assert [m["type"] for m in told] == kinds
    assert [m["event"] for m in told[:2]] == ["created", "filled"]
    assert all(event_fault(message) is None for message in told)
    transcript = engine.recorder.close(complete=True)
    assert [b.what for b in booked(transcript)] == ["accepted", "filled"]


async def test_what_the_engine_does_not_know_is_refused_and_noted(
    engine: PlayedEngine,
) -> None:
    async with aiohttp.ClientSession() as session:
        asked = {**ORDER, "leverage": "3"}
        async with session.post(url(engine), json=asked) as answer:
            assert answer.status == 400
    (call,) = calls(engine.recorder.close(complete=True))
    assert call.fault is not None
    assert "leverage" in call.fault
    assert engine.orders() == []


@pytest.mark.parametrize(
    ("conduct", "taken"),
    [
        (Cut(When.BEFORE, How.RST), False),
        (Cut(When.BEFORE, How.FIN), False),
        (Cut(When.ACCEPTED, How.RST), True),
        (Cut(When.ACCEPTED, How.FIN), True),
        (Cut(When.ANSWERED, How.FIN), True),
        (Cut(When.ANSWERED, How.RST), True),
    ],
)
async def test_a_cut_connection_gives_no_whole_answer(
    engine: PlayedEngine, conduct: Conduct, taken: bool
) -> None:
    engine.next("POST", ORDERS, conduct)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            async with session.post(url(engine), json=ORDER) as answer:
                await answer.read()
        async with session.post(url(engine), json=ORDER) as answer:
            assert answer.status == 201
    assert len(engine.orders()) == 1 + taken


async def test_silence_answers_nothing(engine: PlayedEngine) -> None:
    engine.next("POST", ORDERS, Cut(When.ACCEPTED, How.SILENCE))
    limit = aiohttp.ClientTimeout(total=0.2)
    async with aiohttp.ClientSession(timeout=limit) as session:
        with pytest.raises(TimeoutError):
            await session.post(url(engine), json=ORDER)
    assert len(engine.orders()) == 1


@pytest.mark.parametrize(
    ("conduct", "status", "taken"),
    [
        (Refuse("no margin", "INSUFFICIENT_MARGIN"), 422, False),
        (Status(503, "away"), 503, False),
        (Status(500, "broken", booked=True), 500, True),
        (EventsFirst(), 201, True),
    ],
)
async def test_what_was_planned_is_done_once(
    engine: PlayedEngine, conduct: Conduct, status: int, taken: bool
) -> None:
    engine.next("POST", ORDERS, conduct)
    async with aiohttp.ClientSession() as session:
        async with session.post(url(engine), json=ORDER) as answer:
            assert answer.status == status
        async with session.post(url(engine), json=ORDER) as answer:
            assert answer.status == 201
    assert len(engine.orders()) == 1 + taken


async def test_a_held_answer_waits_for_its_release(engine: PlayedEngine) -> None:
    hold = Hold()
    engine.next("POST", ORDERS, hold)
    async with aiohttp.ClientSession() as session:
        asking = session.post(url(engine), json=ORDER)
        task = asyncio.ensure_future(asking.__aenter__())
        assert await engine.called("POST", ORDERS)
        assert not task.done()
        hold.release()
        assert (await task).status == 201


async def test_a_slow_body_comes_in_pieces_and_whole(engine: PlayedEngine) -> None:
    engine.next("POST", ORDERS, Drip(seconds=0.3, pieces=3))
    async with (
        aiohttp.ClientSession() as session,
        session.post(url(engine), json=ORDER) as answer,
    ):
        began = perf_counter()
        pieces = [piece async for piece in answer.content.iter_any()]
    assert perf_counter() - began > 0.15
    assert len(pieces) > 1
    assert json.loads(b"".join(pieces))["status"] == "open"


async def test_an_engine_that_went_away_comes_back_where_it_was(
    engine: PlayedEngine,
) -> None:
    async with aiohttp.ClientSession() as session:
        stream = await session.ws_connect(url(engine, "/ws"))
        await engine.leave()
        assert (await stream.receive()).type is not aiohttp.WSMsgType.TEXT
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url(engine))
        await engine.come_back()
        async with session.get(url(engine)) as answer:
            assert await answer.json() == {"orders": []}
    kinds = [e.kind for e in engine.recorder.entries]
    assert Kind.UNLINKED in kinds


async def test_acknowledgements_are_waited_for(engine: PlayedEngine) -> None:
    async with aiohttp.ClientSession() as session:
        stream = await session.ws_connect(url(engine, "/ws"))
        await engine.linked()
        event = engine.candle("X", "101")
        said = {"type": "event_ack", "correlation_id": "c"}
        await stream.send_json({**said, "events_processed": [event]})
        assert await engine.acked(event)
        assert not await engine.acked("evt-99", seconds=0.05)
        await stream.close()


@pytest.mark.parametrize(
    ("method", "target", "fault"),
    [
        ("GET", "/api/v1/orders?symbol=X&status=OPEN,FILLED", None),
        ("GET", "/api/v1/quote?symbol=X", None),
        ("GET", "/api/v1/quote", "the query lacks 'symbol'"),
        ("GET", "/api/v1/orders?side=buy", "does not know"),
        ("GET", "/api/v1/orders/../account", "the Engine serves no"),
        ("PUT", "/api/v1/orders", "the Engine serves no"),
    ],
)
def test_what_a_gateway_asks_is_held_to_the_description(
    method: str, target: str, fault: str | None
) -> None:
    found = call_fault(method, target, None)
    assert (found is None) == (fault is None)
    assert fault is None or fault in str(found)


async def test_an_order_that_is_stuck_is_counted_as_not_cancelled(
    engine: PlayedEngine,
) -> None:
    engine.by_hand = True
    async with aiohttp.ClientSession() as session:
        ids = []
        for _ in range(2):
            async with session.post(url(engine), json=ORDER) as answer:
                ids.append((await answer.json())["id"])
        engine.stick(ids[0])
        async with session.delete(url(engine)) as answer:
            told = await answer.json()
        async with session.delete(url(engine, f"/api/v1/orders/{ids[0]}")) as answer:
            assert answer.status == 409
        engine.free(ids[0])
        async with session.delete(url(engine, f"/api/v1/orders/{ids[0]}")) as answer:
            assert answer.status == 200
    assert told == {"cancelled_count": 1, "failed_count": 1}


@pytest.mark.parametrize("how", [How.RST, How.FIN, How.SILENCE])
async def test_a_stream_that_its_gateway_left_first_is_no_fault_of_the_suite(
    engine: PlayedEngine, how: How
) -> None:
    async with aiohttp.ClientSession() as session:
        stream = await session.ws_connect(url(engine, "/ws"))
        await engine.linked()
        await stream.close()
        await asyncio.sleep(0.1)
    await engine.cut(how)
    (ended,) = of_kind(engine, Kind.UNLINKED)
    assert ended["by"] == "the gateway"


async def test_a_frame_that_cannot_be_read_is_noted(engine: PlayedEngine) -> None:
    async with aiohttp.ClientSession() as session:
        stream = await session.ws_connect(url(engine, "/ws"))
        await engine.linked()
        with suppress(ConnectionError):
            await stream.send_str("x" * 5_000_000)
        await stream.receive()
        await stream.close()
    (frame,) = of_kind(engine, Kind.FRAME)
    assert "cannot be read" in str(frame["fault"])


async def test_a_gateway_that_floods_the_stream_is_hung_up_on(
    engine: PlayedEngine,
) -> None:
    async with aiohttp.ClientSession() as session:
        stream = await session.ws_connect(url(engine, "/ws"))
        await engine.linked()
        with suppress(ConnectionError):
            for _ in range(40):
                await stream.send_str("x" * 1_000_000)
        await asyncio.sleep(0.1)
        await stream.close()
    (ended,) = of_kind(engine, Kind.UNLINKED)
    assert (ended["by"], ended["how"]) == ("us", "flooded")
    assert len(of_kind(engine, Kind.FRAME)) < 20


def test_a_body_nested_too_deep_to_judge_is_a_fault_of_the_gateway() -> None:
    body = '{"a":' + "[" * 500 + "]" * 500 + "}"
    assert call_fault("POST", "/api/v1/orders", body) is not None
    assert call_fault("GET", "//[x", None) == "//[x is no target"


def of_kind(engine: PlayedEngine, kind: Kind) -> list[Mapping[str, Json]]:
    entries = engine.recorder.close(complete=True).entries
    return [e.data for e in entries if e.kind is kind]
