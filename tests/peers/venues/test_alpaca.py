"""The played Alpaca refuses and answers as its public document has it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from conformance.peers.venues.alpaca.venue import PlayedAlpaca
from fixtures.venues import faults_of, listening

LIMIT = {
    "symbol": "AAPL",
    "qty": "3",
    "side": "buy",
    "type": "limit",
    "time_in_force": "gtc",
    "limit_price": "90",
}
MARKET = {
    "symbol": "AAPL",
    "qty": "3",
    "side": "buy",
    "type": "market",
    "time_in_force": "day",
}
EXITS = {
    "order_class": "bracket",
    "take_profit": {"limit_price": "120"},
    "stop_loss": {"stop_price": "80"},
}


class Caller:
    """Calls with the run's keys."""

    def __init__(self, venue: PlayedAlpaca, client: httpx.AsyncClient) -> None:
        self.venue = venue
        self.client = client

    async def __call__(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        keys = self.venue.credentials
        headers = {"APCA-API-KEY-ID": keys.key, "APCA-API-SECRET-KEY": keys.secret}
        url = f"{self.venue.url}{path}"
        return await self.client.request(method, url, json=body, headers=headers)

    async def placed(self, **fields: Any) -> dict[str, Any]:
        found = await self("POST", "/v2/orders", fields)
        assert found.status_code == 200, found.text
        return dict(found.json())

    async def status(self, order_id: str) -> str:
        found = await self("GET", f"/v2/orders/{order_id}")
        return str(found.json()["status"])

    @property
    def faults(self) -> list[str]:
        return faults_of(self.venue)


@asynccontextmanager
async def _alpaca() -> AsyncIterator[Caller]:
    async with listening(PlayedAlpaca) as (venue, client):
        yield Caller(venue, client)


async def test_other_keys_are_unauthorized() -> None:
    async with _alpaca() as call:
        found = await call.client.get(f"{call.venue.url}/v2/account")
        assert found.status_code == 401
        assert call.faults


async def test_an_order_is_accepted_and_then_meets_the_market() -> None:
    async with _alpaca() as call:
        told = await call.placed(**MARKET)
        assert UUID(told["id"])
        assert (told["status"], told["filled_qty"]) == ("accepted", "0")
        assert await call.status(told["id"]) == "filled"
        rows = (await call("GET", "/v2/account/activities/FILL")).json()
        assert [(r["qty"], r["order_id"]) for r in rows] == [("3", told["id"])]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"qty": "5000"}, 403, 40310000),
        ({"symbol": "NOSUCH"}, 422, 42210000),
        ({"limit_price": "90.001"}, 422, 42210000),
        ({"qty": "0.5"}, 422, 42210000),
        ({"client_order_id": "taken"}, 422, 40010001),
        ({"symbol": "BTCUSD", "side": "sell"}, 403, 40310000),
    ],
)
async def test_what_the_broker_refuses_is_no_fault_of_the_request(
    changed: dict[str, str], status: int, code: int
) -> None:
    async with _alpaca() as call:
        await call.placed(**LIMIT, client_order_id="taken")
        found = await call("POST", "/v2/orders", {**LIMIT, **changed})
        assert (found.status_code, found.json()["code"]) == (status, code)
        assert call.faults == []
        assert len(call.venue.orders()) == 1


async def test_a_bracket_of_one_exit_is_refused() -> None:
    async with _alpaca() as call:
        half = {k: v for k, v in EXITS.items() if k != "take_profit"}
        found = await call("POST", "/v2/orders", {**LIMIT, **half})
        assert found.status_code == 422
        assert "take_profit.limit_price" in call.faults[0]


async def test_the_legs_of_a_bracket_are_held_and_one_cancels_the_other() -> None:
    async with _alpaca() as call:
        call.venue.by_hand = True
        entry = await call.placed(**LIMIT, **EXITS)
        profit, loss = entry["legs"]
        assert (profit["status"], loss["status"]) == ("held", "held")
        call.venue.fill(entry["id"], "1")
        assert await call.status(loss["id"]) == "held"
        call.venue.fill(entry["id"], "2")
        assert await call.status(loss["id"]) == "new"
        call.venue.by_hand = False
        call.venue.price("AAPL", "121")
        assert await call.status(profit["id"]) == "filled"
        assert await call.status(loss["id"]) == "canceled"


async def test_an_order_that_brings_one_exit_is_another_class() -> None:
    async with _alpaca() as call:
        one = {"order_class": "oto", "stop_loss": {"stop_price": "80"}}
        entry = await call.placed(**LIMIT, **one)
        assert [leg["type"] for leg in entry["legs"]] == ["stop"]
        assert entry["order_class"] == entry["legs"][0]["order_class"] == "oto"
        both = {**LIMIT, **EXITS, "order_class": "oto"}
        assert (await call("POST", "/v2/orders", both)).status_code == 422


