"""A Gateway by hand does with agreed quantities what its table says."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
import websockets

from conformance.evidence.entry import Entry
from conformance.peers.strategy.by_hand import Sitting, _play, agreed


@pytest_asyncio.fixture
async def url() -> AsyncIterator[str]:
    """Where one serves, with many bars a second."""
    said: asyncio.Queue[str] = asyncio.Queue()
    shown: list[Entry] = []
    sitting = Sitting(port=0, pace=50)
    task = asyncio.create_task(_play(sitting, shown.append, said.put_nowait))
    first = await said.get()
    yield first.split()[2].rstrip(",")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def submit(url: str, quantity: str) -> httpx.Response:
    order = {"symbol": "BTCUSD", "side": "buy", "order_type": "market"}
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        return await client.post("/v1/orders", json={**order, "quantity": quantity})


async def test_a_quantity_that_ends_in_422_is_refused(url: str) -> None:
    answer = await submit(url, "3.422")
    assert answer.status_code == 422
    assert answer.json()["details"]["reject_code"] == "INSUFFICIENT_FUNDS"


async def test_one_that_ends_in_504_is_booked_and_not_answered(url: str) -> None:
    with pytest.raises(httpx.ReadError):
        await submit(url, "3.504")
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        orders = (await client.get("/v1/orders")).json()
    assert [order["quantity"] for order in orders] == ["3.504"]


async def test_one_that_ends_in_400_is_filled_in_part_and_cancelled(url: str) -> None:
    async with websockets.connect(f"ws{url[4:]}/v1/ws") as stream:
        assert (await submit(url, "10.400")).status_code == 201
        while True:
            message = json.loads(await stream.recv())
            if message.get("event") == "ORDER_CANCELLED":
                break
    assert message["order"]["filled_quantity"] == "4.16"


async def test_any_other_quantity_is_filled(url: str) -> None:
    async with websockets.connect(f"ws{url[4:]}/v1/ws") as stream:
        assert (await submit(url, "1.5")).status_code == 201
        while True:
            message = json.loads(await stream.recv())
            if message.get("event") == "ORDER_FILLED":
                break
    assert message["order"]["quantity"] == "1.5"


def test_every_agreed_fraction_is_told() -> None:
    assert {"0.422", "0.504", "0.400", "0.901"} <= set(agreed())


async def test_it_says_the_platform_that_it_is_told_to_say() -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    sitting = Sitting(port=0, platform="alpaca-paper")
    task = asyncio.create_task(_play(sitting, lambda _: None, said.put_nowait))
    url = (await said.get()).split()[2].rstrip(",")
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        told = (await client.get("/health")).json()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [each["platform"] for each in told["providers"]] == ["alpaca-paper"]
