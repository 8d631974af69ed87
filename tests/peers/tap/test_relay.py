"""Bytes, ends and resets pass as they are, and what passed is told."""

import asyncio
import hashlib
import random
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from conformance.peers.tap.feed import What
from conformance.peers.tap.relay import Relay, Target
from fixtures.certificates import self_signed

AT_ONCE = struct.pack("ii", 1, 0)


class Told:
    """What the relay told, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[tuple[What, int, bytes]] = []
        self.ends: list[tuple[str, str]] = []
        self.said: list[str] = []

    def put(self, what: What, connection: int, data: bytes) -> None:
        self.pieces.append((what, connection, data))

    def closed(self, connection: int, how: str, by: str) -> None:
        self.ends.append((how, by))

    def of(self, what: What) -> bytes:
        return b"".join(data for w, _, data in self.pieces if w is what)

    async def end(self) -> tuple[str, str]:
        async with asyncio.timeout(5):
            while not self.ends:  # noqa: ASYNC110 - told by no event
                await asyncio.sleep(0.01)
        return self.ends[-1]


@asynccontextmanager
async def relayed(target: Target) -> AsyncIterator[tuple[int, Told]]:
    told = Told()
    relay = Relay(target, told.put, told.closed, told.said.append)
    sock = socket.create_server(("127.0.0.1", 0))
    await relay.listen(sock)
    try:
        yield sock.getsockname()[1], told
    finally:
        await relay.close()


@asynccontextmanager
async def gateway(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object],
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Target]:
    tasks: list[asyncio.Task[object]] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await serve(reader, writer)  # type: ignore[misc]
        finally:
            writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=tls)
    yield Target("127.0.0.1", server.sockets[0].getsockname()[1])
    server.close()
    await asyncio.gather(*tasks, return_exceptions=True)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def test_random_bytes_pass_both_ways_and_half_closed_untouched() -> None:
    source = random.Random(7)
    up, down = source.randbytes(3_000_000), source.randbytes(5_000_000)
    got = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal got
        # Answers only once the strategy has ended its half.
        got = await reader.read()
        writer.write(down)
        await writer.drain()

    async with gateway(serve) as target, relayed(target) as (port, told):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(up)
        writer.write_eof()
        heard = await reader.read()
        writer.close()
        assert await told.end() == ("closed", told.ends[-1][1])
    assert digest(got) == digest(up)
    assert digest(heard) == digest(down)
    assert told.of(What.UP) == up
    assert told.of(What.DOWN) == down
    kinds = [what for what, _, _ in told.pieces]
    assert kinds[0] is What.ACCEPTED
    assert {What.UP_END, What.DOWN_END} <= set(kinds)


async def test_a_reset_of_the_gateway_s_reaches_the_strategy_as_a_reset() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        writer.transport.abort()

    async with gateway(serve) as target, relayed(target) as (port, told):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        assert await told.end() == ("reset", "gateway")


async def test_a_reset_of_the_strategy_s_reaches_the_gateway_as_a_reset() -> None:
    ended = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            ended.set_result(await reader.read())
        except ConnectionResetError as error:
            ended.set_result(error)

    async with gateway(serve) as target, relayed(target) as (port, told):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"")
        while not told.pieces:  # noqa: ASYNC110 - told by no event
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        writer.transport.abort()
        assert isinstance(await asyncio.wait_for(ended, 5), ConnectionResetError)
        assert await told.end() == ("reset", "strategy")


async def test_a_gateway_that_is_away_resets_the_strategy_and_is_told_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with relayed(Target("127.0.0.1", port)) as (near, told):
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", near)
            with pytest.raises(ConnectionResetError):
                await reader.read()
            writer.close()
        assert await told.end() == ("refused", "strategy") or told.ends
        assert len(told.said) == 1
        assert told.said[0].startswith("the Gateway cannot be reached: ")


async def test_a_reader_that_is_slow_holds_the_gateway_up_and_no_memory() -> None:
    sent = 0
    stuck = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        try:
            while True:
                writer.write(b"x" * 65536)
                async with asyncio.timeout(0.5):
                    await writer.drain()
                sent += 65536
        except (TimeoutError, ConnectionError):
            stuck.set()

    async with gateway(serve) as target, relayed(target) as (port, _):
        sock = socket.create_connection(("127.0.0.1", port))
        await asyncio.wait_for(stuck.wait(), 10)
        sock.close()
    assert sent < 32 * 1024 * 1024


async def test_an_encrypted_gateway_is_spoken_to_encrypted(tmp_path: Path) -> None:
    pem = self_signed(tmp_path)
    if pem is None:
        pytest.skip("openssl makes the certificate, and is not there")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    ours = ssl.create_default_context(cafile=str(pem))
    down = random.Random(1).randbytes(1_000_000)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(5) == b"hello"
        writer.write(down)
        await writer.drain()

    async with gateway(serve, tls) as target:
        secure = Target("localhost", target.port, ours)
        async with relayed(secure) as (port, told):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"hello")
            heard = await reader.read()
            writer.close()
            await told.end()
    assert digest(heard) == digest(down)
    assert told.of(What.DOWN) == down
