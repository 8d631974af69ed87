"""Where a strategy is met: the server, the market, the clock of the transcript."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path as File
from typing import Any

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.strategy.footing import Footing, Start
from conformance.peers.strategy.market import Market
from conformance.peers.strategy.process import StrategyProcess
from conformance.peers.strategy.server import (
    PlayedServer,
)
from conformance.peers.strategy.sessions import beginning
from conformance.peers.strategy.terms import Terms
from conformance.reference.settings import GatewaySettings


class Ground:
    """What every part of a played Gateway stands on."""

    def __init__(
        self, start: Start, footing: Footing, terms: Terms, recorder: Recorder, run: str
    ) -> None:
        self.start = start
        self.footing = footing
        self.terms = terms
        self.recorder = recorder
        self.run = run
        self.paced = footing.acks if terms.paced is None else terms.paced
        platform = (
            "tektii" if self.paced and terms.platform == "mock" else terms.platform
        )
        key = start.key if terms.key else None
        settings = GatewaySettings(
            platform=platform,
            port=0,
            api_key=key,
            drain_seconds=0.2,
            exit_state_file="/nonexistent/none",
        )
        self.server = self.serve(settings)
        self.server.provider.books.balance = terms.balance
        self.server.provider.lot = start.profile.lot
        self.stream = self.server.stream
        self.provider = self.server.provider
        self.stream.paced = self.paced
        began = terms.began or footing.began
        began = began or beginning(footing.timeframe, datetime.now(UTC))
        path = terms.path or footing.path
        symbol = footing.symbol
        self.market = Market(path, symbol, footing.timeframe, platform, began)
        self.market.stamp = terms.stamp
        self.server.markets[symbol] = self.market
        self.provider.prices.move(symbol, path.close(-1))
        self.process: StrategyProcess | None = None
        self.folder = File(tempfile.mkdtemp(prefix="conformance-strategy-"))
        """Where the strategy may keep what outlives its process; ours alone."""
        self.missed: list[str] = []
        """Event ids that were not acknowledged in time."""
        self._port = start.profile.port or 0

    def serve(self, settings: GatewaySettings) -> PlayedServer:
        """What listens where the strategy connects."""
        return PlayedServer(settings, self.recorder, self.run)

    @property
    def _mark(self) -> Json:
        return {"run": self.run}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def wait(self, seen: Callable[[], bool], seconds: float) -> bool:
        """Waits until `seen` holds, or the strategy has ended; whether it holds."""
        await self.server.news.wait(lambda: seen() or self.ended, seconds)
        return seen()

    @property
    def seconds(self) -> float:
        """Seconds since the transcript began."""
        return self.recorder.now

    async def quiet(self, seconds: float) -> None:
        """Lets time pass: what could still come may come."""
        await asyncio.sleep(seconds)

    async def wait_often(self, seen: Callable[[], bool], seconds: float) -> None:
        """Waits for what nobody tells us of, such as a file that grows."""
        end = time.monotonic() + seconds
        while not seen() and time.monotonic() < end:  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(0.05)

    def beside(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Does something while the script goes on."""
        return asyncio.ensure_future(work)

    def note(self, name: str, text: str = "", **facts: Json) -> None:
        """Marks a place in the transcript that checks look for."""
        self.recorder.note(text or name, name=name, facts={"run": self.run, **facts})

    @property
    def ended(self) -> bool:
        """Whether the strategy's process has ended."""
        return self.process is not None and self.process.exit_status is not None
