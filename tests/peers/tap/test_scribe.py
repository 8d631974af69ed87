"""The scribe: what it writes, counts and raises, also where the disk refuses."""

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.credentials import Credentials
from conformance.evidence.session_folder import DiskFile, Sink
from conformance.evidence.session_writer import Facts, Rotation, SessionWriter
from conformance.peers.tap import scribe as scribe_module
from conformance.peers.tap.feed import Piece, Unpacking, What, packed
from conformance.peers.tap.scribe import Scribe
from conformance.peers.tap.thresholds import Thresholds

FACTS = Facts("mine", "http://gateway", "127.0.0.1:1", "0.1.0")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ASK = b"GET /v1/account HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Desk:
    """A scribe whose clock and disk are moved by hand."""

    def __init__(self, folder: Path, thresholds: Thresholds | None = None) -> None:
        self.seconds = 100.0
        self.full = False
        self.folder = folder
        writer = SessionWriter(
            folder,
            FACTS,
            lambda: NOON + timedelta(seconds=self.seconds),
            Rotation(sync_seconds=0.0),
            self.opened,
        )
        self.scribe = Scribe(
            writer, Credentials(), thresholds or Thresholds(), lambda: self.seconds
        )

    def opened(self, path: Path) -> Sink:
        desk = self

        class Disk(DiskFile):
            def write(self, data: bytes) -> int:
                if desk.full:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return super().write(data)

        return Disk(path)

    def take(
        self, what: What, data: bytes = b"", number: int = 1, **facts: Any
    ) -> None:
        data = json.dumps(facts).encode() if facts else data
        self.scribe.take(Piece(what, number, self.seconds, data))

    def ask(self) -> None:
        self.take(What.UP, ASK)
        self.take(What.DOWN, OK)
        self.scribe.rest()

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.scribe.rest()

    @property
    def rows(self) -> list[dict[str, Any]]:
        paths = sorted((self.folder / "segments").iterdir())
        lines = [x for p in paths for x in p.read_text("utf-8").splitlines()]
        return [row for row in map(json.loads, lines) if "n" in row]

    def notes(self, name: str) -> list[Any]:
        rows = [r["data"] for r in self.rows if r["kind"] == "note"]
        return [data["facts"] for data in rows if data["name"] == name]


def test_a_full_disk_stops_the_record_and_not_the_count_and_it_resumes(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)
    desk.ask()
    assert desk.scribe.report()["stopped"] is None
    desk.full = True
    desk.wait(1)
    desk.ask()
    report = desk.scribe.report()
    assert report["stopped"] == "the disk refuses: No space left on device"
    assert [a["threshold"] for a in report["alarms"]] == ["recording"]
    desk.ask()
    desk.wait(30)
    assert desk.scribe.report()["stopped"]
    desk.full = False
    desk.wait(2)
    report = desk.scribe.report()
    assert report["stopped"] is None
    assert report["figures"]["requests"] == 3
    desk.ask()
    desk.scribe.close()
    assert [r["n"] for r in desk.rows] == list(range(1, len(desk.rows) + 1))
    (stopped,), (resumed,) = (
        desk.notes(f"recording-{x}") for x in ("stopped", "resumed")
    )
    assert stopped == {"reason": "the disk refuses: No space left on device", "from": 1}
    assert resumed == {"from": 1, "seconds": 32}


def test_what_the_queue_lost_is_noted_and_what_comes_then_is_read(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path, Thresholds(gap_seconds=Decimal(3)))
    desk.take(What.UP, ASK[:20])
    desk.wait(5)
    desk.take(What.LOST, since=100.0, bytes=5000)
    desk.ask()
    assert desk.notes("recording-stopped")[0]["from"] == 0
    assert desk.notes("recording-resumed")[0] == {
        "from": 0.0,
        "seconds": 5.0,
        "bytes": 5000,
    }
    assert [r["kind"] for r in desk.rows][-2:] == ["request", "response"]
    assert desk.notes("alarm")[0]["threshold"] == "gap_seconds"


