"""Somebody at a terminal is a broker: an order comes, and is filled as it is typed."""

import asyncio
import shlex

import httpx
import pytest

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.recorder import Unkept
from conformance.evidence.transcript import Header
from conformance.peers.ports import free_port
from conformance.peers.venues.by_hand import Seat, play
from conformance.peers.venues.registry import VENUES, venue_for
from conformance.peers.venues.safety import check_lines


class Terminal:
    """One broker that is played, what it shows and says, and what is typed."""

    def __init__(self, provider: str) -> None:
        self.shown: list[Entry] = []
        self.said: list[str] = []
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._lines = asyncio.StreamReader()
        seat = Seat(provider, hold=True, port=port)
        self._playing = asyncio.create_task(
            play(seat, self.shown.append, self._hear, self._lines)
        )
        self._news = asyncio.Event()

    def _hear(self, line: str) -> None:
        self.said.append(line)
        self._news.set()

    async def heard(self, word: str) -> str:
        """Waits for a line with this word."""
        async with asyncio.timeout(5):
            while not (found := [s for s in self.said if word in s]):
                self._news.clear()
                await self._news.wait()
        return found[-1]

    def type(self, line: str) -> None:
        self._lines.feed_data(f"{line}\n".encode())

    async def leave(self) -> None:
        self._playing.cancel()
        await asyncio.gather(self._playing, return_exceptions=True)


def told_by(terminal: Terminal) -> dict[str, str]:
    """The variables, as a shell would read them."""
    lines = [line for line in terminal.said if line.partition("=")[0].isupper()]
    return dict(shlex.split(line)[0].split("=", 1) for line in lines)


@pytest.mark.parametrize("provider", list(VENUES))
async def test_it_tells_what_a_gateway_is_to_be_told_and_shows_what_comes(
    provider: str,
) -> None:
    terminal = Terminal(provider)
    try:
        await terminal.heard("symbols: ")
        told = told_by(terminal)
        check_lines(told)
        assert told["GATEWAY_PROVIDER"] == provider
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"{terminal.url}/nobody/knows/this")
        assert any(e.kind is Kind.CALL for e in terminal.shown)
    finally:
        await terminal.leave()


async def test_what_is_typed_happens_or_says_why_it_cannot() -> None:
    provider = next(iter(VENUES))
    terminal = Terminal(provider)
    try:
        await terminal.heard("symbols: ")
        symbol = VENUES[provider].symbols[0]
        for line in (f"price {symbol} 101", "dance", "fill 77 1", "price X", ""):
            terminal.type(line)
        assert "not known" in await terminal.heard("dance")
        assert "never came there" in await terminal.heard("fill 77 1: ")
        assert "it is typed price SYMBOL VALUE" in await terminal.heard("price X: ")
        terminal.type("back")
        assert "it is not away" in await terminal.heard("back: ")
    finally:
        await terminal.leave()


async def test_a_fault_can_be_typed_and_taken_back() -> None:
    terminal = Terminal("alpaca")
    asked = f"{terminal.url}/v2/account"
    try:
        await terminal.heard("symbols: ")
        told = told_by(terminal)
        keys = {
            "apca-api-key-id": told["ALPACA_API_KEY"],
            "apca-api-secret-key": told["ALPACA_API_SECRET"],
        }
        async with httpx.AsyncClient(trust_env=False, headers=keys) as client:
            statuses = []
            for line in ("answer account 503 not well", "lose account", "plainly"):
                terminal.type(line)
                terminal.type("dance")
                terminal.said.clear()
                await terminal.heard("dance")
                try:
                    statuses.append((await client.get(asked)).status_code)
                except (httpx.RemoteProtocolError, httpx.ReadError):
                    statuses.append(0)
                terminal.type("plainly")
        assert statuses == [503, 0, 200]
        terminal.type("answer dancing 503")
        assert "it is typed answer" in await terminal.heard("answer dancing 503: ")
    finally:
        await terminal.leave()


@pytest.mark.parametrize("provider", list(VENUES))
async def test_nothing_is_stuck_or_kept_open_after_plainly(provider: str) -> None:
    venue = venue_for(provider, Unkept(Header("a", "b", provider, "", (), 0, ""), time))
    symbol = venue.symbols[0]
    venue.desk.stuck.add("1")
    venue.keep_open(symbol)
    venue.plainly()
    assert not venue.desk.stuck
    assert not venue.server.plans
    assert not getattr(venue.desk, "halted", ())
    assert not getattr(venue.desk, "held_back", ())


def time() -> float:
    return 0.0
