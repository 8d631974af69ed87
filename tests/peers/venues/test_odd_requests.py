"""A Gateway's request of any shape is answered: the played broker does not break."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from conformance.peers.venues.alpaca.venue import PlayedAlpaca
from conformance.peers.venues.oanda.terms import ACCOUNT
from conformance.peers.venues.oanda.venue import PlayedOanda
from conformance.peers.venues.saxo.venue import PlayedSaxo
from conformance.peers.venues.venue import PlayedVenue
from fixtures.venues import listening

ODD: tuple[Any, ...] = (
    *(None, [], {}, [1], True, 0, -1, 10**30, "", "x", "NaN", "sNaN", "1e999999"),
    *("٣", "9" * 5000, "0.000000000000000000000001", float("nan"), float("inf")),
)
NO_JSON = ("[1]", "null", "{", "[" * 5000, '{"order": 1}')


def odd(whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An object with each of its fields left out, or replaced by what it is not."""
    for name, value in whole.items():
        yield {n: v for n, v in whole.items() if n != name}
        yield from ({**whole, name: each} for each in ODD)
        if isinstance(value, dict):
            yield from ({**whole, name: each} for each in odd(value))


class Asking:
    """Sends all of these, and counts what was not answered."""

    def __init__(
        self, venue: PlayedVenue[Any, Any], client: httpx.AsyncClient, **headers: str
    ) -> None:
        self.url, self.client, self.headers = venue.url, client, headers
        self.broken: list[str] = []

    async def __call__(self, method: str, path: str, body: str | None = None) -> None:
        found = await self.client.request(
            method, f"{self.url}{path}", content=body, headers=self.headers
        )
        if found.status_code >= 500:
            self.broken.append(f"{method} {path} {body}"[:200])

    async def all(self, method: str, path: str, *orders: Mapping[str, Any]) -> None:
        for order in orders:
            for each in odd(order):
                await self(method, path, json.dumps(each))
        for text in NO_JSON:
            await self(method, path, text)


async def test_an_order_that_oanda_cannot_read_broke_the_played_one() -> None:
    limit = {
        "type": "LIMIT",
        "instrument": "EUR_USD",
        "units": "3",
        "price": "50",
        "timeInForce": "GTC",
        "positionFill": "DEFAULT",
        "clientExtensions": {"id": "mine"},
        "stopLossOnFill": {"price": "40", "timeInForce": "GTC"},
    }
    stop = {"type": "STOP_LOSS", "tradeID": "1", "price": "40"}
    account = f"/v3/accounts/{ACCOUNT}"
    async with listening(PlayedOanda) as (venue, client):
        token = venue.environment("EUR_USD")["OANDA_API_KEY"]
        ask = Asking(venue, client, Authorization=f"Bearer {token}")
        await ask.all("POST", f"{account}/orders", {"order": limit}, {"order": stop})
        await ask.all("PUT", f"{account}/orders/@mine", {"order": limit})
        units = {"longUnits": "1", "shortUnits": "NONE"}
        await ask.all("PUT", f"{account}/positions/EUR_USD/close", units)
        for count in ("x", "-1", "1e9", "²"):
            await ask("GET", f"{account}/orders?count={count}")
        for time in ("x", "NaN", "inf", "9" * 20, "9999-12-31T23:59:59Z"):
            await ask("GET", f"/v3/instruments/EUR_USD/candles?from={time}&to={time}")
    assert ask.broken == []


async def test_an_order_that_saxo_cannot_read_broke_the_played_one() -> None:
    order = {
        "Uic": 21,
        "AssetType": "FxSpot",
        "BuySell": "Buy",
        "Amount": 1000,
        "OrderType": "StopLimit",
        "OrderPrice": 200.0,
        "StopLimitPrice": 201.0,
        "OrderDuration": {"DurationType": "GoodTillCancel"},
        "Orders": [],
    }
    granted = {
        "Arguments": {"Uic": 21, "AssetType": "FxSpot"},
        "ContextId": "c",
        "ReferenceId": "r",
        "RefreshRate": 0,
    }
    async with listening(PlayedSaxo) as (venue, client):
        environment = venue.environment("EURUSD:FxSpot")
        base = environment["SAXO_BASE_URL"].removeprefix(venue.url)
        token = environment["SAXO_ACCESS_TOKEN"]
        ask = Asking(venue, client, Authorization=f"Bearer {token}")
        await ask.all("POST", f"{base}/trade/v2/orders", order)
        await ask.all("PATCH", f"{base}/trade/v2/orders", {**order, "OrderId": "1"})
        for what in ("trade/v1/infoprices", "port/v1/orders"):
            await ask.all("POST", f"{base}/{what}/subscriptions", granted)
        for minutes in ("x", "0", "-1", "9" * 20):
            charts = f"{base}/chart/v3/charts?Uic=21&AssetType=FxSpot"
            await ask("GET", f"{charts}&Horizon={minutes}")
    assert ask.broken == []


async def test_an_order_that_alpaca_cannot_read_broke_the_played_one() -> None:
    order = {
        "symbol": "AAPL",
        "qty": "3",
        "side": "buy",
        "type": "limit",
        "time_in_force": "gtc",
        "limit_price": "90",
        "client_order_id": "mine",
        "order_class": "bracket",
        "take_profit": {"limit_price": "120"},
        "stop_loss": {"stop_price": "80"},
    }
    async with listening(PlayedAlpaca) as (venue, client):
        given = venue.environment("AAPL")
        key, secret = given["ALPACA_API_KEY"], given["ALPACA_API_SECRET"]
        keys = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
        ask = Asking(venue, client, **keys)
        base = given["ALPACA_BASE_URL"].removeprefix(venue.url)
        await ask.all("POST", f"{base}/v2/orders", order)
        (first, *_) = venue.desk.books.orders
        await ask.all("PATCH", f"{base}/v2/orders/{first}", order)
    assert ask.broken == []
