"""The stream of a played Gateway: too many of them are borne, ping frames seen."""

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


async def test_ping_frames_of_both_sides_are_answered_and_ours_are_counted() -> None:
    recorder = Recorder(Header("x", "x", "", "", (), 0, ""), time.perf_counter)
    server = PlayedServer(GatewaySettings(port=0), recorder, "run-")
    await server.start(0)
    async with connect(f"ws{server.url.removeprefix('http')}/v1/ws", proxy=None) as us:
        pong = await us.ping()
        await asyncio.wait_for(pong, 2)
        await server.stream.ping_frame()
        await server.news.wait(lambda: server.stream.frames_answered == 1, 2)
    assert server.stream.frames_answered == 1
    await server.stop()
