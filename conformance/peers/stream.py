"""Listens and speaks on the stream as a strategy would, recording every message."""

import asyncio
import base64
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
)

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.exchange import parsed
from conformance.evidence.recorder import Recorder
from conformance.peers.rest import Address, dumps
from conformance.peers.waiting import Waiters

MESSAGE_LIMIT = 8 * 1024 * 1024
"""Bytes of one message that we accept: a giant frame costs no more memory."""

FLOOD = 16 * 1024 * 1024
"""Characters that are heard on one connection: what floods us is hung up on."""

SHOWN = 256
"""Raw bytes of ours that a transcript keeps."""

OVERHEAD = 256
"""What the keeping of a message costs beside its characters."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of the subject; `entry` is its number in the transcript."""

    entry: int
    text: str | None
    json: Json | None

    @property
    def type(self) -> str | None:
        """Its `type`, where it is an object that has one."""
        found = self.json.get("type") if isinstance(self.json, dict) else None
        return found if isinstance(found, str) else None

    @property
    def event(self) -> str | None:
        """Its `event`."""
        found = self.json.get("event") if isinstance(self.json, dict) else None
        return found if isinstance(found, str) else None

    @property
    def order(self) -> dict[str, Json]:
        """Its order; empty where it has none."""
        order = self.json.get("order") if isinstance(self.json, dict) else None
        return order if isinstance(order, dict) else {}


