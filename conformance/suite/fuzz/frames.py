"""Bytes that a WebSocket client may send, and many that it may not (RFC 6455, 5)."""

import struct
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MASK = b"\x11\x22\x33\x44"


@dataclass(frozen=True, slots=True)
class Bytes:
    """What is written on a connection; `name` says what is odd about it."""

    name: str
    data: bytes


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    length: int | None = None,
) -> bytes:
    """One frame of a client; `length` is what it says of itself, if it lies."""
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    size = len(payload) if length is None else length
    bit = 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, bit | size)
    elif size < 2**16:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    if not masked:
        return head + payload
    covered = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(payload))
    return head + MASK + covered


def in_pieces(text: bytes, size: int, between: bytes = b"") -> bytes:
    """One text message in fragments of this size, with something between them."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)] or [b""]
    last = len(pieces) - 1
    return between.join(
        frame(TEXT if not place else CONTINUATION, piece, fin=place == last)
        for place, piece in enumerate(pieces)
    )


PONG_MESSAGE = b'{"type": "pong"}'

FRAMES: tuple[Bytes, ...] = (
    Bytes("in-pieces-of-one-byte", in_pieces(PONG_MESSAGE, 1)),
    Bytes("pings-between-pieces", in_pieces(PONG_MESSAGE, 4, frame(PING, b"x"))),
    Bytes(
        "a-thousand-empty-pieces",
        frame(TEXT, b"", fin=False)
        + frame(CONTINUATION, b"", fin=False) * 1000
        + frame(CONTINUATION, PONG_MESSAGE),
    ),
    Bytes("a-thousand-pings", frame(PING, b"") * 1000),
    Bytes("pongs-that-nobody-asked-for", frame(PONG, b"unasked") * 10),
    Bytes("binary", frame(BINARY, b"\x00\xff\x00")),
    Bytes("empty-text", frame(TEXT, b"")),
    Bytes("reserved-bits", frame(TEXT, PONG_MESSAGE, reserved=7)),
    Bytes("reserved-opcode", frame(0x3, b"x")),
    Bytes("reserved-control", frame(0xB, b"x")),
    Bytes("not-masked", frame(TEXT, PONG_MESSAGE, masked=False)),
    Bytes("no-utf-8", frame(TEXT, b'{"type": "\xff\xfe"}')),
    Bytes("half-a-character", in_pieces("é".encode()[:1], 1)),
    Bytes("a-ping-in-pieces", frame(PING, b"x", fin=False)),
    Bytes("a-long-ping", frame(PING, b"x" * 126)),
    Bytes("continues-nothing", frame(CONTINUATION, b"x")),
    Bytes("begins-twice", frame(TEXT, b"{", fin=False) + frame(TEXT, b"}", fin=False)),
    Bytes("says-it-is-huge", frame(TEXT, b"x", length=2**62)),
    Bytes("says-it-is-endless", frame(TEXT, b"x", length=2**63 + 5)),
    Bytes("a-close-of-one-byte", frame(CLOSE, b"\x03")),
    Bytes("a-close-with-no-code", frame(CLOSE, struct.pack("!H", 1005))),
    Bytes("a-close-without-words", frame(CLOSE, struct.pack("!H", 1000) + b"\xff")),
    Bytes("half-a-head", b"\x81"),
    Bytes("no-frame-at-all", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"),
    Bytes("a-deep-text", frame(TEXT, b"[" * 60_000)),
    Bytes("two-megabytes", frame(TEXT, b'"' + b"x" * 2 * 2**20 + b'"')),
)
"""Each is written on a connection of its own: most end it, as they should."""
