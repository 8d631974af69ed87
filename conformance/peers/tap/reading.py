"""Reads one connection as entries, and finds its way again where bytes are missing."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from conformance.evidence.credentials import Credentials
from conformance.evidence.entry import Kind, Party
from conformance.peers.faults import Way
from conformance.peers.wiretap import Numbers, Seen, Wiretap
from conformance.peers.wiretap_stream import StreamTap

BODY_KEPT = 1024 * 1024
"""Characters of a body that are kept: a list of some thousand orders."""

_REQUEST = re.compile(rb"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) [^ \r\n]+ HTTP/1\.")


@dataclass(slots=True)
class Lost:
    """What is known of a connection that cannot be followed now."""

    stream: StreamTap | None
    """What was open on it."""


class Reader:
    """One connection; never raises for what crosses it."""

    def __init__(
        self, numbers: Numbers, clock: Callable[[], float], credentials: Credentials
    ) -> None:
        self._numbers, self._clock = numbers, clock
        self._credentials = credentials
        self._tap = self._fresh()
        self._lost: Lost | None = None

    @property
    def follows(self) -> bool:
        """Whether what crosses it is read."""
        return self._lost is None

    def feed(self, way: Way, data: bytes) -> list[Seen]:
        """The entries that these bytes complete."""
        found = [] if self._lost is None else self._found(way, data)
        if self._lost is not None:
            return found
        found += self._tap.feed(way, data)
        if self._tap.unreadable:
            # It will not go on by itself: what was open may begin anew.
            self._lost = Lost(self._tap.stream)
        return found

    def end(self, way: Way, *, by: str = "", reset: bool = False) -> list[Seen]:
        """What it means that a direction, or all of it, ended."""
        if self._lost is not None:
            stream = self._lost.stream
            told = None if stream is None else stream.end(by or "gateway")
            return [] if told is None else [Seen(Party.STRATEGY, Kind.CLOSED, told)]
        return self._tap.end(way, by=by, reset=reset)

    def lose(self) -> None:
        """Bytes are missing from here on; nothing says how many."""
        if self._lost is None:
            self._lost = Lost(self._tap.stream)

    # --- finding the way again ---

    def _fresh(self) -> Wiretap:
        return Wiretap(self._numbers, self._clock, self._credentials, BODY_KEPT)

    def _found(self, way: Way, data: bytes) -> list[Seen]:
        """Begins anew where a piece begins with what can only be a beginning."""
        assert self._lost is not None
        stream = self._lost.stream
        if stream is None and way is Way.UP and _REQUEST.match(data):
            self._tap, self._lost = self._fresh(), None
            return []
        if not begins_with_json(way, data):
            return []
        opened: list[Seen] = []
        if stream is None:
            stream = StreamTap(self._numbers.stream(), "", self._credentials)
            told = {"stream": stream.name, "headers": {}, "joined": True}
            opened = [Seen(Party.STRATEGY, Kind.OPENED, told)]
        again = StreamTap(stream.name, stream.extensions, self._credentials)
        if again.carries_over:
            return []
        self._tap, self._lost = self._fresh(), None
        self._tap.stream = again
        return opened


def begins_with_json(way: Way, data: bytes) -> bool:
    """Whether a piece begins with one whole text frame whose text is a JSON object."""
    if len(data) < 2 or data[0] != 0x81 or bool(data[1] & 0x80) is not (way is Way.UP):
        return False
    size, start = data[1] & 0x7F, 2
    if size > 125:
        wide = 2 if size == 126 else 8
        size, start = int.from_bytes(data[2 : 2 + wide], "big"), 2 + wide
    mask = data[start : start + 4] if way is Way.UP else b""
    start += len(mask)
    payload = data[start : start + size]
    if len(payload) < size or not size:
        return False
    if mask:
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    try:
        return isinstance(json.loads(payload), dict)
    except (ValueError, RecursionError):
        return False
