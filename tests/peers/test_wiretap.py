"""What the bytes of a connection are read as."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import websockets
from aiohttp import web

from conformance.evidence.entry import Kind, Party
from conformance.peers.faults import Way
from conformance.peers.wiretap import Numbers, Seen, Wiretap

ASK = b"POST /v1/orders?a=%20b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
TOLD = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nwell"


def tap() -> Wiretap:
    return Wiretap(Numbers("run-"), clock=lambda: 0.0)


def in_pieces(tapped: Wiretap, way: Way, data: bytes, size: int) -> list[Seen]:
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return [seen for piece in pieces for seen in tapped.feed(way, piece)]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_request_and_its_answer_are_one_exchange_however_they_are_cut(
    size: int,
) -> None:
    tapped = tap()
    asked = in_pieces(tapped, Way.UP, ASK, size)
    told = in_pieces(tapped, Way.DOWN, TOLD, size)
    assert [(s.party, s.kind) for s in asked + told] == [
        (Party.STRATEGY, Kind.REQUEST),
        (Party.GATEWAY, Kind.RESPONSE),
    ]
    assert asked[0].data["target"] == "/v1/orders?a=%20b"
    assert asked[0].data["body"] == "{}"
    assert told[0].data["exchange"] == asked[0].data["exchange"] == 1
    assert (told[0].data["status"], told[0].data["body"]) == (201, "well")


def test_requests_that_come_at_once_are_told_apart() -> None:
    tapped = tap()
    seen = tapped.feed(Way.UP, ASK + ASK)
    assert len(seen) == 1
    seen = tapped.feed(Way.DOWN, TOLD)
    assert [s.kind for s in seen] == [Kind.RESPONSE, Kind.REQUEST]
    assert tapped.feed(Way.DOWN, TOLD)[0].data["exchange"] == 2


def test_a_request_that_is_not_whole_waits() -> None:
    tapped = tap()
    assert not tapped.waits
    for cut in (10, len(ASK) - 1):
        tapped = tap()
        tapped.feed(Way.UP, ASK[:cut])
        assert tapped.waits, cut
        tapped.feed(Way.UP, ASK[cut:])
        assert not tapped.waits


def test_who_waits_for_a_100_is_not_waited_for() -> None:
    tapped = tap()
    head, _, body = ASK.replace(b"Host", b"Expect: 100-continue\r\nHost").partition(
        b"{}"
    )
    assert tapped.feed(Way.UP, head) == []
    assert not tapped.waits
    assert tapped.feed(Way.DOWN, b"HTTP/1.1 100 Continue\r\n\r\n") == []
    (asked,) = tapped.feed(Way.UP, b"{}" + body)
    (told,) = tapped.feed(Way.DOWN, TOLD)
    assert asked.data["exchange"] == told.data["exchange"] == 1


def test_a_connection_that_is_reset_leaves_its_request_without_an_answer() -> None:
    tapped = tap()
    tapped.feed(Way.UP, ASK)
    assert tapped.asked == 1
    (lost,) = tapped.end(Way.DOWN, by="us", reset=True)
    assert (lost.kind, lost.data["reason"]) == (Kind.NO_RESPONSE, "reset")
    assert tapped.end(Way.UP) == []


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    tapped = tap()
    tapped.feed(Way.UP, ASK)
    assert tapped.feed(Way.DOWN, b"HTTP/1.0 200 OK\r\n\r\nall") == []
    (told,) = tapped.end(Way.DOWN)
    assert (told.kind, told.data["body"]) == (Kind.RESPONSE, "all")


def test_what_is_no_http_is_told_once_and_read_no_more() -> None:
    tapped = tap()
    (told,) = tapped.feed(Way.UP, b"\x16\x03\x01\x00\xa5\r\n\r\n")
    assert (told.kind, told.data["name"]) == (Kind.NOTE, "unreadable")
    assert tapped.unreadable
    assert tapped.feed(Way.UP, ASK) == []


def test_a_refused_upgrade_is_no_exchange() -> None:
    tapped = tap()
    asked = b"GET /v1/ws HTTP/1.1\r\nHost: x\r\n"
    upgrade = asked + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert tapped.feed(Way.UP, upgrade) == []
    (told,) = tapped.feed(Way.DOWN, b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
    assert (told.kind, told.data["status"]) == (Kind.REFUSED, 503)
    assert told.data["stream"] == "run-1"


# --- real parties on both sides ---


@asynccontextmanager
async def between(
    serve: Callable[[web.Request], object], seen: list[Seen]
) -> AsyncIterator[int]:
    """The port of a tapped way to a server that serves everything like this."""
    runner = web.ServerRunner(web.Server(serve))  # type: ignore[arg-type]
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    numbers = Numbers("s")

    async def meet(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, there = await asyncio.open_connection(*runner.addresses[0][:2])
        tapped = Wiretap(numbers)

        async def pass_on(
            way: Way, source: asyncio.StreamReader, target: asyncio.StreamWriter
        ) -> None:
            while data := await source.read(65536):
                seen.extend(tapped.feed(way, data))
                target.write(data)
            seen.extend(tapped.end(way))
            target.close()

        await asyncio.gather(pass_on(Way.UP, near, there), pass_on(Way.DOWN, far, back))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await runner.cleanup()


async def test_a_client_s_kept_connection_is_read_request_by_request() -> None:
    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.text()
        response = web.Response(text=body * 1000)
        response.enable_compression()
        return response

    seen: list[Seen] = []
    async with between(serve, seen) as port, httpx.AsyncClient() as client:
        for word in ("ab", "cd"):
            await client.post(f"http://127.0.0.1:{port}/{word}", content=word)
    told = [(s.kind, s.data["exchange"], s.data["body"]) for s in seen]
    assert told == [
        (Kind.REQUEST, 1, "ab"),
        (Kind.RESPONSE, 1, "ab" * 1000),
        (Kind.REQUEST, 2, "cd"),
        (Kind.RESPONSE, 2, "cd" * 1000),
    ]


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_a_stream_s_messages_are_read_also_where_they_are_compressed(
    compression: str | None,
) -> None:
    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        async for message in socket:
            await socket.send_str(message.data * 1000)
            await socket.send_bytes(b"\x00")
        return socket

    seen: list[Seen] = []
    async with between(serve, seen) as port:
        url = f"ws://127.0.0.1:{port}/v1/ws"
        async with websockets.connect(url, compression=compression) as stream:
            await stream.recv()
            for word in ("one", "two"):
                await stream.send(word)
                await stream.recv()
                await stream.recv()
    texts = [s.data.get("text") for s in seen if s.kind is Kind.MESSAGE]
    assert texts == ["hello", "one", "one" * 1000, None, "two", "two" * 1000, None]
    assert seen[0].kind is Kind.OPENED
    closed = [s.data for s in seen if s.kind is Kind.CLOSED]
    assert closed == [{"stream": "s1", "code": 1000, "reason": "", "by": "strategy"}]
