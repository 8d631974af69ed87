"""The stream of the played Gateway: every message is kept, every end can be made."""

import asyncio
import base64
import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import How
from conformance.peers.engine.sockets import end_transport
from conformance.reference.stream import MESSAGE_LIMIT, Client, Stream

CODES = range(1000, 5000)
MOST_STREAMS = 64
"""Streams that are open at once: a strategy needs one, and each takes our memory."""

FULL = 503


class PlayedClient(Client):
    """One connection of the strategy."""

    def __init__(
        self, socket: web.WebSocketResponse, name: str, transport: Any
    ) -> None:
        super().__init__(socket)
        self.name = name
        self.transport = transport
        self.ended: tuple[str, int | None] | None = None
        """By whom it was ended, and with which code, where that was us."""


class PlayedStream(Stream):
    """The reference's stream under a script's hand."""

    recorder: Recorder
    run: str
    news: Callable[[], None]
    slams: bool = False
    """Whether every stream that is opened is closed with 1001 at once."""
    paced: bool = False
    """Whether every message has an event id that must be acknowledged."""
    refuse: int | None = None
    """The status that upgrades are answered with; None grants them."""
    reset: bool = False
    """Whether upgrades are reset instead."""

    def begin(self, recorder: Recorder, run: str, news: Callable[[], None]) -> None:
        """Where it writes down what is said."""
        self.recorder, self.run, self.news = recorder, run, news
        self.open: list[PlayedClient] = []
        self.opened = 0
        self.attempts = 0
        self.acks = 0
        self.told = 0
        self.pongs = 0
        self.frames_answered = 0
        """How many ping frames were answered with a pong frame."""
        self.awaited: set[str] = set()
        """Event ids that were sent and not acknowledged."""
        self._ids = count(1)
        self.acknowledged = self._acknowledged

    def socket(self) -> web.WebSocketResponse:
        """What answers a handshake; ping and pong frames are seen here."""
        return web.WebSocketResponse(
            max_msg_size=MESSAGE_LIMIT, compress=False, timeout=1.0, autoping=False
        )

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        self.attempts += 1
        stream = f"{self.run}{self.attempts}"
        headers = dict(request.headers)
        full = len(self.open) >= MOST_STREAMS
        if self.reset or full or self.refuse is not None:
            status = None if self.reset else self.refuse or FULL
            self._add(Kind.REFUSED, stream, status=status, headers=headers, body="")
            self.news()
            if self.reset and request.transport is not None:
                end_transport(request.transport, How.RST)
            return web.Response(status=status or 400)  # type: ignore[return-value]
        socket = self.socket()
        await socket.prepare(request)
        client = PlayedClient(socket, stream, request.transport)
        self._add(Kind.OPENED, stream, headers=headers)
        self.opened += 1
        self.open.append(client)
        client.task = asyncio.create_task(self.write(client))
        self.connected(client)
        self.news()
        if self.slams:
            self.end(1001)
        try:
            async for message in socket:
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.PONG:
                    self.frames_answered += 1
                    self.news()
                else:
                    self.on_message(client, message)
        finally:
            self._closed(client)
        return socket

    def _closed(self, client: PlayedClient) -> None:
        self.disconnected(client)
        if client in self.open:
            self.open.remove(client)
        self._forget()
        by, code = client.ended or ("strategy", client.socket.close_code)
        code = None if code is None else int(code)
        self._add(Kind.CLOSED, client.name, code=code, reason="", by=by)
        self.news()

    # --- what is said ---

    def tell(
        self,
        message: dict[str, Any],
        *,
        deliberate: bool = False,
        bar: int | None = None,
    ) -> str | None:
        """Sends one message to whoever listens; its event id where it has one.

        `bar` is the bar that it tells, where it tells one.
        """
        event_id = None
        if self.paced and "event_id" not in message:
            event_id = f"evt-{self.run}{next(self._ids)}"
            message = {**message, "event_id": event_id}
        self.tell_text(json.dumps(message), deliberate=deliberate, bar=bar)
        if event_id is not None and self.open:
            self.awaited.add(event_id)
        return event_id

    def tell_text(
        self, text: str, *, deliberate: bool = False, bar: int | None = None
    ) -> None:
        """Sends a text as it is."""
        for client in tuple(self.open):
            self.told += 1
            self._say(client.name, text=text, deliberate=deliberate, bar=bar)
            self.send(client, text)

    async def ping_frame(self) -> None:
        """Sends a ping frame, which libraries answer by themselves."""
        for client in tuple(self.open):
            with suppress(ConnectionError):
                await client.socket.ping(b"there?")

    def broadcast(self, message: dict[str, Any]) -> None:
        self.tell(message)

    def _say(self, stream: str, **data: Any) -> None:
        self._add(Kind.MESSAGE, stream, Party.GATEWAY, **data)

    def on_message(self, client: Client, message: WSMessage) -> None:
        assert isinstance(client, PlayedClient)
        if message.type is WSMsgType.TEXT:
            self.pongs += '"pong"' in message.data
            self._add(
                Kind.MESSAGE,
                client.name,
                Party.STRATEGY,
                text=message.data,
                deliberate=False,
            )
        elif message.type is WSMsgType.BINARY:
            shown = base64.b64encode(message.data[:4096]).decode()
            self._add(
                Kind.MESSAGE,
                client.name,
                Party.STRATEGY,
                base64=shown,
                deliberate=False,
            )
        super().on_message(client, message)
        self.news()

    def complain(self, client: Client, reason: str) -> None:
        """The real Gateway never does."""

    def _acknowledged(self, named: list[str]) -> None:
        self.acks += 1
        self.awaited.difference_update(named)
        self.news()

    def ping(self) -> None:
        """Heartbeats come when the script wants them."""

    # --- how it ends ---

    def end(self, how: How | int) -> int:
        """Ends every connection; how many they were."""
        found = tuple(self.open)
        for client in found:
            self._end(client, how)
        self._forget()
        return len(found)

    def _end(self, client: PlayedClient, how: How | int) -> None:
        code = how if isinstance(how, int) else None
        client.ended = ("us", code)
        self.disconnected(client)
        self.open.remove(client)
        if isinstance(how, How):
            end_transport(client.transport, how)
        else:
            client.task = asyncio.ensure_future(self._close(client, how))

    async def _close(self, client: PlayedClient, code: int) -> None:
        with suppress(ConnectionError, asyncio.CancelledError):
            await client.socket.close(code=code, message=b"")

    def _forget(self) -> None:
        """Nobody is there who could still acknowledge what was told."""
        if not self.open:
            self.awaited.clear()
            self.acks = self.told

    def _add(
        self, kind: Kind, stream: str, party: Party = Party.STRATEGY, **data: Any
    ) -> None:
        self.recorder.add(party, kind, stream=stream, run=self.run, **data)
