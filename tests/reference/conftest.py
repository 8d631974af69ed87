"""A reference Gateway between the played Engine and a strategy, all of them real."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import pytest

from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers.engine.engine import PlayedEngine
from conformance.reference.server import ReferenceGateway
from conformance.reference.settings import GatewaySettings

Json = dict[str, Any]

SYMBOL = "X"


class Bench:
    """One strategy's place: it asks over REST and hears one stream."""

    def __init__(self, engine: PlayedEngine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.session = aiohttp.ClientSession()
        self.heard: list[Json] = []
        self.gateway: ReferenceGateway | None = None
        self._hearing: asyncio.Task[None] | None = None

    async def start(self, **environment: str) -> None:
        """A Gateway, and the strategy's stream to it once the Engine is linked."""
        told = {
            **self.engine.environment(SYMBOL),
            "EXIT_STATE_FILE": str(self.folder / "exits.json"),
            "REFERENCE_UPSTREAM_SECONDS": "1",
            "REFERENCE_DRAIN_SECONDS": "0.01",
            **environment,
        }
        links = self.engine.links
        self.heard = []
        self.gateway = ReferenceGateway(GatewaySettings.from_environment(told))
        await self.gateway.start(0)
        self.socket = await self.session.ws_connect(f"{self.gateway.url}/v1/ws")
        self._hearing = asyncio.create_task(self._hear())
        assert await self.engine.linked(links + 1)

    async def kill(self) -> None:
        """As SIGKILL ends a process: nothing is written or said any more."""
        assert self.gateway is not None
        await self.gateway.stop()

    async def end(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.wait([self._hearing])
            await self.socket.close()
        if self.gateway is not None:
            await self.gateway.stop()
        await self.session.close()

    async def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """The status of an answer, and its JSON."""
        assert self.gateway is not None
        url = self.gateway.url + path
        async with self.session.request(method, url, json=body) as answer:
            return answer.status, await answer.json()

    async def submit(self, **terms: Any) -> Any:
        usual = {"symbol": SYMBOL, "side": "BUY", "order_type": "MARKET"}
        return await self.ask("POST", "/v1/orders", {**usual, "quantity": "10"} | terms)

    async def until(self, seen: Callable[[], Any], seconds: float = 2) -> bool:
        """Waits for something to have happened; whether it did."""
        end = perf_counter() + seconds
        while not seen():
            if perf_counter() > end:
                return False
            await asyncio.sleep(0.005)
        return True

    async def told(self, kind: str, event: str | None = None, count: int = 1) -> bool:
        """Waits for messages of a type, and of an event."""
        return await self.until(lambda: len(self.of(kind, event)) >= count)

    def of(self, kind: str, event: str | None = None) -> list[Json]:
        return [
            m
            for m in self.heard
            if m["type"] == kind and event in (None, m.get("event"))
        ]

    async def quiet(self) -> None:
        """Everything that was said before has been heard: a candle went through."""
        event = self.engine.candle(SYMBOL, "100")
        assert await self.until(lambda: self.heard_of(event))

    def heard_of(self, event_id: str) -> bool:
        return any(m.get("event_id") == event_id for m in self.heard)

    async def _hear(self) -> None:
        async for message in self.socket:
            self.heard.append(json.loads(message.data))


@pytest.fixture
async def engine() -> AsyncIterator[PlayedEngine]:
    header = Header("reference", "a test", "tektii", "", (), 0, "")
    played = PlayedEngine(Recorder(header, perf_counter), patience=2)
    await played.start()
    yield played
    await played.stop()


@pytest.fixture
async def bench(engine: PlayedEngine, tmp_path: Path) -> AsyncIterator[Bench]:
    found = Bench(engine, tmp_path)
    await found.start()
    yield found
    await found.end()
