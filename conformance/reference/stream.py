"""The stream: who is connected, what they are sent, what they may say."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from conformance.protocol import instants
from conformance.reference.metrics import Metrics
from conformance.reference.settings import GatewaySettings

QUEUE = 1024
"""Messages that wait for one client at the most; a slower one is dropped."""

MESSAGE_LIMIT = 1024 * 1024


class Client:
    """One connection, with the messages that wait for it."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.queue: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self.task: asyncio.Task[None] | None = None


class Stream:
    """Every client gets every message, in the order in which it was announced."""

    def __init__(self, settings: GatewaySettings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.clients: list[Client] = []
        self.attached: Callable[[], None] = _nothing
        """Called when a client is there."""
        self.acknowledged: Callable[[list[str]], None] = _nothing
        """Called with the event ids that a client acknowledged."""

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from its upgrade to its end."""
        socket = self.socket()
        await socket.prepare(request)
        client = Client(socket)
        client.task = asyncio.create_task(self.write(client))
        self.connected(client)
        try:
            async for message in socket:
                self.on_message(client, message)
        finally:
            self.disconnected(client)
        return socket

    def socket(self) -> web.WebSocketResponse:
        """What answers a handshake, and ping frames by itself."""
        return web.WebSocketResponse(
            max_msg_size=MESSAGE_LIMIT, compress=False, timeout=1.0
        )

    def connected(self, client: Client) -> None:
        self.clients.append(client)
        self.metrics.count("gateway_ws_connections_active")
        self.attached()

    def disconnected(self, client: Client) -> None:
        if client in self.clients:
            self.clients.remove(client)
            self.metrics.count("gateway_ws_connections_active", by=-1)
        if client.task is not None:
            client.task.cancel()

    async def write(self, client: Client) -> None:
        """Sends what waits for one client."""
        with suppress(ConnectionError, asyncio.CancelledError):
            while True:
                await client.socket.send_str(await client.queue.get())

    def broadcast(self, message: dict[str, Any]) -> None:
        """To every client; one that is too slow is dropped and counted."""
        text = self.text(message)
        for client in list(self.clients):
            self.send(client, text)

    def text(self, message: dict[str, Any]) -> str:
        return json.dumps(message)

    def send(self, client: Client, text: str) -> None:
        try:
            client.queue.put_nowait(text)
        except asyncio.QueueFull:
            self.drop(client)

    def drop(self, client: Client) -> None:
        """Ends a client that does not read: what it missed, it must know it missed."""
        self.metrics.count("gateway_ws_slow_consumer_disconnects")
        self.disconnected(client)
        transport = client.socket._req.transport if client.socket._req else None
        if transport is not None:
            transport.abort()

    # --- what clients say ---

    def on_message(self, client: Client, message: WSMessage) -> None:
        if message.type is WSMsgType.TEXT:
            reason = self.fault(message.data)
        else:
            reason = "binary frames carry no messages"
        if reason is not None:
            self.complain(client, reason)

    def fault(self, text: str) -> str | None:
        """Why a client's message cannot be used; None where it can."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return "the message is no JSON"
        if not isinstance(message, dict):
            return "the message is no object"
        if message.get("type") == "pong":
            return None
        if message.get("type") == "event_ack":
            fault = self.ack_fault(message)
            if fault is None:
                self.acknowledged(message["events_processed"])
            return fault
        return f"unknown type {message.get('type')!r}"

    def ack_fault(self, message: dict[str, Any]) -> str | None:
        ids = message.get("events_processed")
        named = isinstance(message.get("correlation_id"), str)
        listed = isinstance(ids, list) and all(isinstance(i, str) for i in ids)
        at = message.get("timestamp")
        timed = isinstance(at, int) and not isinstance(at, bool) and at >= 0
        return None if named and listed and timed else "the event_ack is not whole"

    def complain(self, client: Client, reason: str) -> None:
        self.send(
            client,
            self.text(
                {
                    "type": "error",
                    "code": "INVALID_MESSAGE",
                    "message": reason,
                    "timestamp": self.now(),
                }
            ),
        )

    # --- what time brings ---

    async def heartbeat(self) -> None:
        """Pings every client, again and again."""
        while True:
            await asyncio.sleep(self.settings.ping_seconds)
            self.ping()

    def ping(self) -> None:
        self.broadcast({"type": "ping", "timestamp": self.now()})

    def now(self) -> str:
        return instants.text_of(datetime.now(UTC))

    async def say_goodbye(self) -> None:
        """Tells every client that the Gateway ends, waits, and closes."""
        if not self.clients:
            return
        self.announce_end()
        await asyncio.sleep(self.settings.drain_seconds)
        await asyncio.gather(*(self.close(client) for client in list(self.clients)))

    def announce_end(self) -> None:
        self.broadcast(
            {"type": "connection", "event": "DISCONNECTING", "timestamp": self.now()}
        )

    async def close(self, client: Client) -> None:
        await client.socket.close(
            code=WSCloseCode.GOING_AWAY, message=b"the Gateway is ending"
        )


def _nothing(*_: object) -> None:
    """Nobody wants to know."""


class MarketData:
    """Which candles and quotes are streamed, and when."""

    DEFAULT = ("AAPL", "MSFT", "BTCUSD", "EURUSD")

    def __init__(
        self, settings: GatewaySettings, publish: Callable[[str, str, str], None]
    ) -> None:
        self.settings = settings
        self._publish = publish

    def burst(self) -> None:
        """One message for every instrument and kind that is wanted."""
        for symbol, kind, timeframe in self.wanted():
            self._publish(symbol, kind, timeframe)

    def wanted(self) -> list[tuple[str, str, str]]:
        if not self.settings.subscriptions:
            return [(symbol, "candle", "1m") for symbol in self.DEFAULT]
        return [
            found
            for each in self.settings.subscriptions
            if each.platform == "mock"
            for pattern in each.events
            if (found := self.feed(each.instrument, pattern)) is not None
        ]

    def feed(self, instrument: str, pattern: str) -> tuple[str, str, str] | None:
        """What one pattern asks for: quotes, or candles of a timeframe."""
        if pattern == "quote":
            return instrument, "quote", ""
        if pattern.startswith("candle_"):
            timeframe = pattern.removeprefix("candle_")
            return instrument, "candle", "1m" if timeframe == "*" else timeframe
        return None