def test_a_stream_whose_end_was_lost_is_closed_all_the_same(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    upgrade = b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
    upgrade += b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    desk.take(What.UP, upgrade + b"Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n\r\n")
    switch = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n"
    desk.take(What.DOWN, switch + b"Connection: Upgrade\r\n\r\n")
    assert desk.scribe.report()["figures"]["connected"] == 1
    desk.take(What.LOST, since=100.0, bytes=5000)
    desk.take(What.OPEN, open=[2])
    desk.scribe.rest()
    assert desk.scribe.report()["figures"]["connected"] == 0
    assert desk.rows[-1]["kind"] == "closed"
    assert desk.scribe.report()["unread"] == 0


def test_a_connection_that_cannot_be_followed_is_told_loudly(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(What.UP, b"\x16\x03\x01\r\n\r\n", 7)
    report = desk.scribe.report()
    assert report["unread"] == 1
    assert report["alarms"][0]["sentence"] == "the parser cannot follow connection 7"
    desk.take(What.UP, ASK, 7)
    assert desk.scribe.report()["unread"] == 0
    desk.scribe.rest()
    assert desk.notes("recording-stopped")[0]["connection"] == 7
    assert desk.notes("recording-resumed")[0]["connection"] == 7


def test_what_the_tap_asks_for_itself_is_marked_and_tells_which_gateway_it_is(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)
    providers = [{"platform": "alpaca-paper"}]
    health = {"version": "1", "git_sha": "g", "providers": providers}
    answer = {"status": 200, "headers": {}, "cut": 0, "milliseconds": 1.0}
    for target, body in (
        ("/base/health", health),
        ("/base/health", health),
        ("/base/v1/positions", [{"symbol": "A", "side": "SHORT", "quantity": "2"}]),
    ):
        desk.take(What.OWN, target=target, body=json.dumps(body), **answer)
    desk.take(What.OWN, target="/base/health", status=None, detail="away")
    desk.scribe.rest()
    own = [r for r in desk.rows if r["data"].get("own")]
    assert [(r["party"], r["kind"]) for r in own] == [
        *[("suite", "request"), ("gateway", "response")] * 3,
        ("suite", "request"),
        ("gateway", "no-response"),
    ]
    told = {"version": "1", "git_sha": "g", "platforms": ["alpaca-paper"]}
    assert desk.notes("health") == [told]
    assert json.loads((tmp_path / "session.json").read_text())["health"] == told
    assert desk.scribe.counting.figures.held == {"A": -2}
    assert desk.scribe.report()["figures"]["requests"] == 0


def test_a_position_with_no_strategy_connected_raises_one_alarm_a_crossing(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path, Thresholds(unattended_seconds=Decimal(10)))
    held = json.dumps([{"symbol": "A", "side": "LONG", "quantity": "2"}])
    answer = {"status": 200, "headers": {}, "cut": 0, "milliseconds": 1.0}
    desk.take(What.OWN, target="/v1/positions", body=held, **answer)
    for _ in range(30):
        desk.wait(1)
    alarms = desk.scribe.report()["alarms"]
    assert [a["threshold"] for a in alarms] == ["unattended_seconds"]
    desk.take(What.OWN, target="/v1/positions", body="[]", **answer)
    desk.wait(1)
    desk.take(What.OWN, target="/v1/positions", body=held, **answer)
    desk.wait(1)
    assert len(desk.scribe.report()["alarms"]) == 1
    assert len(desk.notes("alarm")) == 2


def test_times_never_go_back_and_numbers_of_exchanges_never_come_again(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)
    desk.ask()
    desk.scribe.take(Piece(What.UP, 2, 0.0, ASK))
    desk.ask()
    desk.scribe.close()
    again = Desk(tmp_path)
    again.seconds += 60
    again.ask()
    again.scribe.close()
    times = [r["at"] for r in again.rows]
    assert times == sorted(times)
    asked = [r["data"]["exchange"] for r in again.rows if r["kind"] == "request"]
    assert len(set(asked)) == len(asked) == 4
    began = again.notes("stretch-began")
    assert began[0]["gap_seconds"] is None
    assert began[1]["gap_seconds"] == 0.0


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_pieces_are_the_same_however_the_feed_is_cut(size: int) -> None:
    pieces = [Piece(What.UP, 1, 0.5, b"x" * 50), Piece(What.ENDED, 2, 1.5, b"{}")]
    data = b"".join(map(packed, pieces))
    unpacking = Unpacking()
    cut = [data[i : i + size] for i in range(0, len(data), size)]
    assert [p for each in cut for p in unpacking.take(each)] == pieces


def test_the_retry_waits_a_second() -> None:
    assert scribe_module.RETRY_SECONDS == 1.0
