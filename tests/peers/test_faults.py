"""A forwarder passes bytes as they are, and spoils connections as it is told to."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from conformance.peers.engine.conduct import How
from conformance.peers.engine.sockets import end_transport
from conformance.peers.faults import Delay, Drip, Fault, HalfOpen, Stall, Way
from conformance.peers.forwarder import Forwarder

SOON = 0.1
"""Seconds in which nothing is to come: on one machine a byte takes none."""


@dataclass
class Server:
    """Gives back what it gets; keeps how each of its connections ended."""

    endings: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    port: int = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
            self.endings.put_nowait("end")
        except ConnectionError:
            self.endings.put_nowait("reset")
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@dataclass
class Client:
    """One connection to a forwarder."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def hear(self, count: int) -> bytes:
        async with asyncio.timeout(5):
            return await self.reader.readexactly(count)

    async def hears_nothing(self) -> bool:
        try:
            async with asyncio.timeout(SOON):
                return await self.reader.read(1) is None
        except TimeoutError:
            return True

    async def ending(self) -> str:
        try:
            async with asyncio.timeout(5):
                return "end" if await self.reader.read() == b"" else "bytes"
        except ConnectionError:
            return "reset"

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


@asynccontextmanager
async def echoing() -> AsyncIterator[tuple[Server, Forwarder]]:
    """A server, and a forwarder before it; nothing of the forwarder is left."""
    before = asyncio.all_tasks()
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    forwarder = await Forwarder.to("127.0.0.1", server.port)
    try:
        yield server, forwarder
    finally:
        await forwarder.close()
        assert forwarder.connections == 0
        listening.close()
        others = asyncio.all_tasks() - before
        if others:
            await asyncio.wait(others, timeout=5)
        assert asyncio.all_tasks() <= before
        # A socket that nobody closed warns here, and a warning is an error.
        gc.collect()


async def connected(forwarder: Forwarder) -> Client:
    """A client whose connection has led through."""
    client = Client(*await asyncio.open_connection("127.0.0.1", forwarder.port))
    client.say(b"?")
    assert await client.hear(1) == b"?"
    return client


async def test_bytes_pass_unchanged_in_both_directions() -> None:
    async with echoing() as (_, forwarder):
        data = bytes(range(256)) * 4096
        client = await connected(forwarder)
        client.say(data)
        assert await client.hear(len(data)) == data
        await client.close()


async def test_an_end_passes_while_the_other_direction_goes_on() -> None:
    async with echoing() as (server, forwarder):
        client = await connected(forwarder)
        client.say(b"last words")
        client.writer.write_eof()
        assert await client.hear(10) == b"last words"
        assert await client.ending() == "end"
        assert await server.endings.get() == "end"
        await client.close()


async def test_a_reset_passes() -> None:
    async with echoing() as (server, forwarder):
        client = await connected(forwarder)
        end_transport(client.writer.transport, How.RST)
        assert await server.endings.get() == "reset"


@pytest.mark.parametrize(("how", "seen"), [("fin", "end"), ("rst", "reset")])
async def test_a_cut_is_seen_by_both_parties(how: str, seen: str) -> None:
    async with echoing() as (server, forwarder):
        client = await connected(forwarder)
        assert await forwarder.cut(how) == 1
        assert await client.ending() == seen
        assert await server.endings.get() == seen
        await client.close()
        again = await connected(forwarder)
        await again.close()


async def test_a_cut_in_silence_is_seen_by_nobody() -> None:
    async with echoing() as (server, forwarder):
        client, other = await connected(forwarder), None
        await forwarder.cut(How.SILENCE)
        client.say(b"anybody?")
        assert await client.hears_nothing()
        assert server.endings.empty()
        other = await connected(forwarder)
        assert forwarder.connections == 2
        await forwarder.cut("rst")
        assert await client.ending() == "reset"
        await client.close()
        await other.close()


async def test_delayed_bytes_come_later_and_in_order() -> None:
    async with echoing() as (_, forwarder):
        client = await connected(forwarder)
        forwarder.fault = Delay(0.1)
        began = time.perf_counter()
        for number in range(20):
            client.say(b"%02d" % number)
        assert await client.hear(40) == b"".join(b"%02d" % n for n in range(20))
        # There and back, and not once for every piece.
        assert 0.2 <= time.perf_counter() - began < 1.0
        await client.close()


