"""Reads both directions of one connection: which entries its bytes amount to.

It owns no socket and changes nothing: whoever passes the bytes on shows them to it.
"""

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import h11
import wsproto.utilities

from conformance.evidence.entry import Json, Kind, Party
from conformance.peers.faults import Way
from conformance.peers.wiretap_stream import StreamTap

BODY_KEPT = 64 * 1024
"""Characters of a body that are kept; of the rest only the length is."""

LONGEST_HEAD = 1024 * 1024

Headers = dict[str, str]

SPEAKERS = {Way.UP: Party.STRATEGY, Way.DOWN: Party.GATEWAY}


@dataclass(frozen=True, slots=True)
class Seen:
    """What an entry says, before somebody numbers and times it."""

    party: Party
    kind: Kind
    data: dict[str, Json]


@dataclass(slots=True)
class Numbers:
    """The next exchange and stream: one for all the connections of a transcript."""

    prefix: str = ""
    exchanges: Iterator[int] = field(default_factory=lambda: count(1))
    streams: Iterator[int] = field(default_factory=lambda: count(1))

    def stream(self) -> str:
        """The name of the next stream."""
        return f"{self.prefix}{next(self.streams)}"


@dataclass(slots=True)
class Body:
    """What came of a body: its beginning, and how long it is."""

    kept: bytearray = field(default_factory=bytearray)
    length: int = 0

    def add(self, data: bytes) -> None:
        """Takes the next piece."""
        self.length += len(data)
        self.kept += data[: max(0, 4 * BODY_KEPT - len(self.kept))]

    def text(self, coding: str) -> tuple[str, int]:
        """The text, and how many characters of it were left out."""
        data = bytes(self.kept)
        if coding in ("gzip", "deflate"):
            with suppress(zlib.error):
                data = zlib.decompressobj(47).decompress(data, 4 * BODY_KEPT)
        text = data.decode("utf-8", "replace")
        beyond = self.length - len(self.kept)
        return text[:BODY_KEPT], max(0, len(text) - BODY_KEPT) + beyond


