"""What the Engine answers or says against its protocol is told as its fault."""

from typing import Any

import pytest

from conformance.peers.engine.conduct import Status
from conformance.peers.engine.engine import ORDERS, PlayedEngine
from conformance.reference.tektii.translation import number
from conformance.reference.tektii.upstream import EngineClient, parsed

ACCOUNT = '{"balance":"NaN","equity":"1","unrealized_pnl":"0","margin_used":"0",'
ROUTES = ("account", "orders", "trades", "positions", "quotes/X", "bars/X?timeframe=1m")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"orders":[{}],"bars":7}'])
async def test_an_answer_that_is_not_whole_is_a_fault_of_the_provider(
    bench: Any, engine: PlayedEngine, route: str, text: str
) -> None:
    engine.next("GET", r"/api/v1/.*", Status(200, text))
    status, body = await bench.ask("GET", f"/v1/{route}")
    assert (status, body["code"]) == (502, "PROVIDER_ERROR")


async def test_an_account_of_no_number_is_not_told(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.next(
        "GET", r"/api/v1/account", Status(200, ACCOUNT + '"margin_available":"1"}')
    )
    status, _ = await bench.ask("GET", "/v1/account")
    assert status == 502


@pytest.mark.parametrize(
    ("method", "route", "status", "told"),
    [
        ("GET", "account", 404, 502),
        ("GET", "positions", 400, 502),
        ("GET", "account", 422, 502),
        ("GET", "account", 307, 502),
        ("POST", "orders", 404, 404),
        ("POST", "orders", 409, 502),
        ("POST", "orders", 308, 502),
        ("GET", "orders/o-1", 404, 404),
    ],
)
async def test_a_status_is_told_as_the_operation_has_it(
    bench: Any, engine: PlayedEngine, method: str, route: str, status: int, told: int
) -> None:
    redirected = {"Location": engine.environment("X")["TEKTII_ENGINE_URL"]}
    engine.next(method, r"/api/v1/.*", Status(status, "", redirected))
    if method == "POST":
        found, body = await bench.submit()
    else:
        found, body = await bench.ask(method, f"/v1/{route}")
    assert found == told, body
    assert len(engine.calls("POST", ORDERS)) <= 1


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"candle","event_id":"e","symbol":"X","timeframe":"1m",'
        '"timestamp":1e300,"open":"1","high":"1","low":"1","close":"1","volume":1}',
        '{"type":"candle","event_id":"e","symbol":"X","timeframe":"1m",'
        '"timestamp":1,"open":"NaN","high":"1","low":"1","close":"1","volume":1}',
        '{"type":"candle","event_id":"e","symbol":7,"timeframe":"1m",'
        '"timestamp":1,"open":"1","high":"1","low":"1","close":"1","volume":1}',
        '{"type":"position","event_id":7}',
        '{"type":"order","event":"filled"}',
        "[" * 100_000,
        "NaN",
    ],
)
async def test_a_frame_of_nonsense_is_told_and_the_next_one_heard(
    bench: Any, engine: PlayedEngine, text: str
) -> None:
    engine.say_raw(text)
    await bench.quiet()
    (told,) = bench.of("error")
    assert told["code"] == "INTERNAL_ERROR"
    assert ("e" in engine.server.acknowledged) == ('"event_id":"e"' in text)


async def test_a_number_arrives_as_it_was_written(
    bench: Any, engine: PlayedEngine
) -> None:
    engine.say_raw(
        '{"type":"candle","event_id":"e","symbol":"X","timeframe":"1m","timestamp":1,'
        '"open":0.10,"high":"1","low":0.1,"close":1,"volume":12345678901234567.5}'
    )
    assert await bench.told("candle")
    bar = bench.of("candle")[0]["bar"]
    assert (bar["low"], bar["volume"]) == ("0.1", "12345678901234567.5")


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_json_has_no_such_number(word: str) -> None:
    with pytest.raises(ValueError, match="no JSON"):
        parsed(word)
    with pytest.raises(ValueError, match="no decimal"):
        number(word)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Basic c2VjcmV0OnNlY3JldA==",
        "Authorization: Bearer c2VjcmV0OnNlY3JldA==",
        "basic c2VjcmV0OnNlY3JldA==",
        '{"api_key":"c2VjcmV0OnNlY3JldA"}',
        r'"{\"api_key\":\"c2VjcmV0OnNlY3JldA\"}"',
        "passwd=c2VjcmV0OnNlY3JldA",
        "http://u:c2VjcmV0OnNlY3JldA@host/",
    ],
)
def test_what_could_be_a_credential_is_not_told(text: str) -> None:
    told = EngineClient("http://h", "ws://h", 1).scrubbed(text)
    assert "c2VjcmV0OnNlY3JldA" not in told
