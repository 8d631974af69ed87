"""The stream of a played Gateway bears a strategy that opens far too many."""

import asyncio
import time
from collections import Counter

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from conformance.evidence.entry import Kind
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers.strategy.server import PlayedServer
from conformance.peers.strategy.stream import FULL, MOST_STREAMS
from conformance.reference.settings import GatewaySettings


async def test_more_streams_than_anybody_needs_are_refused_and_written_down() -> None:
    recorder = Recorder(Header("x", "x", "", "", (), 0, ""), time.perf_counter)
    server = PlayedServer(GatewaySettings(port=0), recorder, "run-")
    await server.start(0)
    url = f"ws{server.url.removeprefix('http')}/v1/ws"

    async def dial() -> int:
        try:
            await connect(url, proxy=None)
        except InvalidStatus as refused:
            return refused.response.status_code
        return 101

    answers = Counter(await asyncio.gather(*(dial() for _ in range(MOST_STREAMS + 9))))
    await server.stop()
    assert answers == {101: MOST_STREAMS, FULL: 9}
    assert sum(e.kind is Kind.REFUSED for e in recorder.entries) == 9
