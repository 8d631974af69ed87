"""What stands between a strategy and its Gateway: passes on, keeps, cuts, refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import websockets
from aiohttp import web

from conformance.evidence.entry import Json, Kind
from conformance.peers.engine.conduct import Cut, Hold, How, Status, When
from conformance.peers.pair.passing import Conduct, Passing
from conformance.peers.pair.relay import Relay
from conformance.peers.wiretap import Numbers, Seen

ODD = b'{"a":  1.0,\r\n "b": "\xc3\xa9"}'


class Script:
    """What is planned, and what was seen."""

    def __init__(self) -> None:
        self.plan: Conduct | None = None
        self.refuses: int | None = None
        self.seen: list[Seen] = []
        self.streams: list[Passing] = []

    def saw(self, connection: Passing, seen: Seen) -> None:
        self.seen.append(seen)
        if seen.kind is Kind.OPENED:
            self.streams.append(connection)

    def conduct(self, request: Seen) -> Conduct | None:
        found, self.plan = self.plan, None
        return found

    def refusal(self) -> int | None:
        return self.refuses

    def of(self, kind: Kind) -> list[dict[str, Json]]:
        return [s.data for s in self.seen if s.kind is kind]


class Gateway:
    """A server that takes orders and echoes."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.ended = asyncio.Event()

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/v1/ws":
            self.taken.append(await request.read())
            return web.Response(status=201, body=ODD)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        self.ended.set()
        return socket


@asynccontextmanager
async def standing() -> AsyncIterator[tuple[Relay, Script, Gateway]]:
    """A relay to a Gateway."""
    gateway, script = Gateway(), Script()
    runner = web.ServerRunner(web.Server(gateway.serve), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    relay = Relay(Numbers("s"), script)
    relay.target = runner.addresses[0][:2]
    await relay.listen()
    try:
        yield relay, script, gateway
    finally:
        await relay.close()
        await runner.cleanup()


async def order(relay: Relay) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{relay.port}/v1/orders"
        return await client.post(url, content=ODD)


async def test_what_nothing_is_planned_for_passes_byte_by_byte() -> None:
    async with standing() as (relay, script, gateway):
        answer = await order(relay)
    assert (answer.status_code, answer.content) == (201, ODD)
    assert gateway.taken == [ODD]
    assert [s.kind for s in script.seen] == [Kind.REQUEST, Kind.RESPONSE]


@pytest.mark.parametrize(
    ("cut", "taken"),
    [
        (Cut(When.BEFORE, How.RST), 0),
        (Cut(When.ACCEPTED, How.RST), 1),
        (Cut(When.ANSWERED, How.FIN), 1),
    ],
)
async def test_an_answer_is_lost_before_or_after_the_gateway_took_it(
    cut: Cut, taken: int
) -> None:
    async with standing() as (relay, script, gateway):
        script.plan = cut
        with pytest.raises(httpx.TransportError):
            await order(relay)
        assert len(gateway.taken) == taken
        assert script.of(Kind.NO_RESPONSE)[0]["detail"] == "ended by us"
        kept = [n for n in script.of(Kind.NOTE) if n["name"] == "lost-answer"]
        assert [n["facts"]["status"] for n in kept] == [201] * taken
        # What comes later is no affair of that.
        assert (await order(relay)).status_code == 201


@pytest.mark.parametrize("booked", [False, True])
async def test_an_answer_of_ours_is_told_in_place_of_the_gateways(booked: bool) -> None:
    async with standing() as (relay, script, gateway):
        script.plan = Status(503, '{"code":"X"}', {"retry-after": "1"}, booked)
        answer = await order(relay)
        assert (answer.status_code, answer.text) == (503, '{"code":"X"}')
        assert answer.headers["retry-after"] == "1"
        assert len(gateway.taken) == int(booked)
        (told,) = script.of(Kind.RESPONSE)
        assert (told["status"], told["deliberate"]) == (503, True)


@pytest.mark.parametrize("booked", [False, True])
async def test_an_answer_that_is_held_back_comes_when_it_is_let_go(
    booked: bool,
) -> None:
    async with standing() as (relay, script, gateway):
        hold = Hold(booked=booked)
        script.plan = hold
        asking = asyncio.ensure_future(order(relay))
        done, _ = await asyncio.wait([asking], timeout=0.2)
        assert not done
        assert len(gateway.taken) == int(booked)
        hold.release()
        assert (await asking).content == ODD


@pytest.mark.parametrize("how", [1000, 1012, How.RST, How.FIN])
async def test_a_stream_is_ended_towards_both(how: How | int) -> None:
    async with standing() as (relay, script, gateway):
        url = f"ws://127.0.0.1:{relay.port}/v1/ws"
        async with websockets.connect(url, close_timeout=1) as stream:
            await stream.send("hello")
            assert await stream.recv() == "hello"
            script.streams[0].cut(how)
            with pytest.raises(websockets.ConnectionClosed) as ended:
                await stream.recv()
        code = ended.value.rcvd.code if ended.value.rcvd else None
        assert code == (how if isinstance(how, int) else None)
        await asyncio.wait_for(gateway.ended.wait(), 3)
        (closed,) = script.of(Kind.CLOSED)
        assert (closed["by"], closed["code"]) == ("us", code)


@pytest.mark.parametrize("status", [503, 0])
async def test_an_upgrade_is_refused_or_reset_and_the_gateway_never_sees_it(
    status: int,
) -> None:
    async with standing() as (relay, script, _):
        script.refuses = status
        with pytest.raises((websockets.InvalidHandshake, OSError)):
            await websockets.connect(f"ws://127.0.0.1:{relay.port}/v1/ws")
        (refused,) = script.of(Kind.REFUSED)
        assert refused["status"] == (status or None)
        assert script.of(Kind.OPENED) == []


async def test_where_no_gateway_is_a_connection_is_reset() -> None:
    async with standing() as (relay, _, _):
        relay.target = None
        with pytest.raises(httpx.TransportError):
            await order(relay)


async def test_a_port_that_is_deaf_hears_again_where_it_was() -> None:
    async with standing() as (relay, _, _):
        port = relay.port
        await relay.deafen()
        with pytest.raises(httpx.ConnectError):
            await order(relay)
        await relay.listen(port)
        assert (await order(relay)).status_code == 201
