"""A real Gateway in a script's hand: on our books, away, killed, and there again."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
import websockets

from conformance.evidence.entry import Kind
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers.embedded import EmbeddedSubject
from conformance.peers.pair.gateway import PairGateway, meeting
from conformance.peers.pair.server import NotPlayable
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.terms import Terms
from fixtures.trying import GOOD, KEY, cast_of_good

HEADERS = {"authorization": f"Bearer {KEY}"}
ORDER = {"symbol": "BTCUSD", "side": "BUY", "order_type": "MARKET", "quantity": "1"}


@asynccontextmanager
async def gateway(terms: Terms | None = None) -> AsyncIterator[PairGateway]:
    """One that no strategy was started on."""
    cast = cast_of_good(GOOD)
    start = replace(cast.start, meets=meeting(EmbeddedSubject()))
    header = Header("pair-x", "pair-x (pair)", "tektii", "cf", (), 1, "")
    recorder = Recorder(header, lambda: 0.0)
    met = Encounter(start, cast.footing, recorder, random.Random(0))
    async with met.gateway(terms, launch=False, run="try-") as found:
        assert isinstance(found, PairGateway)
        yield found


async def ask(found: PairGateway, method: str, path: str, **more: object) -> object:
    """What a strategy is answered."""
    async with httpx.AsyncClient(trust_env=False, headers=HEADERS) as client:
        answer = await client.request(method, found.url + path, **more)  # type: ignore[arg-type]
        return answer.json()


async def test_an_order_that_comes_after_the_last_bar_is_filled() -> None:
    async with gateway() as found:
        found.market.next = found.footing.exit
        await ask(found, "POST", "/v1/orders", json=ORDER)
        assert found.live_orders()
        assert await found.within(lambda: bool(found.held), 2)


async def test_its_history_is_the_scripts_market() -> None:
    async with gateway() as found:
        found.market.next = 3
        bars = await ask(found, "GET", "/v1/bars/BTCUSD?timeframe=1m&limit=2")
        assert isinstance(bars, list)
        wanted = [found.market.path.close(index) for index in (1, 2)]
        assert [bar["close"] for bar in bars] == [f"{w.normalize():f}" for w in wanted]


@pytest.mark.parametrize("how", ["shut_down", "crash"])
async def test_one_that_ended_is_there_again_with_what_its_venue_has(how: str) -> None:
    async with gateway() as found:
        await ask(found, "POST", "/v1/orders", json=ORDER)
        found.provider.meet()
        await getattr(found, how)()
        with pytest.raises(httpx.TransportError):
            await ask(found, "GET", "/v1/positions")
        await found.come_back()
        positions = await ask(found, "GET", "/v1/positions")
        assert isinstance(positions, list)
        assert [p["quantity"] for p in positions] == ["1"]
        kinds = [e.kind for e in found.recorder.entries]
        assert Kind.PROCESS not in kinds


async def test_who_had_an_event_last_is_written_down() -> None:
    async with gateway() as found:
        url = found.url.replace("http", "ws") + "/v1/ws"
        async with websockets.connect(url, additional_headers=HEADERS):
            assert await found.connected(1, 2)
            found.server.stream.confirmed.add("evt-kept")
            found.server.stream.passed |= {"evt-kept", "evt-heard"}
            found.unanswered(["evt-kept", "evt-heard", "evt-lost"])
        notes = {
            e.data["name"]: e.data["facts"]["events"]
            for e in found.recorder.entries
            if e.kind is Kind.NOTE and "events" in (e.data.get("facts") or {})
        }
        assert notes == {
            "not-passed-on": ["evt-lost"],
            "ack-kept": ["evt-kept"],
            "unacknowledged": ["evt-heard"],
        }
        assert found.missed == ["evt-heard"]


async def test_what_an_engine_cannot_bring_about_is_said() -> None:
    with pytest.raises(NotPlayable, match="the platform alpaca-paper"):
        async with gateway(Terms("alpaca-paper")):
            pass
    async with gateway() as found:
        with pytest.raises(NotPlayable, match="say data_staleness"):
            found.tell({"type": "data_staleness"})
