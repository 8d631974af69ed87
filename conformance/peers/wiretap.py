"""Reads both directions of one connection: which entries its bytes amount to.

It owns no socket and changes nothing: whoever passes the bytes on shows them to it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import h11

from conformance.evidence.credentials import Credentials
from conformance.evidence.entry import Json, Kind, Party
from conformance.peers.faults import Way
from conformance.peers.wiretap_body import BODY_KEPT, Body
from conformance.peers.wiretap_stream import StreamTap, Unreadable

AHEAD = 16 * 1024 * 1024
"""Bytes that one side may be ahead of the other: endless ones would take all memory."""

LONGEST_HEAD = 1024 * 1024

OVER = frozenset({h11.MUST_CLOSE, h11.CLOSED})

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


class Wiretap:
    """One connection, from its first byte to its end.

    `stream` is what it became once it was upgraded; None before.
    """

    def __init__(
        self,
        numbers: Numbers,
        clock: Callable[[], float] = time.perf_counter,
        credentials: Credentials | None = None,
        body_kept: int = BODY_KEPT,
    ) -> None:
        self._numbers, self._clock = numbers, clock
        self._credentials = credentials or Credentials()
        self._body_kept = body_kept
        self._asks = h11.Connection(h11.SERVER, LONGEST_HEAD)
        self._tells = h11.Connection(h11.CLIENT, LONGEST_HEAD)
        self._request: h11.Request | None = None
        self._headers: Headers = {}
        """Those of the request, clean."""
        self.upgrades = False
        """Whether a stream was asked for and not granted or refused yet."""
        self._response: h11.Response | None = None
        self._sent, self._given = Body(), Body()
        self._asked_for = True
        """Whether the request that was read last was told."""
        self._open: tuple[int, float] | None = None
        self._over: set[Way] = set()
        """What has said its end."""
        self.stream: StreamTap | None = None
        self.unreadable = ""
        """Why it is not read any more; empty as long as it is."""

    @property
    def asked(self) -> int | None:
        """The exchange that is without its answer; None where there is none."""
        return None if self._open is None else self._open[0]

    @property
    def waits(self) -> bool:
        """Whether a request has begun that is not whole yet, and goes on by itself."""
        asks = self._asks
        if self.stream is not None or self.unreadable:
            return False
        if asks.their_state is h11.IDLE:
            return bool(asks.trailing_data[0])
        # Who waits for a 100 sends nothing more until the Gateway has said it.
        waiting = asks.they_are_waiting_for_100_continue
        return asks.their_state is h11.SEND_BODY and not waiting

    def feed(self, way: Way, data: bytes) -> list[Seen]:
        """What these bytes complete, in order; they may complete nothing."""
        if self.unreadable or not data:
            return []
        if self.stream is not None:
            return self._guarded(way, lambda: self._streamed(way, data))
        if way in self._over:
            return [self._lost_track(way, "bytes after the end")]
        if self._behind(way) + len(data) > AHEAD:
            return [self._lost_track(way, "one side is too far ahead of the other")]
        return self._guarded(way, lambda: self._http(way, data))

    def _behind(self, way: Way) -> int:
        half = self._asks if way is Way.UP else self._tells
        return len(half.trailing_data[0])

    def end(self, way: Way, *, by: str = "", reset: bool = False) -> list[Seen]:
        """What it means that this direction ended; `by` names who ended it."""
        who = by or str(SPEAKERS.get(way, Party.SUITE))
        if self.stream is not None:
            found = self.stream.end(who)
            return [] if found is None else [Seen(Party.STRATEGY, Kind.CLOSED, found)]
        seen = [] if reset else self._completed(way)
        if self.upgrades and self._open is None and (by or reset or way is Way.DOWN):
            self.upgrades = False
            seen.append(self._refused(None, {}, f"ended by {who}"))
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
        except (h11.ProtocolError, Unreadable) as error:
            # What follows a colon may quote the bytes themselves.
            return [self._lost_track(way, str(error).partition(":")[0])]

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
        self._over.add(way)
        return self._guarded(way, lambda: self._http(way, b""))

    def _http(self, way: Way, data: bytes) -> list[Seen]:
        side = self._asks if way is Way.UP else self._tells
        side.receive_data(data)
        seen: list[Seen] = []
        progress = True
        while progress and self.stream is None:
            # An answer that ends lets the next request be read that has come already.
            heard = [*self._heard(Way.UP), *self._heard(Way.DOWN)]
            seen += (s for each in heard for s in each)
            progress = bool(heard) or self._next_cycle()
        if self.stream is not None:
            for each, half in ((Way.UP, self._asks), (Way.DOWN, self._tells)):
                seen += self._streamed(each, half.trailing_data[0])
        return seen

    def _heard(self, way: Way) -> Iterator[list[Seen]]:
        up = way is Way.UP
        side, other = (self._asks, self._tells) if up else (self._tells, self._asks)
        if not up and self._tells.our_state is h11.IDLE:
            return
        # Where it said that it will close, h11 refuses to hear more: see _next_cycle.
        while self.stream is None and side.their_state not in OVER:
            event = side.next_event()
            if event in (h11.NEED_DATA, h11.PAUSED) or isinstance(
                event, h11.ConnectionClosed
            ):
                return
            other.send(_mirrored(event))
            if up:
                asked = self._asked_of(event)
                yield [] if asked is None else [asked]
            else:
                yield self._told(event)

    def _next_cycle(self) -> bool:
        """Both have ended an exchange: what comes then begins another.

        Where one said that it will close, h11 is done; bytes may come all the same.
        """
        halves = (self._asks, self._tells)
        states = {s for half in halves for s in (half.our_state, half.their_state)}
        if states == {h11.DONE}:
            self._asks.start_next_cycle()
            self._tells.start_next_cycle()
            return True
        more = self._asks.trailing_data[0]
        if not states <= {h11.DONE, *OVER} or not more:
            return False
        late = self._tells.trailing_data[0]
        self._asks = h11.Connection(h11.SERVER, LONGEST_HEAD)
        self._tells = h11.Connection(h11.CLIENT, LONGEST_HEAD)
        self._asks.receive_data(more)
        if late:
            self._tells.receive_data(late)
        return True

    def _asked_of(self, event: Any) -> Seen | None:
        match event:
            case h11.Request():
                self._headers = headers = self._credentials.headers(_headers(event))
                self.upgrades = headers.get("upgrade", "").lower() == "websocket"
                self._request, self._sent = event, Body(self._body_kept)
                self._asked_for = self.upgrades
            case h11.Data(data=data):
                self._sent.add(bytes(data))
            case h11.EndOfMessage() if not self._asked_for:
                return self._told_request()
        return None

    def _told_request(self) -> Seen:
        """The request, once it is whole, or answered before it was."""
        request = self._request
        assert request is not None
        self._asked_for = True
        number = next(self._numbers.exchanges)
        self._open = number, self._clock()
        coding = self._headers.get("content-encoding", "")
        text, cut = self._sent.text(coding, self._credentials)
        data = {
            "exchange": number,
            "method": request.method.decode("ascii"),
            "target": self._credentials.text(request.target.decode("latin-1")),
            "headers": self._headers,
            "body": text or None,
            "deliberate": False,
        }
        if cut:
            data["cut"] = cut
        return Seen(Party.STRATEGY, Kind.REQUEST, data)

    def _told(self, event: Any) -> list[Seen]:
        match event:
            case h11.InformationalResponse(status_code=101):
                return [self._upgraded(dict(_headers(event)))]
            case h11.Response():
                self._response, self._given = event, Body(self._body_kept)
            case h11.Data(data=data):
                self._given.add(bytes(data))
            case h11.EndOfMessage():
                return self._whole_response()
        return []

    def _whole_response(self) -> list[Seen]:
        response = self._response
        assert response is not None
        self._response = None
        early = [] if self._asked_for else [self._told_request()]
        headers = self._credentials.headers(_headers(response))
        coding = headers.get("content-encoding", "")
        text, cut = self._given.text(coding, self._credentials)
        data = {"status": response.status_code, "headers": headers, "body": text}
        if self.upgrades:
            self.upgrades = False
            return [self._refused(response.status_code, headers, text)]
        if self._open is None:
            # Told before that it would not be answered.
            return early
        number, since = self._open
        self._open = None
        took = round((self._clock() - since) * 1000, 3)
        whole = {"exchange": number, **data, "cut": cut, "milliseconds": took}
        return [*early, Seen(Party.GATEWAY, Kind.RESPONSE, whole)]

    def reset_upgrade(self) -> Seen:
        """What it means that an upgrade was reset, by whoever passes it on."""
        self.upgrades = False
        return self._refused(None, {}, "")

    def _refused(self, status: int | None, headers: Headers, body: str) -> Seen:
        """An upgrade that was not granted; `answer` are the headers of the answer."""
        told = {"status": status, "headers": self._headers, "body": body}
        stream = {"stream": self._numbers.stream(), "answer": headers}
        return Seen(Party.STRATEGY, Kind.REFUSED, {**stream, **told})

    # --- the stream ---

    def _streamed(self, way: Way, data: bytes) -> list[Seen]:
        assert self.stream is not None
        said = self.stream.feed(way, data)
        seen = [Seen(SPEAKERS[way], Kind.MESSAGE, each) for each in said]
        if self.stream.closed:
            seen += self.end(way)
        return seen

    def _upgraded(self, headers: dict[str, str]) -> Seen:
        self.upgrades = False
        chosen = headers.get("sec-websocket-extensions", "")
        self.stream = StreamTap(self._numbers.stream(), chosen, self._credentials)
        asked = {"stream": self.stream.name, "headers": self._headers}
        return Seen(Party.STRATEGY, Kind.OPENED, asked)


def _mirrored(event: Any) -> Any:
    """The event as the other half may say it: h11 speaks no HTTP/1.0, it only hears."""
    if isinstance(event, h11.Request):
        headers = list(event.headers)
        if not any(name == b"host" for name, _ in headers):
            headers.append((b"host", b"-"))
        return h11.Request(method=event.method, target=event.target, headers=headers)
    if isinstance(event, h11.Response):
        return h11.Response(status_code=event.status_code, headers=event.headers)
    return event


def _headers(
    event: h11.Request | h11.Response | h11.InformationalResponse,
) -> list[tuple[str, str]]:
    """All of them: of two keys under one name, none may be overlooked."""
    return [(n.decode("latin-1"), v.decode("latin-1")) for n, v in event.headers]
