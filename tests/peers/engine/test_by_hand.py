"""Somebody at a terminal sees a whole backtest go by, paced by a strategy."""

import asyncio
import json

from websockets.asyncio.client import connect

from conformance.evidence.entry import Entry, Kind, Party
from conformance.peers.embedded import EmbeddedSubject
from conformance.peers.engine.by_hand import Backtest, play
from conformance.peers.ports import free_port


async def _strategy(url: str, kinds: list[str]) -> None:
    """Acknowledges whatever it hears, until the end."""
    async with connect(f"ws{url.removeprefix('http')}/v1/ws") as stream:
        async for text in stream:
            message = json.loads(text)
            kinds.append(message["type"])
            said = {"type": "event_ack", "correlation_id": "c", "timestamp": 0}
            processed = {"events_processed": [message["event_id"]]}
            await stream.send(json.dumps({**said, **processed}))
            if message["type"] == "backtest_complete":
                return


async def test_a_backtest_by_hand_goes_on_with_each_acknowledgement() -> None:
    port, seen, said, kinds = free_port(), [], [], []
    asked = Backtest(("AAPL", "MSFT"), 3, 1, port=port)
    playing = asyncio.create_task(play(asked, seen.append, said.append))
    subject = EmbeddedSubject()
    environment = {
        "GATEWAY_PROVIDER": "tektii",
        "TEKTII_ENGINE_URL": f"http://127.0.0.1:{port}",
        "TEKTII_ENGINE_WS_URL": f"ws://127.0.0.1:{port}",
    }
    instance = await subject.start("by hand", environment)
    try:
        await _strategy(instance.address.url, kinds)
        await asyncio.wait_for(playing, 5)
    finally:
        await subject.release(instance)
    assert kinds == ["candle"] * 6 + ["backtest_complete"]
    assert said[-1] == "the backtest is complete"
    assert _frames(seen, Party.VENUE) == 7
    assert _frames(seen, Party.GATEWAY) == 7


def _frames(seen: list[Entry], party: Party) -> int:
    return sum(1 for e in seen if e.kind is Kind.FRAME and e.party is party)
