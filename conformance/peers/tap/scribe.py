"""Turns what the relay tells into entries, figures and alarms, and has them written.

Where the disk refuses, it goes on reading and counting, and writes again when it can.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import count
from typing import Any

from conformance.evidence.credentials import Credentials
from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.exchange import parsed
from conformance.evidence.session_writer import SessionWriter
from conformance.peers.faults import Way
from conformance.peers.tap.counting import Counting
from conformance.peers.tap.feed import Piece, What
from conformance.peers.tap.identity import Identity
from conformance.peers.tap.reading import Reader
from conformance.peers.tap.thresholds import Crossing, Thresholds, Watch
from conformance.peers.wiretap import Numbers, Seen

RETRY_SECONDS = 1.0
"""How long it waits before it asks a disk that refused again."""

WATCH_SECONDS = 0.5
WAYS = {What.UP: Way.UP, What.DOWN: Way.DOWN}
ENDS = {What.UP_END: Way.UP, What.DOWN_END: Way.DOWN}


class Scribe:
    """One stretch of a session."""

    def __init__(
        self,
        writer: SessionWriter,
        credentials: Credentials,
        thresholds: Thresholds,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer, self._credentials = writer, credentials
        self._clock = clock
        self._zero = clock() - writer.offset
        self._piece_at = self._last = writer.offset
        self.counting = Counting()
        self.counting.figures.alone_since = writer.offset
        self._watch = Watch(thresholds, writer.offset)
        self._watch_at = 0.0
        # Entries outnumber both: no number of an earlier stretch comes again.
        first = writer.resumed.entries + 1
        self._numbers = Numbers("stream-", count(first), count(first))
        self._readers: dict[int, Reader] = {}
        self._unread: dict[int, float] = {}
        """Connections that cannot be followed, and since when."""
        self._identity = Identity()
        self._stopped: tuple[float, str] | None = None
        self._retry_at = 0.0
        self._alarms: list[dict[str, Json]] = []
        self._begin()

    # --- what happens ---

    def take(self, piece: Piece) -> None:
        """Takes the next piece."""
        self._piece_at = max(self._last, piece.at - self._zero)
        match piece.what:
            case What.UP | What.DOWN:
                reader = self._reader(piece.connection)
                self._read(reader, piece.connection, WAYS[piece.what], piece.data)
            case What.UP_END | What.DOWN_END:
                self._seen(self._reader(piece.connection).end(ENDS[piece.what]))
            case What.ENDED:
                self._ended(piece)
            case What.JOINED:
                self._reader(piece.connection).lose()
                self._unread[piece.connection] = self._at
            case What.LOST:
                self._missed(piece.facts)
            case What.OPEN:
                self._ended_unseen(piece.facts["open"])
            case What.OWN:
                self._own(piece.facts)
            case What.TOLD:
                self.note(**piece.facts)

    def note(self, text: str, name: str, facts: Json = None) -> None:
        """Writes a decision of ours down."""
        data = {"text": text, "name": name, "facts": facts}
        self._write(Party.SUITE, Kind.NOTE, self._credentials.value(data))

    def rest(self) -> None:
        """Writes what is pending, syncs and rotates; looks at the thresholds."""
        now = self._clock()
        self._piece_at = max(self._last, now - self._zero)
        if self._stopped is not None and now >= self._retry_at:
            self._retry(now)
        if now >= self._watch_at:
            self._watch_at = now + WATCH_SECONDS
            self._look(now - self._zero)
        if self._stopped is None:
            self._try(self._writer.flush)
        if self._stopped is None:
            self._try(lambda: self._writer.tick(now))

    def report(self) -> dict[str, Json]:
        """What the relay shows; an alarm is in one report only."""
        alarms, self._alarms = self._alarms, []
        figures = self.counting.figures
        told = {
            name: getattr(figures, name)
            for name in figures.__dataclass_fields__
            if isinstance(getattr(figures, name), int)
        }
        stopped = None if self._stopped is None else self._stopped[1]
        unread = sum(not reader.follows for reader in self._readers.values())
        return {
            "figures": {**told, "held": len(figures.held)},
            "stopped": stopped,
            "unread": unread,
            "entries": self._writer.entries,
            "segment": self._writer.segment,
            "alarms": alarms,
        }

    def close(self) -> None:
        """Writes what was still open as ended, and the closing line."""
        for reader in tuple(self._readers.values()):
            self._seen(reader.end(Way.DOWN, by="us"))
        self._readers.clear()
        if self._stopped is not None:
            self._retry(self._clock())
        if self._stopped is None:
            self._try(self._writer.close)

    # --- connections ---

    def _reader(self, connection: int) -> Reader:
        found = self._readers.get(connection)
        if found is None:
            found = Reader(self._numbers, lambda: self._piece_at, self._credentials)
            self._readers[connection] = found
        return found

    def _read(self, reader: Reader, connection: int, way: Way, data: bytes) -> None:
        followed = reader.follows
        seen = reader.feed(way, data)
        if not followed and reader.follows:
            self._follows_again(connection)
        self._seen(seen)
        if followed and not reader.follows:
            self._unread[connection] = self._at
            reason = f"the parser cannot follow connection {connection}"
            facts = {"reason": reason, "from": self._at, "connection": connection}
            self.note(reason, "recording-stopped", facts)
            self._alarm("recording", 0, 0, reason)

    def _follows_again(self, connection: int) -> None:
        since = self._unread.pop(connection, self._at)
        seconds = round(self._piece_at - since, 6)
        facts = {"from": since, "seconds": seconds, "connection": connection}
        told = f"the parser follows connection {connection} again"
        self.note(told, "recording-resumed", facts)

    def _ended(self, piece: Piece) -> None:
        reader = self._readers.pop(piece.connection, None)
        self._unread.pop(piece.connection, None)
        if reader is None:
            return
        how, by = piece.facts["how"], piece.facts["by"] or "us"
        for way in (Way.DOWN, Way.UP):
            self._seen(reader.end(way, by=by, reset=how == "reset"))

    def _ended_unseen(self, still_open: list[int]) -> None:
        for number in self._readers.keys() - still_open:
            reader = self._readers.pop(number)
            self._unread.pop(number, None)
            self._seen(reader.end(Way.DOWN, by="unknown"))

    def _seen(self, seen: list[Seen]) -> None:
        for each in seen:
            self._write(each.party, each.kind, each.data)

    def _missed(self, facts: dict[str, Json]) -> None:
        """Pieces were dropped: no connection can be followed as if nothing were."""
        since = max(self._last, facts["since"] - self._zero)
        for number, reader in self._readers.items():
            reader.lose()
            self._unread.setdefault(number, since)
        seconds = round(self._piece_at - since, 6)
        told = {"reason": "the queue before the writer was full", "from": since}
        self.note(told["reason"], "recording-stopped", told)
        more = {"from": since, "seconds": seconds, "bytes": facts["bytes"]}
        self.note("it is recorded again", "recording-resumed", more)
        self._cross(self._watch.gap(seconds))

    # --- what the tap asks for itself ---

    def _own(self, facts: dict[str, Json]) -> None:
        number = next(self._numbers.exchanges)
        sent = {"exchange": number, "method": "GET", "target": facts["target"]}
        asked = {**sent, "headers": {}, "body": None, "deliberate": False, "own": True}
        self._write(Party.SUITE, Kind.REQUEST, asked)
        if facts["status"] is None:
            lost = {"exchange": number, "reason": "broken", "detail": facts["detail"]}
            clean = self._credentials.value({**lost, "own": True})
            self._write(Party.GATEWAY, Kind.NO_RESPONSE, clean)
            return
        told = {key: facts[key] for key in ("status", "body", "cut", "milliseconds")}
        headers = self._credentials.headers(facts["headers"])
        told["body"] = self._credentials.text(told["body"])
        answer = {"exchange": number, **told, "headers": headers, "own": True}
        self._write(Party.GATEWAY, Kind.RESPONSE, answer)
        if facts["status"] == 200 and facts["target"].endswith("/v1/positions"):
            self.counting.read_positions(parsed(told["body"]))

    def _know(self, health: dict[str, Json]) -> None:
        """Which Gateway it is stands in session.json too."""
        self.note("the Gateway says who it is", "health", health)
        if self._stopped is None:
            self._try(lambda: self._writer.know(health=health))

    # --- alarms ---

    def _look(self, now: float) -> None:
        self._cross(self._watch.crossings(self.counting.figures, now))

    def _cross(self, crossings: Any) -> None:
        for each in crossings:
            self._note_alarm(each)
            self._alarm(each.threshold, each.value, each.limit, each.sentence)

    def _note_alarm(self, crossing: Crossing) -> None:
        facts = {k: str(v) for k, v in asdict(crossing).items()}
        self.note(crossing.sentence, "alarm", facts)

    def _alarm(self, threshold: str, value: Json, limit: Json, sentence: str) -> None:
        facts = {"threshold": threshold, "value": str(value), "limit": str(limit)}
        self._alarms.append({**facts, "sentence": sentence})

    # --- the disk ---

    @property
    def _at(self) -> float:
        return round(self._piece_at, 6)

    def _begin(self) -> None:
        found = self._writer.resumed
        facts = {"gap_seconds": found.gap_seconds, "torn_bytes": found.torn_bytes}
        told = "the tap began"
        if found.gap_seconds is not None:
            told = f"the tap began again after {found.gap_seconds:.3f} s"
        self.note(told, "stretch-began", facts)
        if found.gap_seconds is not None:
            self._cross(self._watch.gap(found.gap_seconds))

    def _write(self, party: Party, kind: Kind, data: dict[str, Any]) -> None:
        self._last = self._piece_at
        self.counting.fold(self._piece_at, party, kind, data)
        if self._stopped is None:
            self._writer.append(self._piece_at, party, kind, data)
        health = self._identity.hear(kind, data)
        if health is not None:
            self._know(health)

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            reason = f"the disk refuses: {error.strerror or error}"
            self._stopped = (self._at, reason)
            self._retry_at = self._clock() + RETRY_SECONDS
            self._alarm("recording", 0, 0, reason)

    def _retry(self, now: float) -> None:
        """Writes again, first of all that and since when it could not."""
        assert self._stopped is not None
        since, reason = self._stopped
        self._retry_at = now + RETRY_SECONDS
        seconds = round(self._piece_at - since, 6)
        stopped = {"reason": reason, "from": since}
        resumed = {"from": since, "seconds": seconds}
        try:
            self._writer.mend()
            for text, name, facts in (
                (reason, "recording-stopped", stopped),
                ("it is recorded again", "recording-resumed", resumed),
            ):
                data = {"text": text, "name": name, "facts": facts}
                self._writer.append(self._piece_at, Party.SUITE, Kind.NOTE, data)
            self._writer.flush()
        except OSError:
            return
        self._stopped = None
        self._cross(self._watch.gap(seconds))


def told(report: dict[str, Json]) -> bytes:
    """A report as one line."""
    return json.dumps(report, default=str).encode() + b"\n"
