"""How the relay tells the scribe, another process, what crosses which connection."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from conformance.evidence.entry import Json

HEAD = struct.Struct("!BIdI")
"""What, connection, seconds of the monotonic clock, bytes that follow."""

MOST = 64 * 1024 * 1024
"""Bytes of one piece: more is no feed of ours."""


class What(IntEnum):
    """What a piece tells."""

    ACCEPTED = 1
    """A strategy connected."""
    UP = 2
    """Bytes from the strategy."""
    DOWN = 3
    """Bytes from the Gateway."""
    UP_END = 4
    """The strategy will send no more."""
    DOWN_END = 5
    """The Gateway will send no more."""
    ENDED = 6
    """The connection is gone; the payload says how, as JSON."""
    JOINED = 7
    """A connection that was open before this scribe was there."""
    LOST = 8
    """Pieces were dropped; the payload says since when, and how many bytes."""
    OWN = 9
    """What the tap asked for itself, and was answered, as JSON."""
    TOLD = 10
    """A decision of the relay's, to be noted, as JSON."""
    OPEN = 11
    """Which connections are open, as JSON: that others ended may have been lost."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that happened; `connection` is 0 where it concerns none."""

    what: What
    connection: int
    at: float
    data: bytes = b""

    @property
    def facts(self) -> dict[str, Json]:
        """The payload's JSON."""
        found: dict[str, Json] = json.loads(self.data)
        return found


def packed(piece: Piece) -> bytes:
    """The piece as bytes."""
    size = len(piece.data)
    return HEAD.pack(piece.what, piece.connection, piece.at, size) + piece.data


class Unpacking:
    """Makes pieces of bytes, however those were cut."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def take(self, data: bytes) -> Iterator[Piece]:
        """The pieces that are whole now."""
        self._kept += data
        start = 0
        while len(self._kept) - start >= HEAD.size:
            what, connection, at, size = HEAD.unpack_from(self._kept, start)
            begins = start + HEAD.size
            if len(self._kept) < begins + size:
                break
            start = begins + size
            told = bytes(self._kept[begins:start])
            yield Piece(What(what), connection, at, told)
        del self._kept[:start]
