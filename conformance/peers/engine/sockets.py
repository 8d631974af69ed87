"""Ends a TCP connection, or slows one down, in the ways that networks do."""

import asyncio
import socket
import struct

from aiohttp import web

from conformance.peers.engine.conduct import How

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: the connection is reset when it is closed."""


def end_transport(transport: asyncio.Transport, how: How) -> None:
    """FIN, RST, or silence: it stays open and nothing is read or sent any more."""
    if transport.is_closing():
        # The other side was sooner: the socket may be closed, its number taken again.
        return
    if how is How.SILENCE:
        transport.pause_reading()
        return
    if how is How.RST:
        found = transport.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        transport.abort()
        return
    transport.close()


async def write_slowly(
    response: web.StreamResponse, data: bytes, pieces: int, seconds: float
) -> None:
    """Sends a body in so many pieces, with pauses that last so long in all."""
    size = -(-len(data) // pieces)
    for start in range(0, len(data), size):
        await response.write(data[start : start + size])
        await asyncio.sleep(seconds / pieces)
    await response.write_eof()
