"""A strategy that sends what nobody can use costs a bounded time and memory."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from conformance.evidence.entry import Kind
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers.strategy.server import BODY_KEPT, PlayedServer
from conformance.reference.settings import GatewaySettings


@pytest_asyncio.fixture
async def server() -> AsyncIterator[PlayedServer]:
    """One that listens."""
    recorder = Recorder(Header("x", "x", "", "", (), 0, ""), time.perf_counter)
    found = PlayedServer(GatewaySettings(port=0), recorder, "run-")
    await found.start(0)
    yield found
    await found.stop()


def dial(server: PlayedServer) -> connect:
    return connect(f"ws{server.url.removeprefix('http')}/v1/ws", proxy=None)


async def closed_with(socket: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    return socket.close_code


async def test_a_giant_frame_ends_its_stream_alone(server: PlayedServer) -> None:
    async with dial(server) as other, dial(server) as socket:
        with suppress(ConnectionClosed):
            await socket.send("z" * 8 * 1024 * 1024)
        assert await closed_with(socket) == 1009
        server.stream.tell({"type": "ping"})
        assert "ping" in str(await other.recv())


async def test_text_that_is_no_utf_8_ends_its_stream(server: PlayedServer) -> None:
    async with dial(server) as socket:
        socket.transport.write(b"\x81\x84\0\0\0\0\xff\xfe\xc3\x28")
        assert await closed_with(socket) == 1007
    assert Kind.CLOSED in {e.kind for e in server.recorder.entries}


async def test_of_a_giant_body_the_beginning_is_kept(server: PlayedServer) -> None:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        try:
            answer = await client.post("/v1/orders", content=b"[" * 32 * 1024 * 1024)
            assert answer.status_code in (400, 413)
        except httpx.WriteError:
            # It may be cut off before it has said it all.
            pass
        assert (await client.get("/livez")).status_code == 200
    sent = [e for e in server.recorder.entries if e.kind is Kind.REQUEST]
    assert len(str(sent[0].data["body"] or "")) <= BODY_KEPT


async def test_an_order_that_broke_off_as_its_sender_ended_was_one_without_an_id(
    server: PlayedServer,
) -> None:
    """Under load a strategy was killed between an order's head and its body."""
    port = int(server.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "POST /v1/orders HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
    writer.write(f"{head}content-length: 100\r\n\r\n".encode())
    assert b" 100 " in await reader.readline()
    writer.close()
    assert await server.news.wait(lambda: bool(server.recorder.entries), 5)
    told = server.recorder.entries
    assert [e.kind for e in told] == [Kind.NOTE]
    assert told[0].data["facts"]["asked"] == "POST /v1/orders"
    assert server.submits == []