async def test_a_delay_that_is_switched_off_holds_nothing_back() -> None:
    async with echoing() as (_, forwarder):
        client = await connected(forwarder)
        forwarder.fault = Delay(60)
        client.say(b"late")
        assert await client.hears_nothing()
        forwarder.fault = None
        assert await client.hear(4) == b"late"
        await client.close()


@pytest.mark.parametrize("fault", [Stall(), HalfOpen(), Stall(Way.DOWN)])
async def test_what_is_held_back_comes_once_the_fault_is_off(fault: Fault) -> None:
    async with echoing() as (server, forwarder):
        client = await connected(forwarder)
        forwarder.fault = fault
        client.say(b"held")
        assert await client.hears_nothing()
        assert server.endings.empty()
        forwarder.fault = None
        assert await client.hear(4) == b"held"
        await client.close()


async def test_one_direction_can_be_spoiled_alone() -> None:
    async with echoing() as (server, forwarder):
        client = await connected(forwarder)
        forwarder.fault = Stall(Way.DOWN)
        client.say(b"heard there")
        client.writer.write_eof()
        assert await server.endings.get() == "end"
        assert await client.hears_nothing()
        forwarder.fault = Stall(Way.UP)
        assert await client.hear(11) == b"heard there"
        await client.close()


async def test_the_end_of_a_half_open_connection_is_not_told() -> None:
    async with echoing() as (server, forwarder):
        client = await connected(forwarder)
        forwarder.fault = HalfOpen()
        await client.close()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(server.endings.get(), SOON)
        forwarder.fault = None
        assert await server.endings.get() == "end"


async def test_a_half_open_connection_takes_no_more_than_the_system_holds() -> None:
    async with echoing() as (_, forwarder):
        client = await connected(forwarder)
        forwarder.fault = HalfOpen()
        client.say(bytes(32 * 1024 * 1024))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.writer.drain(), SOON)
        client.writer.transport.abort()


async def test_a_connection_made_while_half_open_leads_on_later() -> None:
    async with echoing() as (_, forwarder):
        forwarder.fault = HalfOpen()
        connecting = asyncio.create_task(connected(forwarder))
        assert not (await asyncio.wait([connecting], timeout=SOON))[0]
        assert forwarder.accepted == 1
        forwarder.fault = None
        await (await connecting).close()


async def test_a_drip_lets_so_many_bytes_through_a_second() -> None:
    async with echoing() as (_, forwarder):
        client = await connected(forwarder)
        forwarder.fault = Drip(1000, Way.DOWN)
        client.say(bytes(200))
        began = time.perf_counter()
        assert await client.hear(200) == bytes(200)
        assert 0.15 <= time.perf_counter() - began < 1.0
        await client.close()


async def test_refused_connections_are_refused_and_open_ones_stay() -> None:
    async with echoing() as (_, forwarder):
        client = await connected(forwarder)
        await forwarder.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", forwarder.port)
        client.say(b"still")
        assert await client.hear(5) == b"still"
        await forwarder.serve()
        await (await connected(forwarder)).close()
        await client.close()


async def test_who_is_refused_can_also_be_reset() -> None:
    async with echoing() as (_, forwarder):
        await forwarder.refuse(listening=True)
        with pytest.raises(ConnectionError):
            await connected(forwarder)
        await forwarder.serve()
        await (await connected(forwarder)).close()


async def test_a_party_that_is_not_there_is_a_reset() -> None:
    async with echoing() as (_, other):
        port = other.port
        await other.refuse()
        async with await Forwarder.to("localhost", port) as forwarder:
            with pytest.raises(ConnectionError):
                await connected(forwarder)


@pytest.mark.parametrize("how", [None, *How])
@pytest.mark.parametrize("fault", [None, Stall(), Delay(60), Drip(1), HalfOpen()])
async def test_closing_ends_what_every_fault_held(
    fault: Fault | None, how: How | None
) -> None:
    async with echoing() as (_, forwarder):
        client = await connected(forwarder)
        forwarder.fault = fault
        client.say(b"x" * 100)
        if how is not None:
            await forwarder.cut(how)
        await forwarder.close()
        assert await client.ending() in ("end", "reset", "bytes")
        await client.close()
