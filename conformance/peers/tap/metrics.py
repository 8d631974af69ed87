"""Answers GET /metrics, and nothing else, on an address of its own."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

SECONDS = 5.0
LONGEST = 64


class MetricsServer:
    """Serves a text that is made anew for each request."""

    def __init__(self, text: Callable[[], str]) -> None:
        self._text = text
        self._server: asyncio.Server | None = None

    async def listen(self, sock: socket.socket) -> str:
        """Begins on a socket that is bound; host and port, as a URL has them."""
        self._server = await asyncio.start_server(self._meet, sock=sock)
        host, port = sock.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def close(self) -> None:
        """Takes nobody any more."""
        if self._server is not None:
            self._server.close()

    async def _meet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                words = (await reader.readline()).split()
                for _ in range(LONGEST):
                    if not (await reader.readline()).strip():
                        break
                writer.write(self._answer(words))
                await writer.drain()
        except (TimeoutError, ValueError, OSError):
            return
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _answer(self, words: list[bytes]) -> bytes:
        if words[:1] != [b"GET"] or words[1].partition(b"?")[0] != b"/metrics":
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        body = self._text().encode()
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body