class Wiretap:
    """One connection, from its first byte to its end.

    `stream` is what it became once it was upgraded; None before.
    """

    def __init__(
        self, numbers: Numbers, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._numbers, self._clock = numbers, clock
        self._asks = h11.Connection(h11.SERVER, LONGEST_HEAD)
        self._tells = h11.Connection(h11.CLIENT, LONGEST_HEAD)
        self._request: h11.Request | None = None
        self._response: h11.Response | None = None
        self._sent, self._given = Body(), Body()
        self._open: tuple[int, float] | None = None
        self.stream: StreamTap | None = None
        self.unreadable = ""
        """Why it is not read any more; empty as long as it is."""

    @property
    def asked(self) -> int | None:
        """The exchange that is without its answer; None where there is none."""
        return None if self._open is None else self._open[0]

    @property
    def waits(self) -> bool:
        """Whether a request has begun that is not whole yet."""
        state = self._asks.their_state
        begun = state is h11.IDLE and bool(self._asks.trailing_data[0])
        return self.stream is None and (begun or state is h11.SEND_BODY)

    def feed(self, way: Way, data: bytes) -> list[Seen]:
        """What these bytes complete, in order; they may complete nothing."""
        if self.unreadable or not data:
            return []
        if self.stream is not None:
            return self._guarded(way, lambda: self._streamed(way, data))
        return self._guarded(way, lambda: self._http(way, data))

    def end(self, way: Way, *, by: str = "", reset: bool = False) -> list[Seen]:
        """What it means that this direction ended; `by` names who ended it."""
        who = by or str(SPEAKERS.get(way, Party.SUITE))
        if self.stream is not None:
            found = self.stream.end(who)
            return [] if found is None else [Seen(Party.STRATEGY, Kind.CLOSED, found)]
        seen = [] if reset else self._completed(way)
        if self._open is None or (way is Way.UP and not reset and not by):
            return seen
        number, _ = self._open
        self._open = None
        facts = {"reason": "reset" if reset else "broken", "detail": f"ended by {who}"}
        party = SPEAKERS[Way.DOWN]
        return [*seen, Seen(party, Kind.NO_RESPONSE, {"exchange": number, **facts})]

    # --- HTTP ---

    def _guarded(self, way: Way, read: Callable[[], list[Seen]]) -> list[Seen]:
        try:
            return read()
        except (h11.ProtocolError, wsproto.utilities.RemoteProtocolError) as error:
            return [self._lost_track(way, str(error))]

    def _lost_track(self, way: Way, reason: str) -> Seen:
        self.unreadable = reason
        told = f"what {SPEAKERS[way]} says on a connection cannot be read: {reason}"
        facts = {"way": str(way), "reason": reason}
        data = {"text": told, "name": "unreadable", "facts": facts}
        return Seen(SPEAKERS[way], Kind.NOTE, data)

    def _completed(self, way: Way) -> list[Seen]:
        """An answer without a length ends with its connection."""
        if way is not Way.DOWN or self._response is None or self.unreadable:
            return []
        return self._guarded(way, lambda: self._http(way, b""))

    def _http(self, way: Way, data: bytes) -> list[Seen]:
        side = self._asks if way is Way.UP else self._tells
        side.receive_data(data)
        seen: list[Seen] = []
        progress = True
        while progress and self.stream is None:
            # An answer that ends lets the next request be read that has come already.
            heard = [*self._heard(Way.UP), *self._heard(Way.DOWN)]
            seen += (s for s in heard if s is not None)
            progress = bool(heard) or self._next_cycle()
        if self.stream is not None:
            for each, half in ((Way.UP, self._asks), (Way.DOWN, self._tells)):
                seen += self._streamed(each, half.trailing_data[0])
        return seen

    def _heard(self, way: Way) -> Iterator[Seen | None]:
        up = way is Way.UP
        side, other = (self._asks, self._tells) if up else (self._tells, self._asks)
        if not up and self._tells.our_state is h11.IDLE:
            return
        while self.stream is None:
            event = side.next_event()
            if event in (h11.NEED_DATA, h11.PAUSED) or isinstance(
                event, h11.ConnectionClosed
            ):
                return
            other.send(_mirrored(event))
            yield self._asked_of(event) if up else self._told(event)

    def _next_cycle(self) -> bool:
        halves = (self._asks, self._tells)
        states = {s for half in halves for s in (half.our_state, half.their_state)}
        if states != {h11.DONE}:
            return False
        self._asks.start_next_cycle()
        self._tells.start_next_cycle()
        return True

    def _asked_of(self, event: Any) -> Seen | None:
        match event:
            case h11.Request():
                self._request, self._sent = event, Body()
            case h11.Data(data=data):
                self._sent.add(bytes(data))
            case h11.EndOfMessage():
                return self._whole_request()
        return None

    def _whole_request(self) -> Seen | None:
        request = self._request
        assert request is not None
        headers = _headers(request)
        if headers.get("upgrade", "").lower() == "websocket":
            return None
        number = next(self._numbers.exchanges)
        self._open = number, self._clock()
        text, _ = self._sent.text(headers.get("content-encoding", ""))
        data = {
            "exchange": number,
            "method": request.method.decode("ascii"),
            "target": request.target.decode("latin-1"),
            "headers": headers,
            "body": text or None,
            "deliberate": False,
        }
        return Seen(Party.STRATEGY, Kind.REQUEST, data)

    def _told(self, event: Any) -> Seen | None:
        match event:
            case h11.InformationalResponse(status_code=101):
                return self._upgraded(_headers(event))
            case h11.Response():
                self._response, self._given = event, Body()
            case h11.Data(data=data):
                self._given.add(bytes(data))
            case h11.EndOfMessage():
                return self._whole_response()
        return None

    def _whole_response(self) -> Seen:
        response = self._response
        assert response is not None
        self._response = None
        headers = _headers(response)
        text, cut = self._given.text(headers.get("content-encoding", ""))
        data = {"status": response.status_code, "headers": headers, "body": text}
        if self._open is None:
            asked = {} if self._request is None else _headers(self._request)
            refused = {**data, "stream": self._numbers.stream(), "headers": asked}
            return Seen(Party.STRATEGY, Kind.REFUSED, refused)
        number, since = self._open
        self._open = None
        took = round((self._clock() - since) * 1000, 3)
        whole = {"exchange": number, **data, "cut": cut, "milliseconds": took}
        return Seen(Party.GATEWAY, Kind.RESPONSE, whole)

    # --- the stream ---

    def _streamed(self, way: Way, data: bytes) -> list[Seen]:
        assert self.stream is not None
        said = self.stream.feed(way, data)
        seen = [Seen(SPEAKERS[way], Kind.MESSAGE, each) for each in said]
        if self.stream.closed:
            seen += self.end(way)
        return seen

    def _upgraded(self, headers: dict[str, str]) -> Seen:
        assert self._request is not None
        chosen = headers.get("sec-websocket-extensions", "")
        self.stream = StreamTap(self._numbers.stream(), chosen)
        asked = {"stream": self.stream.name, "headers": _headers(self._request)}
        return Seen(Party.STRATEGY, Kind.OPENED, asked)


def _mirrored(event: Any) -> Any:
    """The event as the other half may say it: h11 speaks no HTTP/1.0, it only hears."""
    if isinstance(event, h11.Request):
        return h11.Request(
            method=event.method, target=event.target, headers=event.headers
        )
    if isinstance(event, h11.Response):
        return h11.Response(status_code=event.status_code, headers=event.headers)
    return event


def _headers(event: h11.Request | h11.Response | h11.InformationalResponse) -> Headers:
    return {n.decode("latin-1"): v.decode("latin-1") for n, v in event.headers}
