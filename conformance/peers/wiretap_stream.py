"""Reads the frames of one upgraded connection: its messages, and how it ended."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate

from conformance.evidence.entry import Json
from conformance.peers.faults import Way

MESSAGE_KEPT = 1024 * 1024
"""Characters, or bytes, of a message that are kept."""


@dataclass(slots=True)
class Pieces:
    """The message that one side is in the middle of."""

    text: list[str] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    length: int = 0

    def whole(self) -> dict[str, Json]:
        """What is told of it, and nothing is left of it here."""
        told: dict[str, Json] = {"deliberate": False}
        if self.text:
            told["text"] = "".join(self.text)
        else:
            told["base64"] = base64.b64encode(bytes(self.data)).decode()
        if self.length > MESSAGE_KEPT:
            told["cut"] = self.length - MESSAGE_KEPT
        self.text, self.data, self.length = [], bytearray(), 0
        return told

    def add(self, event: TextMessage | BytesMessage) -> None:
        """Takes the next piece."""
        room = max(0, MESSAGE_KEPT - self.length)
        self.length += len(event.data)
        if isinstance(event, TextMessage):
            self.text.append(event.data[:room])
        else:
            self.data += event.data[:room]


class StreamTap:
    """One stream; `extensions` is what the server chose of what the client offered."""

    def __init__(self, name: str, extensions: str) -> None:
        self.name = name
        self.closes: dict[Way, tuple[int, str]] = {}
        """The code and the reason with which each side said the end, if it did."""
        self.over = False
        self._sides = {
            Way.UP: Connection(ConnectionType.SERVER, _chosen(extensions)),
            Way.DOWN: Connection(ConnectionType.CLIENT, _chosen(extensions)),
        }
        self._pieces = {Way.UP: Pieces(), Way.DOWN: Pieces()}

    @property
    def closed(self) -> bool:
        """Whether both sides have said the end."""
        return len(self.closes) == 2

    def feed(self, way: Way, data: bytes) -> Iterator[dict[str, Json]]:
        """The messages that these bytes complete.

        Raises wsproto's RemoteProtocolError where they are no frames.
        """
        side, pieces = self._sides[way], self._pieces[way]
        side.receive_data(data)
        for event in side.events():
            match event:
                case TextMessage() | BytesMessage():
                    pieces.add(event)
                    if event.message_finished:
                        yield {"stream": self.name, **pieces.whole()}
                case CloseConnection(code=code, reason=reason):
                    self.closes.setdefault(way, (int(code), reason or ""))

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
        if offer.split(";")[0].strip() == PerMessageDeflate.name:
            deflate = PerMessageDeflate()
            deflate.finalize(offer)
            return [deflate]
    return []
