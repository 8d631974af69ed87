"""The played Binance refuses and answers as its public document has it."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.binance.venue import PlayedBinance
from conformance.peers.venues.words import Operation, Reason
from fixtures.venues import faults_of, listening

LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "3",
    "price": "90",
}


class Caller:
    """Signs as the document says."""

    def __init__(self, venue: PlayedBinance, client: httpx.AsyncClient) -> None:
        self.venue = venue
        self.client = client

    async def __call__(
        self, method: str, name: str, late: int = 0, **sent: str
    ) -> httpx.Response:
        stamp = str(int(time.time() * 1000) - late)
        query = urlencode({**sent, "timestamp": stamp, "recvWindow": "5000"})
        secret = self.venue.credentials.secret.encode()
        signature = hmac.new(secret, query.encode(), hashlib.sha256).hexdigest()
        return await self.raw(method, name, f"{query}&signature={signature}")

    async def raw(self, method: str, name: str, query: str) -> httpx.Response:
        headers = {"X-MBX-APIKEY": self.venue.credentials.key}
        url = f"{self.venue.url}/api/v3/{name}?{query}"
        return await self.client.request(method, url, headers=headers)

    async def refused(self, method: str, name: str, **sent: Any) -> tuple[int, int]:
        found = await self(method, name, **sent)
        return found.status_code, found.json()["code"]

    @property
    def faults(self) -> list[str]:
        return faults_of(self.venue)


@asynccontextmanager
async def _binance() -> AsyncIterator[Caller]:
    async with listening(PlayedBinance) as (venue, client):
        yield Caller(venue, client)


async def test_a_signature_is_checked_over_the_bytes_that_came() -> None:
    async with _binance() as call:
        found = await call.raw("GET", "account", f"timestamp={1}&signature=00")
        assert (found.status_code, found.json()["code"]) == (400, -1022)
        assert (await call("GET", "account")).status_code == 200
        assert await call.refused("GET", "account", late=6000) == (400, -1021)
        assert await call.refused("GET", "account", late=-3000) == (400, -1021)
        assert [f.split()[0] for f in call.faults] == ["-1022", "-1021", "-1021"]


async def test_an_order_id_without_its_symbol_is_refused() -> None:
    async with _binance() as call:
        assert await call.refused("GET", "order", orderId="28") == (400, -1102)
        assert call.faults


async def test_a_parameter_that_an_endpoint_does_not_know_is_refused() -> None:
    async with _binance() as call:
        assert await call.refused("GET", "openOrders", limit="5") == (400, -1104)


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"quantity": "0.000001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"price": "90.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"quantity": "0.01"}, -1013, "Filter failure: NOTIONAL"),
        ({"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
        (
            {"quantity": "5000"},
            -2010,
            "Account has insufficient balance for requested action.",
        ),
        (
            {"side": "SELL"},
            -2010,
            "Account has insufficient balance for requested action.",
        ),
        ({"newClientOrderId": "taken"}, -2010, "Duplicate order sent."),
    ],
)
async def test_what_the_broker_refuses_is_no_fault_of_the_request(
    changed: dict[str, str], code: int, said: str
) -> None:
    async with _binance() as call:
        await call("POST", "order", **LIMIT, newClientOrderId="taken")
        found = await call("POST", "order", **{**LIMIT, **changed})
        assert found.status_code == 400
        assert found.json() == {"code": code, "msg": said}
        assert call.faults == []
        assert len(call.venue.orders()) == 1


async def test_a_client_order_id_is_free_again_once_its_order_has_ended() -> None:
    async with _binance() as call:
        first = (await call("POST", "order", **LIMIT, newClientOrderId="a")).json()
        named = {"symbol": "BTCUSDT", "orderId": str(first["orderId"])}
        assert (await call("DELETE", "order", **named)).json()["status"] == "CANCELED"
        again = await call("POST", "order", **LIMIT, newClientOrderId="a")
        assert again.status_code == 200


async def test_a_market_order_is_answered_with_its_fills_and_a_stop_with_an_ack() -> (
    None
):
    async with _binance() as call:
        sent = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "2"}
        market = (await call("POST", "order", **sent, type="MARKET")).json()
        assert (market["status"], market["executedQty"]) == ("FILLED", "2.00000000")
        assert [f["commissionAsset"] for f in market["fills"]] == ["BTC"]
        stop = (
            await call("POST", "order", **sent, type="STOP_LOSS", stopPrice="110")
        ).json()
        assert "status" not in stop
        assert stop["orderId"]


async def test_a_stop_that_the_market_has_passed_is_refused() -> None:
    async with _binance() as call:
        sent = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "2", "stopPrice": "90"}
        refused = await call.refused("POST", "order", **sent, type="STOP_LOSS")
        assert refused == (400, -2010)


async def test_balances_follow_trades_locks_and_commission() -> None:
    async with _binance() as call:
        call.venue.desk.books.buyer_rate = call.venue.desk.books.seller_rate
        sent = {"symbol": "BTCUSDT", "type": "MARKET"}
        await call("POST", "order", **sent, side="BUY", quantity="2")
        await call("POST", "order", **LIMIT)
        account = (await call("GET", "account")).json()
        held = {b["asset"]: (b["free"], b["locked"]) for b in account["balances"]}
        assert held["BTC"] == ("1.99980000", "0.00000000")
        assert held["USDT"] == ("99530.00000000", "270.00000000")
        await call("POST", "order", **sent, side="SELL", quantity="1")
        trades = (await call("GET", "myTrades", symbol="BTCUSDT")).json()
        told = [(t["commission"], t["commissionAsset"]) for t in trades]
        assert told == [("0.00020000", "BTC"), ("0.01000000", "USDT")]


async def test_a_cancel_replace_tells_of_both_halves() -> None:
    async with _binance() as call:
        first = (await call("POST", "order", **LIMIT)).json()
        sent = {**LIMIT, "cancelReplaceMode": "STOP_ON_FAILURE"}
        sent["cancelOrderId"] = str(first["orderId"])
        name = "order/cancelReplace"
        done = (await call("POST", name, **{**sent, "price": "91"})).json()
        assert (done["cancelResult"], done["newOrderResult"]) == ("SUCCESS", "SUCCESS")
        late = await call("POST", name, **sent)
        assert (late.status_code, late.json()["code"]) == (400, -2022)
        assert late.json()["data"]["newOrderResult"] == "NOT_ATTEMPTED"
        sent["cancelOrderId"] = str(done["newOrderResponse"]["orderId"])
        half = await call("POST", name, **{**sent, "quantity": "4000"})
        assert (half.status_code, half.json()["code"]) == (409, -2021)
        assert not call.venue.desk.live()


async def test_a_refusal_of_a_script_has_the_brokers_shape() -> None:
    async with _binance() as call:
        call.venue.next(Operation.SUBMIT, Refuse("Market is closed."))
        found = await call("POST", "order", **LIMIT)
        assert found.status_code == 400
        assert found.json() == {"code": -2010, "msg": "Market is closed."}
        documented = next(r for r in call.venue.refusals if r.reason is Reason.SYMBOL)
        call.venue.next(Operation.SUBMIT, documented.answer)
        assert (await call("POST", "order", **LIMIT)).json()["code"] == -1121
        assert call.venue.orders() == []


async def test_klines_have_twelve_fields_and_end_with_the_newest() -> None:
    async with _binance() as call:
        url = f"{call.venue.url}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=3"
        rows = (await call.client.get(url)).json()
        assert [len(row) for row in rows] == [12] * 3
        assert rows[0][0] < rows[1][0] < rows[2][0] <= time.time() * 1000
        assert (await call.client.get(url.replace("1m", "2m"))).json()["code"] == -1120
