"""One backtest for somebody at a terminal: bar after bar, as acknowledged."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.recorder import Unkept
from conformance.evidence.transcript import Header
from conformance.peers.engine.engine import PlayedEngine
from conformance.protocol.money import text_of

Show = Callable[[Entry], None]

REMIND_SECONDS = 5.0
"""After how long somebody is told what time stands still for."""

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
"""When the simulation begins; a bar is a minute."""

FIRST = Decimal(100)
STEP = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Backtest:
    """What is played: so many bars of each symbol, the same for the same seed."""

    symbols: tuple[str, ...]
    bars: int
    seed: int
    host: str = "127.0.0.1"
    port: int = 0


class Live(Unkept):
    """Shows each entry as it comes."""

    def __init__(self, show: Show) -> None:
        header = Header("engine", "by hand", "tektii", "", (), 0, "")
        super().__init__(header, time.perf_counter)
        self._show = show

    def add(self, party: Party, kind: Kind, **data: Json) -> Entry:
        entry = super().add(party, kind, **data)
        self._show(entry)
        return entry


def play_now(asked: Backtest, show: Show, say: Callable[[str], None]) -> None:
    """Plays it in an event loop of its own."""
    asyncio.run(play(asked, show, say))


async def play(asked: Backtest, show: Show, say: Callable[[str], None]) -> None:
    """Waits for a Gateway, plays the run, and returns once its end is acknowledged.

    Raises OSError where it cannot listen.
    """
    engine = PlayedEngine(Live(show))
    await engine.start(asked.port, asked.host)
    try:
        for name, value in engine.environment(asked.symbols[0]).items():
            say(f"{name}={value}")
        say("waiting for a Gateway: it comes once a strategy opens its stream")
        while not await engine.linked(seconds=3600):
            pass
        await _bars(engine, asked, say)
        engine.finish()
        await _acknowledged(engine, say)
        say("the backtest is complete")
    finally:
        await engine.stop()


async def _bars(
    engine: PlayedEngine, asked: Backtest, say: Callable[[str], None]
) -> None:
    walk = random.Random(asked.seed)
    prices = dict.fromkeys(asked.symbols, FIRST)
    for place in range(asked.bars):
        at = BEGIN + timedelta(minutes=place)
        for symbol in asked.symbols:
            moved = prices[symbol] + STEP * walk.randint(-100, 100)
            prices[symbol] = max(moved, STEP)
            engine.candle(symbol, text_of(prices[symbol]), at=at)
        await _acknowledged(engine, say)


async def _acknowledged(engine: PlayedEngine, say: Callable[[str], None]) -> None:
    """Time stands still until everything that was told is acknowledged."""

    def open_() -> list[str]:
        done = engine.server.acknowledged
        return [event for event in engine.server.told if event not in done]

    while not await engine.server.news.wait(lambda: not open_(), REMIND_SECONDS):
        say(f"time stands still for {', '.join(open_()[:5])}: not acknowledged")
