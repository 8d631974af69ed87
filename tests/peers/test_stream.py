"""A stream that never stops costs no more than its bound."""

import asyncio
import time

import pytest
from aiohttp import web

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers import stream
from conformance.peers.rest import Address
from conformance.peers.stream import PlayedStream, open_stream

HEADER = Header("script", "instance", "mock", "cf", ("A",), 1, "")


async def _floods(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    while not socket.closed:
        await socket.send_str("x" * 1000)
    return socket


async def test_a_stream_that_floods_took_all_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "FLOOD", 100_000)
    app = web.Application()
    app.router.add_get("/v1/ws", _floods)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    recorder = Recorder(HEADER, time.perf_counter)
    address = Address(f"http://{host}:{port}")
    opened = await open_stream("flood", address, recorder, seconds=5)
    assert isinstance(opened, PlayedStream)
    assert await opened.ended(5)
    assert len(opened.heard) < 100
    assert opened.heard[-1].text == "x" * 1000
    last = recorder.entries[-1]
    assert (last.kind, last.party) == (Kind.CLOSED, Party.SUITE)
    await opened.close()
    await asyncio.wait_for(runner.cleanup(), 5)
