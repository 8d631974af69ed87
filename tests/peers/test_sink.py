"""A sink counts who connects, keeps what for, and answers nothing."""

import asyncio

from conformance.peers.sink import SILENT, Sink


async def connected(sink: Sink) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = sink.address.partition(":")
    return await asyncio.open_connection(host, int(port))


async def test_a_sink_that_nobody_dialled_says_so() -> None:
    async with Sink() as sink:
        assert not await sink.dialled(0.05)
        assert sink.said == ()


async def test_a_request_is_counted_and_not_answered() -> None:
    async with Sink() as sink:
        reader, writer = await connected(sink)
        writer.write(
            b"GET /v1/account?signature=secret HTTP/1.1\r\nKey: secret\r\n\r\n"
        )
        assert await sink.dialled(5)
        assert b"HTTP" not in await reset_or_end(reader)
        assert sink.said == ("GET /v1/account",)
        writer.close()


async def test_a_silent_connection_counts_and_ends_with_the_sink() -> None:
    async with Sink() as sink:
        reader, writer = await connected(sink)
        assert await sink.dialled(5)
        assert sink.said == (SILENT,)
    assert await reset_or_end(reader) == b""
    writer.close()


async def reset_or_end(reader: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b""
