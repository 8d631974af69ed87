"""What crosses a connection is read however it is cut, and no key of it is kept."""

import base64
import gzip
import json
import random
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate

from conformance.evidence.credentials import Credentials
from conformance.evidence.entry import Kind, Party
from conformance.peers.faults import Way
from conformance.peers.tap.reading import BODY_KEPT, Reader
from conformance.peers.wiretap import SPEAKERS, Numbers, Seen
from conformance.peers.wiretap_stream import MESSAGE_KEPT

KEY = "planted-secret-of-more-than-32-characters"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
UPGRADE = (
    b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SWITCH = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
SAID = (TextMessage(data=KEY), BytesMessage(data=KEY.encode()))
Script = list[tuple[Way, bytes]]


def reader(*secrets: str) -> Reader:
    return Reader(Numbers("stream-"), lambda: 0.0, Credentials(secrets))


def ask(head: bytes, body: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body) if body else b""
    return head + b"\r\nHost: x\r\n" + length + b"\r\n" + body


def answer(body: bytes, head: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (head, len(body)) + body


def frames(way: Way, *messages: object, packed: bool = False) -> bytes:
    kind = ConnectionType.CLIENT if way is Way.UP else ConnectionType.SERVER
    extension = PerMessageDeflate()
    extension.finalize("permessage-deflate")
    side = Connection(kind, [extension] if packed else [])
    return b"".join(side.send(message) for message in messages)  # type: ignore[arg-type]


def play(each: Reader, script: Script, size: int = 10**9) -> list[Seen]:
    seen: list[Seen] = []
    for way, data in script:
        for start in range(0, len(data), size):
            seen += each.feed(way, data[start : start + size])
    return seen


def kinds(seen: list[Seen]) -> list[Kind]:
    return [each.kind for each in seen]


PLANTED: dict[str, Callable[[], Script]] = {
    "authorization": lambda: [
        (Way.UP, ask(f"GET /a HTTP/1.1\r\nAuthorization: Bearer {KEY}".encode())),
        (Way.DOWN, OK),
    ],
    "x-api-key": lambda: [
        (Way.UP, ask(f"GET /a HTTP/1.1\r\nX-API-Key: {KEY}".encode())),
        (Way.DOWN, OK),
    ],
    "basic": lambda: [
        (
            Way.UP,
            ask(
                b"GET /a HTTP/1.1\r\nAuthorization: Basic "
                + base64.b64encode(f"me:{KEY}".encode())
            ),
        ),
        (Way.DOWN, OK),
    ],
    "query": lambda: [
        (Way.UP, ask(f"GET /a?api_key={KEY}&b=1 HTTP/1.1".encode())),
        (Way.DOWN, OK),
    ],
    "user of a url": lambda: [
        (Way.UP, ask(f"GET http://me:{KEY}@host/a HTTP/1.1".encode())),
        (Way.DOWN, OK),
    ],
    "cookie": lambda: [
        (Way.UP, ask(f"GET /a HTTP/1.1\r\nCookie: a=1; s={KEY}".encode())),
        (Way.DOWN, answer(b"{}", f"Set-Cookie: s={KEY}; Path=/\r\n".encode())),
    ],
    "body": lambda: [
        (Way.UP, ask(b"POST /a HTTP/1.1", json.dumps({"api_key": KEY}).encode())),
        (Way.DOWN, answer(json.dumps({"secret": KEY}).encode())),
    ],
    "a list in a body": lambda: [
        (Way.UP, ask(b"POST /a HTTP/1.1", json.dumps({"api_key": [KEY]}).encode())),
        (Way.DOWN, answer(json.dumps({"secret": {"value": KEY}}).encode())),
    ],
    "a header that comes twice": lambda: [
        (
            Way.UP,
            ask(f"GET /a HTTP/1.1\r\nX-API-Key: {KEY}\r\nX-API-Key: b".encode()),
        ),
        (Way.DOWN, answer(f"you are {KEY}".encode())),
    ],
    "a form": lambda: [
        (Way.UP, ask(b"POST /a HTTP/1.1", f"api_key=a&api_key=b,{KEY}".encode())),
        (Way.DOWN, OK),
    ],
    "chunked body": lambda: [
        (
            Way.UP,
            b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"".join(b"1\r\n%c\r\n" % c for c in f'{{"token":"{KEY}"}}'.encode())
            + b"0\r\n\r\n",
        ),
        (Way.DOWN, OK),
    ],
    "gzip body": lambda: [
        (Way.UP, ask(b"GET /a HTTP/1.1")),
        (
            Way.DOWN,
            answer(
                gzip.compress(f'{{"secret":"{KEY}"}}'.encode()),
                b"Content-Encoding: gzip\r\n",
            ),
        ),
    ],
    "deflate body": lambda: [
        (Way.UP, ask(b"GET /a HTTP/1.1")),
        (
            Way.DOWN,
            answer(
                zlib.compress(f'{{"secret":"{KEY}"}}'.encode())[2:-4],
                b"Content-Encoding: deflate\r\n",
            ),
        ),
    ],
    "pipelined": lambda: [
        (
            Way.UP,
            ask(b"GET /a HTTP/1.1")
            + ask(f"GET /b HTTP/1.1\r\nX-API-Key: {KEY}".encode()),
        ),
        (Way.DOWN, OK + answer(f"you are {KEY}".encode())),
    ],
    "stream": lambda: [
        (Way.UP, UPGRADE[:-2] + f"Authorization: Bearer {KEY}\r\n\r\n".encode()),
        (
            Way.DOWN,
            SWITCH
            + b"\r\n"
            + frames(Way.DOWN, TextMessage(data=f'{{"m":"hello {KEY}"}}')),
        ),
        (
            Way.UP,
            frames(Way.UP, TextMessage(data=KEY), BytesMessage(data=KEY.encode())),
        ),
    ],
    "packed stream": lambda: [
        (Way.UP, UPGRADE[:-2] + f"Authorization: Bearer {KEY}\r\n\r\n".encode()),
        (
            Way.DOWN,
            SWITCH
            + DEFLATE
            + b"\r\n"
            + frames(
                Way.DOWN, TextMessage(data=KEY), TextMessage(data=KEY), packed=True
            ),
        ),
    ],
}


@pytest.mark.parametrize("size", [1, 2, 7, 33, 10**9])
@pytest.mark.parametrize("place", PLANTED)
def test_a_key_that_nobody_told_us_is_in_no_entry_however_it_was_cut(
    place: str, size: int
) -> None:
    each = reader()
    seen = play(each, PLANTED[place](), size)
    assert len(seen) >= 2
    assert each.follows
    text = str([s.data for s in seen])
    assert KEY not in text
    assert KEY not in base64_of(seen)
    assert base64.b64encode(f"me:{KEY}".encode()).decode() not in text


def base64_of(seen: list[Seen]) -> str:
    packed = [s.data["bytes"] for s in seen if "bytes" in s.data]
    return str([base64.b64decode(each) for each in packed])


@pytest.mark.parametrize("seed", range(20))
def test_cuts_at_random_make_the_same_entries(seed: int) -> None:
    source = random.Random(seed)
    for place, script in PLANTED.items():
        whole = [(s.kind, s.data) for s in play(reader(), script())]
        each = reader()
        seen: list[Seen] = []
        for way, data in script():
            start = 0
            while start < len(data):
                end = start + source.randint(1, 60)
                seen += each.feed(way, data[start:end])
                start = end
        assert [(s.kind, s.data) for s in seen] == whole, place


def test_the_first_frame_may_come_in_the_segment_of_the_upgrade() -> None:
    hello = frames(Way.DOWN, TextMessage(data="hello"))
    early = frames(Way.UP, TextMessage(data="early"))
    seen = play(
        reader(), [(Way.UP, UPGRADE + early), (Way.DOWN, SWITCH + b"\r\n" + hello)]
    )
    assert kinds(seen) == [Kind.OPENED, Kind.MESSAGE, Kind.MESSAGE]
    assert [s.data["text"] for s in seen[1:]] == ["early", "hello"]
    assert [s.party for s in seen[1:]] == [Party.STRATEGY, Party.GATEWAY]


def test_an_answer_that_comes_before_its_request_was_whole_is_told_after_it() -> None:
    head = b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{}"
    refused = b"HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    seen = play(reader(), [(Way.UP, head), (Way.DOWN, refused)])
    assert kinds(seen) == [Kind.REQUEST, Kind.RESPONSE]
    assert seen[1].data["exchange"] == seen[0].data["exchange"]


def test_a_client_that_waits_for_leave_to_send_its_body_is_one_exchange() -> None:
    head = (
        b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Length: 2\r\n\r\n"
    )
    script = [
        (Way.UP, head),
        (Way.DOWN, b"HTTP/1.1 100 Continue\r\n\r\n"),
        (Way.UP, b"{}"),
        (Way.DOWN, OK),
    ]
    seen = play(reader(), script)
    assert kinds(seen) == [Kind.REQUEST, Kind.RESPONSE]
    assert seen[0].data["body"] == "{}"


def test_a_connection_that_goes_on_after_http_1_0_is_still_read() -> None:
    old = b"GET /%d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    told = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}"
    each = reader()
    seen = play(each, [(Way.UP, old % 1), (Way.DOWN, told)] * 3)
    assert kinds(seen) == [Kind.REQUEST, Kind.RESPONSE] * 3
    assert each.follows


def test_an_answer_to_head_has_no_body_to_wait_for() -> None:
    script = [
        (Way.UP, ask(b"HEAD /health HTTP/1.1")),
        (Way.DOWN, b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
        (Way.UP, ask(b"GET /a HTTP/1.1")),
        (Way.DOWN, OK),
    ]
    assert kinds(play(reader(), script)) == [Kind.REQUEST, Kind.RESPONSE] * 2


def test_a_giant_body_is_kept_cut_and_says_how_much_is_missing() -> None:
    body = b"x" * (BODY_KEPT * 3)
    seen = play(
        reader(), [(Way.UP, ask(b"GET /a HTTP/1.1")), (Way.DOWN, answer(body))], 65536
    )
    assert len(seen[1].data["body"]) == BODY_KEPT
    assert seen[1].data["cut"] == BODY_KEPT * 2


@pytest.mark.parametrize("before", range(30, 42))
def test_a_key_at_the_edge_of_what_is_kept_is_not_kept_in_part(before: int) -> None:
    body = b"x" * (BODY_KEPT - before) + KEY.encode() + b"y" * 99
    seen = play(
        reader(KEY), [(Way.UP, ask(b"GET /a HTTP/1.1")), (Way.DOWN, answer(body))]
    )
    assert KEY[:8] not in seen[1].data["body"]


def test_a_giant_frame_is_kept_cut() -> None:
    giant = frames(Way.DOWN, TextMessage(data="x" * (MESSAGE_KEPT * 3)))
    script = [(Way.UP, UPGRADE), (Way.DOWN, SWITCH + b"\r\n"), (Way.DOWN, giant)]
    seen = play(reader(), script, 65536)
    assert len(seen[1].data["text"]) == MESSAGE_KEPT
    assert seen[1].data["cut"] == MESSAGE_KEPT * 2


def test_a_message_packed_a_thousand_times_smaller_takes_no_memory() -> None:
    packed = frames(Way.DOWN, TextMessage(data="x" * 30_000_000), packed=True)
    assert len(packed) < 50_000
    script = [
        (Way.UP, UPGRADE),
        (Way.DOWN, SWITCH + DEFLATE + b"\r\n"),
        (Way.DOWN, packed),
    ]
    tracemalloc.start()
    try:
        seen = play(reader(), script)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(seen[1].data["text"]) == MESSAGE_KEPT
    assert most < 20_000_000


def test_of_a_body_packed_in_a_way_nobody_unpacks_nothing_is_kept() -> None:
    script = [
        (Way.UP, ask(b"GET /a HTTP/1.1")),
        (Way.DOWN, answer(KEY.encode(), b"Content-Encoding: br\r\n")),
    ]
    told = play(reader(), script)[1].data
    assert (told["body"], told["cut"]) == ("", len(KEY))


def test_a_stream_that_ends_without_a_close_frame_is_closed_without_a_code() -> None:
    each = reader()
    play(each, [(Way.UP, UPGRADE), (Way.DOWN, SWITCH + b"\r\n")])
    (closed,) = each.end(Way.DOWN, by="gateway", reset=True)
    assert closed.data == {
        "stream": "stream-1",
        "code": None,
        "reason": "",
        "by": "gateway",
    }
    assert each.end(Way.UP) == []


def test_an_upgrade_that_is_never_answered_is_told_as_refused() -> None:
    each = reader()
    assert play(each, [(Way.UP, UPGRADE)]) == []
    (refused,) = each.end(Way.DOWN, by="gateway", reset=True)
    assert (refused.kind, refused.data["status"]) == (Kind.REFUSED, None)


@pytest.mark.parametrize("seed", range(40))
def test_spoiled_bytes_never_end_the_reading(seed: int) -> None:
    source = random.Random(seed)
    each = reader(KEY)
    for script in (PLANTED[place]() for place in sorted(PLANTED)):
        for way, data in script:
            spoiled = bytearray(data)
            for _ in range(source.randint(0, 3)):
                spoiled[source.randrange(len(spoiled))] = source.randrange(256)
            each.feed(source.choice((way, way, way, *SPEAKERS)), bytes(spoiled))
        if source.random() < 0.2:
            each.lose()
        if source.random() < 0.2:
            each.end(
                source.choice(list(SPEAKERS)), by="us", reset=source.random() < 0.5
            )


# --- finding the way again ---


def broken() -> Iterator[tuple[str, Script]]:
    yield "no http", [(Way.UP, b"\x16\x03\x01\r\n\r\n")]
    yield "a bad answer", [(Way.UP, ask(b"GET /a HTTP/1.1")), (Way.DOWN, b"no\r\n\r\n")]


@pytest.mark.parametrize(("name", "script"), list(broken()), ids=lambda v: str(v)[:9])
def test_what_cannot_be_read_is_told_and_the_next_request_is_read_again(
    name: str, script: Script
) -> None:
    each = reader()
    seen = play(each, script)
    assert seen[-1].data["name"] == "unreadable"
    assert not each.follows
    seen = play(each, [(Way.UP, ask(b"GET /b HTTP/1.1")), (Way.DOWN, OK)])
    assert kinds(seen) == [Kind.REQUEST, Kind.RESPONSE]
    assert each.follows


def test_the_reason_quotes_nothing_that_could_be_a_key() -> None:
    head = f"GET /a HTTP/1.1\r\nAuthorization {KEY}\r\n\r\n".encode()
    seen = play(reader(), [(Way.UP, head)])
    assert seen[-1].data["name"] == "unreadable"
    assert KEY not in str(seen[-1].data)


def test_a_stream_with_bytes_missing_is_read_again_from_a_whole_message() -> None:
    each = reader()
    play(each, [(Way.UP, UPGRADE), (Way.DOWN, SWITCH + b"\r\n")])
    each.lose()
    rest = frames(Way.DOWN, TextMessage(data='{"type": "quote", "n": 1}'))
    assert each.feed(Way.DOWN, rest[5:]) == []
    assert not each.follows
    whole = frames(Way.DOWN, TextMessage(data='{"type": "quote", "n": 2}'))
    assert [s.data["text"] for s in each.feed(Way.DOWN, whole)] == [
        '{"type": "quote", "n": 2}'
    ]
    assert each.follows
    ack = frames(Way.UP, TextMessage(data='{"type": "event_ack"}'))
    assert [s.data["stream"] for s in each.feed(Way.UP, ack)] == ["stream-1"]


def test_a_stream_that_was_open_before_the_scribe_is_joined() -> None:
    each = Reader(Numbers("stream-", count(9), count(9)), lambda: 0.0, Credentials())
    each.lose()
    ack = frames(Way.UP, TextMessage(data=json.dumps({"type": "event_ack"} | LONG)))
    seen = each.feed(Way.UP, ack)
    assert kinds(seen) == [Kind.OPENED, Kind.MESSAGE]
    assert seen[0].data == {"stream": "stream-9", "headers": {}, "joined": True}


LONG = {"filler": "x" * 300}


def test_frames_that_are_none_are_told_once_and_close_nothing() -> None:
    each = reader()
    play(each, [(Way.UP, UPGRADE), (Way.DOWN, SWITCH + b"\r\n")])
    seen = each.feed(Way.DOWN, b"\xf1\x05hello")
    assert [s.data.get("name") for s in seen] == ["unreadable"]
    assert not each.follows


def test_pings_are_no_messages_and_a_close_frame_ends_the_stream() -> None:
    each = reader()
    play(each, [(Way.UP, UPGRADE), (Way.DOWN, SWITCH + b"\r\n")])
    seen = each.feed(Way.UP, frames(Way.UP, Ping(), CloseConnection(code=1000)))
    assert seen == []
    closed = frames(Way.DOWN, CloseConnection(code=1000))
    assert kinds(each.feed(Way.DOWN, closed)) == [Kind.CLOSED]