@pytest.mark.parametrize(
    ("by", "price", "filled"),
    [("trail_price", "111", True), ("trail_percent", "111", False)],
)
async def test_a_trailing_stop_follows_the_market(
    by: str, price: str, filled: bool
) -> None:
    async with _alpaca() as call:
        await call.placed(**MARKET)
        sale = {**MARKET, "side": "sell", "type": "trailing_stop", by: "10"}
        order = await call.placed(**sale)
        call.venue.price("AAPL", "121")
        call.venue.price("AAPL", price)
        shown = (await call("GET", f"/v2/orders/{order['id']}")).json()
        assert (shown["status"] == "filled", shown[by]) == (filled, "10")
        assert shown["hwm"] == "121"


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "trailing_stop"},
        {"type": "trailing_stop", "trail_price": "1", "trail_percent": "1"},
        {"type": "trailing_stop", "trail_price": "1", "time_in_force": "ioc"},
        {"trail_price": "1"},
    ],
)
async def test_a_trail_that_alpaca_does_not_document_is_refused(
    changed: dict[str, str],
) -> None:
    async with _alpaca() as call:
        found = await call("POST", "/v2/orders", {**MARKET, **changed})
        assert found.status_code == 422
        assert "trail" in call.faults[0]


async def test_a_coin_has_no_stops() -> None:
    async with _alpaca() as call:
        stop = {**MARKET, "symbol": "BTCUSD", "type": "stop", "stop_price": "150"}
        found = await call("POST", "/v2/orders", {**stop, "time_in_force": "gtc"})
        assert (found.status_code, call.faults) == (422, [])


async def test_cancelling_an_entry_cancels_its_legs() -> None:
    async with _alpaca() as call:
        entry = await call.placed(**LIMIT, **EXITS)
        found = await call("DELETE", f"/v2/orders/{entry['id']}")
        assert (found.status_code, found.content) == (204, b"")
        assert [await call.status(leg["id"]) for leg in entry["legs"]] == [
            "canceled",
            "canceled",
        ]
        again = await call("DELETE", f"/v2/orders/{entry['id']}")
        assert again.status_code == 422


async def test_a_replaced_order_has_another_id_and_what_was_left_to_fill() -> None:
    async with _alpaca() as call:
        old = await call.placed(**LIMIT, client_order_id="mine")
        call.venue.fill(old["id"], "1", "90")
        path = f"/v2/orders/{old['id']}"
        new = (await call("PATCH", path, {"limit_price": "91"})).json()
        assert new["id"] != old["id"]
        assert (new["replaces"], new["qty"]) == (old["id"], "2")
        assert await call.status(old["id"]) == "replaced"
        nothing = await call("PATCH", path, {})
        assert nothing.status_code == 422
        assert call.faults


async def test_closing_all_tells_of_each_position() -> None:
    async with _alpaca() as call:
        await call.placed(**MARKET)
        await call.placed(**{**MARKET, "symbol": "MSFT"})
        held = {**LIMIT, "side": "sell", "limit_price": "150"}
        await call.placed(**held)
        found = await call("DELETE", "/v2/positions")
        assert found.status_code == 207
        told = {row["symbol"]: row for row in found.json()}
        assert told["AAPL"]["status"] == 403
        assert told["AAPL"]["body"]["code"] == 40310000
        assert told["MSFT"]["status"] == 200
        assert told["MSFT"]["body"]["side"] == "sell"
        left = (await call("GET", "/v2/positions")).json()
        assert [(p["symbol"], p["qty"]) for p in left] == [("AAPL", "3")]
        await call("DELETE", "/v2/positions?cancel_orders=true")
        assert (await call("GET", "/v2/positions")).json() == []


async def test_a_part_of_a_position_can_be_closed() -> None:
    async with _alpaca() as call:
        await call.placed(**MARKET)
        await call("DELETE", "/v2/positions/AAPL?qty=1")
        assert (await call("GET", "/v2/positions/AAPL")).json()["qty"] == "2"
        assert (await call("GET", "/v2/positions/MSFT")).status_code == 404


async def test_cancelling_all_is_told_by_order_and_knows_no_filter() -> None:
    async with _alpaca() as call:
        ids = [(await call.placed(**LIMIT))["id"]]
        ids.append((await call.placed(**{**LIMIT, "symbol": "MSFT"}))["id"])
        found = await call("DELETE", "/v2/orders?symbols=MSFT")
        assert found.status_code == 207
        assert found.json() == [{"id": each, "status": 200} for each in ids]


async def test_an_order_that_is_not_there_is_not_found() -> None:
    async with _alpaca() as call:
        assert (await call("GET", f"/v2/orders/{uuid4()}")).status_code == 404
        assert (await call("GET", "/v2/orders/12")).status_code == 422


async def test_quotes_and_bars_of_shares_and_coins() -> None:
    async with _alpaca() as call:
        share = (await call("GET", "/v2/stocks/AAPL/quotes/latest?feed=iex")).json()
        assert (share["quote"]["bp"], share["quote"]["ap"]) == (99.99, 100.01)
        pair = "/v1beta3/crypto/us/latest/quotes?symbols=BTC/USD"
        assert "BTC/USD" in (await call("GET", pair)).json()["quotes"]
        bars = "/v2/stocks/AAPL/bars?timeframe=1Min&limit=3&start=2026-01-02T15:00:00Z"
        rows = (await call("GET", bars)).json()["bars"]
        assert [r["t"] for r in rows] == [
            "2026-01-02T15:00:00Z",
            "2026-01-02T15:01:00Z",
            "2026-01-02T15:02:00Z",
        ]
        none = (await call("GET", "/v2/stocks/NOSUCH/bars?timeframe=1Min")).json()
        assert none["bars"] is None