class PlayedStream:
    """One stream connection; messages are heard by a task of its own."""

    def __init__(self, name: str, connection: ClientConnection, rec: Recorder) -> None:
        self.name = name
        self.heard: list[Heard] = []
        self.close_code: int | None = None
        self.close_reason = ""
        self._connection = connection
        self._recorder = rec
        self._news = Waiters()
        self._ended = asyncio.Event()
        self._said = 0
        self._flooded = False
        self._task = asyncio.create_task(self._listen())

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._ended.is_set()

    async def wait(
        self,
        what: str,
        wanted: Callable[[Heard], bool],
        *,
        seconds: float,
        since: int = 0,
    ) -> Heard | None:
        """The first wanted message from the `since`th on, or None if none came in time.

        Also None, at once, when the connection ends. Either way the transcript says so.
        """
        place, found = since, None

        def seen() -> bool:
            nonlocal place, found
            while place < len(self.heard):
                found = self.heard[place]
                if wanted(found):
                    return True
                place, found = place + 1, None
            return self.closed

        await self._news.wait(seen, seconds)
        if found is not None:
            return found
        self._recorder.note(
            f"{what} did not come on {self.name} within {seconds:g} s",
            name="did-not-come",
            facts={"stream": self.name, "what": what, "seconds": seconds},
        )
        return None

    async def send(
        self, message: Json | bytes | str, *, deliberate: bool = False
    ) -> bool:
        """Sends an object as JSON, a str as it is, bytes as a binary frame.

        False where the connection had ended.
        """
        if isinstance(message, bytes):
            data = {"bytes": base64.b64encode(message[:4096]).decode()}
        else:
            message = message if isinstance(message, str) else dumps(message)
            data = {"text": message[:4096]}
        self._recorder.add(
            Party.STRATEGY,
            Kind.MESSAGE,
            stream=self.name,
            deliberate=deliberate,
            size=len(message),
            **data,
        )
        try:
            await self._connection.send(message)
        except (ConnectionClosed, OSError):
            return False
        return True

    async def ping(self, payload: bytes, seconds: float) -> bool:
        """Sends a ping frame; whether its pong came in time."""
        self._recorder.note(f"ping frame {payload!r} sent on {self.name}")
        try:
            async with asyncio.timeout(seconds):
                await (await self._connection.ping(payload))
        except (TimeoutError, ConnectionClosed):
            return False
        return True

    async def ended(self, seconds: float) -> bool:
        """Waits for the connection's end; whether it came in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            return False
        return True

    async def close(self, code: int = 1000) -> None:
        """Closes it from our side."""
        self._connection.close_timeout = 1
        await self._connection.close(code)
        await self.ended(2)
        self._task.cancel()

    def abort(self) -> None:
        """Drops the connection with no close frame."""
        self._connection.transport.abort()

    def pause(self) -> None:
        """Stops reading from the socket, as a client does that hangs."""
        self._recorder.note(f"{self.name} stops reading")
        self._connection.transport.pause_reading()

    def resume(self) -> None:
        """Reads again."""
        self._recorder.note(f"{self.name} reads again")
        self._connection.transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Sends raw bytes in place of a frame."""
        shown = data[:SHOWN].hex() + ("…" if len(data) > SHOWN else "")
        told = f"raw bytes {shown} sent on {self.name}"
        self._recorder.note(told, name="written", facts={"size": len(data)})
        self._connection.transport.write(data)

    async def _listen(self) -> None:
        try:
            async for message in self._connection:
                self._hear(message)
                self._said += len(message) + OVERHEAD
                if self._said > FLOOD:
                    self._flee()
                    break
        except ConnectionClosed:
            pass
        finally:
            self._end()
            self._news.tell()

    def _flee(self) -> None:
        self._flooded = True
        self._recorder.note(
            f"more was said on {self.name} than we listen to: we hang up",
            name="flooded",
            facts={"stream": self.name, "characters": self._said},
        )
        self._connection.transport.abort()

    def _hear(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            shown = base64.b64encode(message[:65536]).decode()
            entry = self._add(bytes=shown, size=len(message))
            heard = Heard(entry, None, None)
        else:
            entry = self._add(text=message)
            heard = Heard(entry, message, parsed(message))
        self.heard.append(heard)
        self._news.tell()

    def _add(self, **data: Json) -> int:
        return self._recorder.add(
            Party.GATEWAY, Kind.MESSAGE, stream=self.name, **data
        ).number

    def _end(self) -> None:
        protocol = self._connection.protocol
        received = protocol.close_rcvd
        self.close_code = None if received is None else int(received.code)
        self.close_reason = "" if received is None else received.reason
        closed = protocol.close_sent is not None and not protocol.close_rcvd_then_sent
        ours = closed or self._flooded
        self._ended.set()
        self._recorder.add(
            Party.SUITE if ours else Party.GATEWAY,
            Kind.CLOSED,
            stream=self.name,
            code=self.close_code,
            reason=self.close_reason,
            by="us" if ours else "the gateway",
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """An upgrade that was not granted; `status` is None where no answer came."""

    status: int | None
    headers: tuple[tuple[str, str], ...]
    text: str


async def open_stream(
    name: str,
    address: Address,
    recorder: Recorder,
    *,
    headers: Mapping[str, str] | None = None,
    key: bool = True,
    seconds: float,
    narrow: bool = False,
) -> PlayedStream | Refusal:
    """Connects; a refused upgrade is a value, recorded like an answer.

    A narrow one has room for little that it does not read (plain WebSocket only).
    """
    sent = dict(address.credentials if key else {})
    sent |= {k.lower(): v for k, v in (headers or {}).items()}
    sent = {k: v for k, v in sent.items() if v != ""}
    tls = address.tls if address.stream_url.startswith("wss") else None
    try:
        connection = await connect(
            address.stream_url,
            additional_headers=sent,
            ssl=tls,
            proxy=None,
            compression=None,
            max_size=MESSAGE_LIMIT,
            max_queue=None,
            ping_interval=None,
            open_timeout=seconds,
            sock=await _narrow(address) if narrow else None,
        )
    except InvalidStatus as error:
        answer = error.response
        body = (answer.body or b"")[:65536].decode("utf-8", "replace")
        found = tuple((k.lower(), v) for k, v in answer.headers.raw_items())
        return _refused(recorder, name, sent, answer.status_code, found, body)
    except (InvalidHandshake, InvalidMessage, OSError, TimeoutError, EOFError) as error:
        reason = f"{type(error).__name__}: {error}"
        return _refused(recorder, name, sent, None, (), reason)
    recorder.add(Party.STRATEGY, Kind.OPENED, stream=name, headers=sent)
    return PlayedStream(name, connection, recorder)


async def _narrow(address: Address) -> socket.socket:
    """A connected socket whose kernel keeps next to nothing for us."""
    parts = urlsplit(address.stream_url)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    # Small segments: on loopback the sender's kernel else keeps megabytes for us.
    narrow.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    narrow.setblocking(False)
    where = (parts.hostname or "", parts.port or 80)
    await asyncio.get_running_loop().sock_connect(narrow, where)
    return narrow


def _refused(
    recorder: Recorder,
    name: str,
    sent: Mapping[str, str],
    status: int | None,
    headers: tuple[tuple[str, str], ...],
    body: str,
) -> Refusal:
    recorder.add(
        Party.GATEWAY,
        Kind.REFUSED,
        stream=name,
        sent=dict(sent),
        status=status,
        headers=dict(headers),
        body=body,
    )
    return Refusal(status, headers, body)
