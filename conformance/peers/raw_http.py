"""A request that is sent in two parts, with whatever happens between them."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.reply import Reply
from conformance.peers.rest import Address

ANSWER_LIMIT = 1024 * 1024


class HalfRequest:
    """A request whose head and first bytes were sent; `finish` sends the rest."""

    def __init__(
        self,
        recorder: Recorder,
        exchange: int,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        rest: bytes,
    ) -> None:
        self._recorder = recorder
        self._exchange = exchange
        self._reader, self._writer = streams
        self._rest = rest

    async def finish(self, seconds: float) -> Reply:
        """Sends the rest and waits for the answer; a lost one is a value."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(seconds):
                self._writer.write(self._rest)
                await self._writer.drain()
                head = await self._reader.readuntil(b"\r\n\r\n")
                status, headers = _head_of(head)
                body = await self._reader.readexactly(_length(headers))
        except (OSError, ValueError, EOFError, asyncio.LimitOverrunError) as error:
            return self._lost(
                "timeout" if isinstance(error, TimeoutError) else "broken"
            )
        finally:
            self.close()
        text = body.decode("utf-8", "replace")
        self._recorder.add(
            Party.GATEWAY,
            Kind.RESPONSE,
            exchange=self._exchange,
            status=status,
            headers=dict(headers),
            body=text,
            cut=False,
            milliseconds=round((time.perf_counter() - began) * 1000, 3),
        )
        return Reply(self._exchange, status, tuple(headers.items()), text)

    def _lost(self, reason: str) -> Reply:
        self._recorder.add(
            Party.GATEWAY,
            Kind.NO_RESPONSE,
            exchange=self._exchange,
            reason=reason,
            detail="the rest of the request was sent",
        )
        return Reply(self._exchange, 0, lost=reason)

    def close(self) -> None:
        """Hangs up, answered or not."""
        with suppress(OSError, RuntimeError):
            self._writer.close()


async def send_half(
    address: Address,
    recorder: Recorder,
    method: str,
    path: str,
    body: bytes,
    kept_back: int,
) -> HalfRequest:
    """Sends all of a request but its last bytes. Raises OSError where nobody listens.

    Only for an instance of ours, which speaks plain HTTP.
    """
    parts = urlsplit(address.url)
    target = address.target(path)
    headers = {
        "host": parts.netloc,
        "content-type": "application/json",
        "content-length": str(len(body)),
        **address.credentials,
    }
    number = recorder.request(method, target, headers, body.decode(), False)
    streams = await asyncio.open_connection(parts.hostname, parts.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    first = body[: len(body) - kept_back]
    streams[1].write(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + first)
    await streams[1].drain()
    return HalfRequest(recorder, number, streams, body[len(first) :])


def _head_of(head: bytes) -> tuple[int, dict[str, str]]:
    first, *rows = head.decode("latin-1").split("\r\n")
    pairs = (row.partition(":") for row in rows if row)
    return int(first.split()[1]), {k.strip().lower(): v.strip() for k, _, v in pairs}


def _length(headers: Mapping[str, str]) -> int:
    return min(int(headers.get("content-length", "0")), ANSWER_LIMIT)
