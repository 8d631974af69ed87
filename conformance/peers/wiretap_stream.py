"""Reads the frames of one upgraded connection: its messages, and how it ended."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate

from conformance.evidence.credentials import Credentials
from conformance.evidence.entry import Json
from conformance.peers.faults import Way

MESSAGE_KEPT = 1024 * 1024
"""Characters, or bytes, of a message that are kept."""

BEYOND = 4096
"""Kept beyond that: a key at the edge is found whole, and then cut."""

AT_ONCE = 4096
"""Packed bytes that are unpacked at once: they become four megabytes at the most."""


class Unreadable(Exception):
    """These bytes are no frames of a stream."""


@dataclass(slots=True)
class Pieces:
    """The message that one side is in the middle of."""

    text: list[str] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    length: int = 0

    def whole(self, credentials: Credentials, *, binary: bool) -> dict[str, Json]:
        """What is told of it, clean, and nothing is left of it here."""
        told: dict[str, Json] = {"deliberate": False}
        if binary:
            data = credentials.octets(bytes(self.data))[:MESSAGE_KEPT]
            told["bytes"] = base64.b64encode(data).decode()
        else:
            told["text"] = credentials.text("".join(self.text))[:MESSAGE_KEPT]
        if self.length > MESSAGE_KEPT:
            told["cut"] = self.length - MESSAGE_KEPT
        self.text, self.data, self.length = [], bytearray(), 0
        return told

    def add(self, event: TextMessage | BytesMessage) -> None:
        """Takes the next piece."""
        room = max(0, MESSAGE_KEPT + BEYOND - self.length)
        self.length += len(event.data)
        if isinstance(event, TextMessage):
            self.text.append(event.data[:room])
        else:
            self.data += event.data[:room]


class StreamTap:
    """One stream; `extensions` is what the server chose of what the client offered."""

    def __init__(
        self, name: str, extensions: str, credentials: Credentials | None = None
    ) -> None:
        self.name = name
        self._credentials = credentials or Credentials()
        self.extensions = extensions
        self._packed = bool(_chosen(extensions))
        self.closes: dict[Way, tuple[int, str]] = {}
        """The code and the reason with which each side said the end, if it did."""
        self.over = False
        self._sides = {
            Way.UP: Connection(ConnectionType.SERVER, _chosen(extensions)),
            Way.DOWN: Connection(ConnectionType.CLIENT, _chosen(extensions)),
        }
        self._pieces = {Way.UP: Pieces(), Way.DOWN: Pieces()}

    @property
    def carries_over(self) -> bool:
        """Whether a message may be packed with words of the ones before it."""
        taking = ("client_no_context_takeover", "server_no_context_takeover")
        return self._packed and not all(t in self.extensions.lower() for t in taking)

    @property
    def closed(self) -> bool:
        """Whether both sides have said the end."""
        return len(self.closes) == 2

    def feed(self, way: Way, data: bytes) -> Iterator[dict[str, Json]]:
        """The messages that these bytes complete. Raises Unreadable."""
        # Packed a thousand times smaller, a megabyte would take all memory at once.
        size = AT_ONCE if self._packed else max(1, len(data))
        for start in range(0, len(data), size):
            self._sides[way].receive_data(data[start : start + size])
            yield from self._messages(way)

    def _messages(self, way: Way) -> Iterator[dict[str, Json]]:
        side, pieces = self._sides[way], self._pieces[way]
        for event in side.events():
            match event:
                case TextMessage() | BytesMessage():
                    pieces.add(event)
                    if event.message_finished:
                        binary = isinstance(event, BytesMessage)
                        told = pieces.whole(self._credentials, binary=binary)
                        yield {"stream": self.name, **told}
                case CloseConnection(code=code, reason=reason):
                    if side.state is not ConnectionState.REMOTE_CLOSING:
                        # It is how wsproto says that it cannot follow.
                        raise Unreadable(f"no frames of a stream ({int(code)})")
                    reason = self._credentials.text(reason or "")
                    self.closes.setdefault(way, (int(code), reason))

    def end(self, who: str) -> dict[str, Json] | None:
        """What is told of its end, once; `who` ended it, if no side had said so."""
        if self.over:
            return None
        self.over = True
        for way, (code, reason) in self.closes.items():
            by = "strategy" if way is Way.UP else "gateway"
            shown = None if code == 1005 else code
            return {"stream": self.name, "code": shown, "reason": reason, "by": by}
        return {"stream": self.name, "code": None, "reason": "", "by": who}


def _chosen(extensions: str) -> list[Extension]:
    """Fresh decoders of what was agreed on; of others nothing is known."""
    for offer in extensions.split(","):
        name, *terms = (part.strip().lower() for part in offer.split(";"))
        if name == PerMessageDeflate.name:
            # A larger window than the agreed one unpacks the same.
            deflate = PerMessageDeflate()
            for side in ("client", "server"):
                term = f"{side}_no_context_takeover"
                setattr(deflate, term, term in terms)
            deflate.finalize(name)
            return [deflate]
    return []
