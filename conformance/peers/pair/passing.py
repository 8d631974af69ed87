"""One connection from the strategy to the Gateway: passed on, written down, spoiled."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from conformance.evidence.entry import Kind, Party
from conformance.peers.engine.conduct import Cut, Hold, How, Status, When
from conformance.peers.engine.sockets import end_transport
from conformance.peers.faults import Way
from conformance.peers.wiretap import Numbers, Seen, Wiretap

PIECE = 65536
MOST_HELD = 1024 * 1024
"""Bytes of a request that are kept until it is whole; a longer one goes as it comes."""

ENDING_SECONDS = 1.0
"""How long the strategy may take to answer a close."""

Conduct = Cut | Hold | Status


class Watcher(Protocol):
    """Who hears what crosses, and says what is to be done with it."""

    def saw(self, connection: "Passing", seen: Seen) -> None:
        """Something crossed, or is about to."""

    def conduct(self, request: Seen) -> Conduct | None:
        """What is done with a request; None to pass it on."""

    def refusal(self) -> int | None:
        """What an upgrade is answered with: 0 to reset it, None to pass it on."""


@dataclass(slots=True)
class Aside:
    """An answer of the Gateway that does not go its way as it came."""

    conduct: Conduct
    tap: Wiretap
    held: bytearray = field(default_factory=bytearray)


class Passing:
    """One connection; bytes that nothing is planned for go through untouched."""

    def __init__(self, numbers: Numbers, watcher: Watcher) -> None:
        self.tap = Wiretap(numbers)
        self.by_us = False
        """Whether its end is of our making."""
        self._watcher = watcher
        self._held = bytearray()
        self._aside: Aside | None = None
        self._silent = False
        self._closed = False
        self._first = "us"

    async def run(
        self,
        strategy: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        gateway: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Passes on until one side has ended."""
        (above, self._near), (below, self._far) = strategy, gateway
        up = asyncio.create_task(self._pass(Way.UP, above))
        down = asyncio.create_task(self._pass(Way.DOWN, below))
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            self._first = "gateway" if down.done() else "strategy"
            if down.done() and self.tap.stream is None:
                self._near.close()
            elif self._silent or not up.done():
                await asyncio.wait((up, down), timeout=ENDING_SECONDS)
        finally:
            up.cancel()
            down.cancel()
            await asyncio.wait((up, down))
            self._over()

    def cut(self, how: How | int) -> None:
        """Ends it: with a close code towards the strategy, or as networks do."""
        self.by_us = True
        if isinstance(how, int):
            frame = b"\x88\x02" + how.to_bytes(2, "big")
            self._tell(self.tap.feed(Way.DOWN, frame))
            self._near.write(frame)
            self._closed = True
            loop = asyncio.get_running_loop()
            loop.call_later(ENDING_SECONDS, self._end, How.FIN)
            return
        self._tell(self.tap.end(Way.DOWN, by="us", reset=how is How.RST))
        if how is How.SILENCE:
            self._silent = True
            return
        self._end(how)

    def _end(self, how: How) -> None:
        for writer in (self._near, self._far):
            transport = writer.transport
            if isinstance(transport, asyncio.Transport):
                end_transport(transport, how)

    def _over(self) -> None:
        if not self._silent:
            self._near.close()
        self._far.close()
        by = "us" if self.by_us else self._first
        for way in (Way.DOWN, Way.UP):
            self._tell(self.tap.end(way, by=by))

    # --- what goes through ---

    async def _pass(self, way: Way, source: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            while data := await source.read(PIECE):
                if self._silent:
                    continue
                if way is Way.UP:
                    await self._up(data)
                else:
                    await self._down(data)
        if not self.by_us:
            self._tell(self.tap.end(way))
        if way is Way.UP and not self._silent:
            with suppress(OSError):
                self._far.write_eof()

    async def _up(self, data: bytes) -> None:
        """Passes on once a request is whole: only then is known what is planned."""
        self._held += data
        seen = self.tap.feed(Way.UP, data)
        self._tell(seen)
        refusal = self._watcher.refusal() if self.tap.upgrades else None
        if refusal is not None:
            self._refuse(refusal)
            return
        for each in seen:
            if each.kind is Kind.REQUEST:
                conduct = self._watcher.conduct(each)
                if conduct is not None and not await self._act(each, conduct):
                    self._held.clear()
                    return
        if not self.tap.waits or len(self._held) > MOST_HELD:
            self._far.write(bytes(self._held))
            self._held.clear()
            await self._far.drain()

    async def _down(self, data: bytes) -> None:
        if self._closed:
            return
        if self._aside is not None:
            self._aside.held += data
            if any(
                s.kind is Kind.RESPONSE for s in self._aside.tap.feed(Way.DOWN, data)
            ):
                await self._answered(self._aside)
            return
        self._tell(self.tap.feed(Way.DOWN, data))
        self._near.write(data)
        await self._near.drain()

    def _tell(self, seen: list[Seen], *, deliberate: bool = False) -> None:
        for each in seen:
            if deliberate and each.kind is Kind.RESPONSE:
                each.data["deliberate"] = True
            if each.kind is Kind.CLOSED and self.by_us:
                each.data["by"] = "us"
            self._watcher.saw(self, each)

    # --- what is spoiled ---

    def _refuse(self, status: int) -> None:
        self.by_us = True
        self._held.clear()
        if status:
            self._say(Status(status))
            return
        refused = self.tap.reset_upgrade()
        self._tell([refused])
        self._end(How.RST)

    async def _act(self, request: Seen, conduct: Conduct) -> bool:
        """Does what is planned; whether the request is passed on all the same."""
        match conduct:
            case Status(booked=False):
                self._say(conduct)
                return False
            case Cut(when=When.BEFORE):
                self.cut(conduct.how)
                return False
            case Hold(booked=False):
                await conduct.let_go.wait()
                return True
        aside = Wiretap(Numbers())
        aside.feed(Way.UP, bytes(self._held))
        self._aside = Aside(conduct, aside)
        return True

    def _say(self, status: Status) -> None:
        """An answer of ours, in place of the Gateway's."""
        body = status.text.encode()
        rows = {"content-type": "application/json", **status.headers}
        rows["content-length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in rows.items())
        head = f"HTTP/1.1 {status.status} By the script\r\n{lines}\r\n"
        data = head.encode() + body
        self._tell(self.tap.feed(Way.DOWN, data), deliberate=True)
        self._near.write(data)

    async def _answered(self, aside: Aside) -> None:
        """The Gateway has answered whole: what the strategy gets of it."""
        self._aside = None
        answer, exchange = bytes(aside.held), self.tap.asked
        match aside.conduct:
            case Hold() as hold:
                await hold.let_go.wait()
                self._tell(self.tap.feed(Way.DOWN, answer))
                self._near.write(answer)
                return
            case Status() as status:
                self._lost(answer, exchange)
                self._say(status)
            case Cut() as cut:
                self._lost(answer, exchange)
                half = answer[: len(answer) // 2] if cut.when is When.ANSWERED else b""
                self._near.write(half)
                with suppress(ConnectionError):
                    await self._near.drain()
                self.cut(cut.how)

    def _lost(self, answer: bytes, exchange: int | None) -> None:
        """Writes down what the Gateway had said, and nobody heard."""
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        shown = body.decode("utf-8", "replace")[:2000]
        facts = {"exchange": exchange, "status": status, "body": shown}
        text = f"the Gateway answered {status}, and the strategy never heard: {shown}"
        data = {"text": text, "name": "lost-answer", "facts": facts}
        self._watcher.saw(self, Seen(Party.GATEWAY, Kind.NOTE, data))


def event_of(seen: Seen) -> dict[str, object]:
    """The message that crossed, as JSON; empty where it is none."""
    text = seen.data.get("text") if seen.kind is Kind.MESSAGE else None
    try:
        found = json.loads(text) if text is not None else None
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}
