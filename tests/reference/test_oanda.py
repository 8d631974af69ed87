"""The oanda provider tells what OANDA did: once, whole, no more than it knows."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from conformance.reference.server import ReferenceGateway
from conformance.reference.settings import GatewaySettings
from tests.reference.small_oanda import KEY, SYMBOL, SmallOanda

Json = dict[str, Any]


class Desk:
    """A strategy at a Gateway over a small OANDA."""

    def __init__(self, oanda: SmallOanda) -> None:
        self.oanda = oanda
        self.heard: list[Json] = []
        self.session = aiohttp.ClientSession()

    async def start(self, **more: str) -> None:
        told = {
            "GATEWAY_PROVIDER": "oanda",
            "OANDA_BASE_URL": self.oanda.url,
            "OANDA_API_KEY": KEY,
            "OANDA_ACCOUNT_ID": "1-2",
            "RECONNECT_INITIAL_BACKOFF_MS": "20",
            "REFERENCE_DRAIN_SECONDS": "0.01",
            "REFERENCE_UPSTREAM_SECONDS": "1",
            **more,
        }
        self.gateway = ReferenceGateway(GatewaySettings.from_environment(told))
        await self.gateway.start(0)
        self.socket = await self.session.ws_connect(f"{self.gateway.url}/v1/ws")
        self._hearing = asyncio.create_task(self._hear())

    async def end(self) -> None:
        self._hearing.cancel()
        await self.socket.close()
        await self.gateway.stop()
        await self.session.close()

    async def _hear(self) -> None:
        async for message in self.socket:
            self.heard.append(json.loads(message.data))

    async def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        url = self.gateway.url + path
        async with self.session.request(method, url, json=body) as answer:
            return answer.status, await answer.json()

    async def submit(self, **terms: Any) -> Any:
        usual = {"symbol": SYMBOL, "side": "BUY", "order_type": "MARKET"}
        usual |= {"quantity": "10", "client_order_id": "mine"}
        return await self.ask("POST", "/v1/orders", usual | terms)

    def events(self, kind: str = "order") -> list[str]:
        return [m["event"] for m in self.heard if m["type"] == kind]

    async def told(self, event: str, count: int = 1) -> bool:
        for _ in range(400):
            if sum(m.get("event") == event for m in self.heard) >= count:
                return True
            await asyncio.sleep(0.005)
        return False

    async def listening(self, count: int = 1) -> bool:
        for _ in range(400):
            if self.oanda.streams and self.oanda.opened >= count:
                return True
            await asyncio.sleep(0.005)
        return False


@pytest.fixture
async def oanda() -> AsyncIterator[SmallOanda]:
    found = SmallOanda()
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def desk(oanda: SmallOanda) -> AsyncIterator[Desk]:
    found = Desk(oanda)
    await found.start()
    assert await found.listening()
    yield found
    await found.end()


LIMIT = {"order_type": "LIMIT", "limit_price": "1"}


async def test_a_fill_that_answer_and_stream_tell_is_told_once(desk: Desk) -> None:
    status, handle = await desk.submit()
    assert (status, handle["status"]) == (201, "FILLED")
    assert await desk.told("BALANCE_UPDATED")
    assert desk.events() == ["ORDER_CREATED", "ORDER_FILLED"]
    (trade,) = (m["trade"] for m in desk.heard if m["type"] == "trade")
    assert (trade["quantity"], trade["commission_currency"]) == ("10", "EUR")
    assert desk.events("position") == ["POSITION_OPENED"]


async def test_a_stream_line_told_again_changes_nothing(
    desk: Desk, oanda: SmallOanda
) -> None:
    _, handle = await desk.submit(**LIMIT)
    oanda.say(oanda.fill(handle["id"], 3))
    oanda.fill(handle["id"], 7)
    assert await desk.told("ORDER_FILLED")
    trades = [m["trade"]["quantity"] for m in desk.heard if m["type"] == "trade"]
    assert trades == ["3", "7"]


async def test_a_refusal_is_told_with_text_and_code_and_without_the_key(
    desk: Desk, oanda: SmallOanda
) -> None:
    said = {"errorMessage": f"no margin, {KEY}", "errorCode": "INSUFFICIENT_MARGIN"}
    oanda.answer, oanda.booked = (400, json.dumps(said), {}), False
    status, body = await desk.submit()
    assert (status, body["code"]) == (422, "ORDER_REJECTED")
    assert body["details"]["reject_code"] == "INSUFFICIENT_MARGIN"
    assert "no margin" in body["message"]
    assert KEY not in json.dumps(body)
    assert desk.events() == []


@pytest.mark.parametrize(
    ("status", "told"), [(500, 502), (502, 502), (503, 503), (504, 502), (401, 502)]
)
async def test_what_is_no_refusal_is_told_as_none(
    desk: Desk, oanda: SmallOanda, status: int, told: int
) -> None:
    oanda.answer, oanda.booked = (status, "", {}), False
    found, _ = await desk.submit()
    assert found == told


async def test_a_limit_is_told_with_its_wait_and_not_sent_again(
    desk: Desk, oanda: SmallOanda
) -> None:
    oanda.answer, oanda.booked = (429, "", {"Retry-After": "7"}), False
    status, body = await desk.submit()
    assert (status, body["code"]) == (429, "RATE_LIMITED")
    assert body["details"]["retry_after"] == "7"
    assert [path for method, path, _ in oanda.asked if method == "POST"] == ["orders"]


@pytest.mark.parametrize("muted", [False, True])
async def test_an_order_whose_answer_was_lost_is_found_again_and_told(
    desk: Desk, oanda: SmallOanda, muted: bool
) -> None:
    oanda.muted = muted
    oanda.answer = (502, "", {})
    status, body = await desk.submit(**LIMIT)
    assert (status, body["code"]) == (502, "PROVIDER_ERROR")
    assert await desk.told("ORDER_CREATED")
    _, handle = await desk.submit(**LIMIT)
    assert handle["id"] in oanda.orders
    assert len(oanda.orders) == 1
    assert desk.events() == ["ORDER_CREATED"]


async def test_a_replacement_keeps_what_it_was_not_told_to_change(
    desk: Desk, oanda: SmallOanda
) -> None:
    asked = {**LIMIT, "time_in_force": "DAY", "stop_loss": "0.9"}
    _, handle = await desk.submit(**asked)
    oanda.fill(handle["id"], 3)
    assert await desk.told("ORDER_PARTIALLY_FILLED")
    path = f"/v1/orders/{handle['id']}"
    status, body = await desk.ask("PATCH", path, {"limit_price": "1.01"})
    assert (status, body["previous_order_id"]) == (200, handle["id"])
    sent = oanda.asked[-1][2]["order"]
    assert (sent["units"], sent["price"], sent["timeInForce"]) == ("7", "1.01", "GFD")
    assert sent["stopLossOnFill"]["price"] == "0.9"
    assert sent["clientExtensions"]["id"] == "mine"
    assert await desk.told("ORDER_MODIFIED")
    assert desk.events()[-3:] == ["ORDER_CANCELLED", "ORDER_CREATED", "ORDER_MODIFIED"]


async def test_what_was_filled_while_the_stream_was_away_is_told_before_its_return(
    desk: Desk, oanda: SmallOanda
) -> None:
    _, handle = await desk.submit(**LIMIT)
    oanda.cut()
    oanda.fill(handle["id"], 10)
    assert await desk.told("BROKER_RECONNECTED")
    events = [m["event"] for m in desk.heard if "event" in m]
    assert events.index("BROKER_DISCONNECTED") < events.index("ORDER_FILLED")
    assert events.index("ORDER_FILLED") < events.index("BROKER_RECONNECTED")
    back = next(m for m in desk.heard if m.get("event") == "BROKER_RECONNECTED")
    assert back["gap_duration_ms"] >= 20


async def test_a_line_that_was_lost_is_asked_for_at_the_next_heartbeat(
    desk: Desk, oanda: SmallOanda
) -> None:
    _, handle = await desk.submit(**LIMIT)
    oanda.muted = True
    oanda.fill(handle["id"], 10)
    oanda.beat()
    assert await desk.told("ORDER_FILLED")


async def test_a_key_that_is_refused_ends_the_attempts_at_once(
    desk: Desk, oanda: SmallOanda
) -> None:
    oanda.stream_status = 401
    oanda.cut()
    assert await desk.told("BROKER_CONNECTION_FAILED")
    _, health = await desk.ask("GET", "/health")
    assert health["status"] == "degraded"
    tries = [path for _, path, _ in oanda.asked if "stream" in path]
    await asyncio.sleep(0.1)
    assert [path for _, path, _ in oanda.asked if "stream" in path] == tries


@pytest.mark.parametrize(
    "option",
    [
        {"post_only": True},
        {"hidden": True},
        {"leverage": "5"},
        {"margin_mode": "CROSS"},
        {"oco_group_id": "g"},
        {"position_id": "7"},
        {"order_type": "STOP_LIMIT", "stop_price": "1", "limit_price": "1"},
    ],
)
async def test_an_option_that_oanda_has_not_is_refused(
    desk: Desk, oanda: SmallOanda, option: Json
) -> None:
    status, body = await desk.submit(**option)
    assert (status, body["code"]) == (501, "UNSUPPORTED_OPERATION")
    assert oanda.orders == {}


async def test_an_id_leads_nowhere_else(desk: Desk, oanda: SmallOanda) -> None:
    status, _ = await desk.ask("GET", "/v1/orders/..%2Fsummary%3Fx")
    assert status == 404
    assert oanda.asked[-1][1] == "orders/..%2Fsummary%3Fx"


async def test_an_order_that_ended_by_its_time_is_told_expired(
    desk: Desk, oanda: SmallOanda
) -> None:
    _, handle = await desk.submit(**LIMIT)
    oanda.cancel(handle["id"], "TIME_IN_FORCE_EXPIRED")
    assert await desk.told("ORDER_EXPIRED")


async def test_financing_and_margin_calls_are_told(
    desk: Desk, oanda: SmallOanda
) -> None:
    night = [{"instrument": SYMBOL, "financing": "-0.7"}]
    oanda.write("DAILY_FINANCING", positionFinancings=night)
    oanda.write("MARGIN_CALL_ENTER")
    assert await desk.told("MARGIN_CALL")
    (told,) = (m for m in desk.heard if m["type"] == "financing")
    assert (told["symbol"], told["amount"]) == (SYMBOL, "-0.7")


async def test_without_a_strategy_and_subscriptions_nobody_is_dialled(
    oanda: SmallOanda,
) -> None:
    told = {
        "GATEWAY_PROVIDER": "oanda",
        "OANDA_BASE_URL": oanda.url,
        "OANDA_API_KEY": KEY,
        "OANDA_ACCOUNT_ID": "1-2",
    }
    gateway = ReferenceGateway(GatewaySettings.from_environment(told))
    await gateway.start(0)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{gateway.url}/health") as answer,
    ):
        assert answer.status == 200
    await gateway.stop()
    assert oanda.asked == []
