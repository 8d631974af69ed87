"""What a transcript tells of the venue below: what was asked of it, booked and told."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import unquote, urlsplit

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.exchange import Exchange, parsed
from conformance.evidence.transcript import Transcript, remembered

ENDS = frozenset({"cancelled", "expired", "rejected"})
"""What is booked of an order that ends without being filled."""
SIGNATURE = re.compile("[?&]signature=[^&]*")
LONGEST = 400
"""Characters of a path or of a body that a sentence has."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the Gateway to the venue, and how it was answered."""

    asked: Entry
    answered: Entry | None

    @property
    def method(self) -> str:
        return str(self.asked.data["method"])

    @property
    def target(self) -> str:
        """The raw path and query."""
        return str(self.asked.data["target"])

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, percent-decoded."""
        return tuple(unquote(p) for p in urlsplit(self.target).path.split("/")[1:])

    @property
    def sent(self) -> Json:
        """The request's JSON; None where it had none."""
        return parsed(self.asked.data.get("body"))

    @property
    def operation(self) -> str | None:
        """What a broker was asked to do; None where the Engine was asked."""
        return self.asked.data.get("operation")

    @property
    def submits(self) -> bool:
        """Whether it is an order."""
        if self.operation is not None:
            return self.operation == "submit"
        return self.method == "POST" and self.segments[-1:] == ("orders",)

    @property
    def client_id(self) -> str | None:
        """The client order id that it names: as a broker's venue read it, or itself."""
        read = self.asked.data.get("client_order_id")
        sent = self.sent if isinstance(self.sent, dict) else {}
        found = sent.get("client_order_id") if read is None else read
        return found if isinstance(found, str) else None

    @property
    def status(self) -> int | None:
        """What was answered; None where nothing was."""
        return None if self.answered is None else self.answered.data["status"]

    @property
    def told(self) -> str:
        """The request in a line, without its signature, as long as one reads."""
        target = SIGNATURE.sub("", self.target)
        body = str(self.asked.data.get("body") or "")
        return f"{self.method} {target[:LONGEST]} {body[:LONGEST]}".rstrip()

    @property
    def fault(self) -> str | None:
        """What is wrong with the request, by the Engine's description."""
        found = self.asked.data.get("fault")
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class Booked:
    """One change at the venue of an order: `what`, that was accepted, filled, ended."""

    entry: Entry

    @property
    def what(self) -> str:
        return str(self.entry.data["what"])

    @property
    def order(self) -> str:
        """The order's id at the venue."""
        return str(self.entry.data["order"])

    @property
    def client_id(self) -> str | None:
        found = self.entry.data.get("client_order_id")
        return found if isinstance(found, str) else None

    @property
    def moved(self) -> Decimal:
        """By how much a fill changed what is held: bought above zero, sold below."""
        sign = 1 if self.entry.data["side"] == "BUY" else -1
        return sign * self.number("fill")

    def number(self, name: str) -> Decimal:
        """quantity, filled, or of a fill: fill, price, commission."""
        return Decimal(str(self.entry.data[name]))


@dataclass(frozen=True, slots=True)
class Frame:
    """One message on the venue's stream, with its JSON (None where it has none)."""

    entry: Entry
    message: Json

    @property
    def type(self) -> str | None:
        found = self.message.get("type") if isinstance(self.message, dict) else None
        return found if isinstance(found, str) else None

    @property
    def event_id(self) -> str | None:
        found = self.message.get("event_id") if isinstance(self.message, dict) else None
        return found if isinstance(found, str) else None


@remembered
def calls(
    transcript: Transcript, method: str | None = None, *path: str | None
) -> Iterator[Call]:
    """What the Gateway asked of the venue; None stands for any method or segment.

    `calls(t, "DELETE", "orders", None)` are the cancels of one order: the path's end.
    """
    answers = {e.data["call"]: e for e in transcript.of_kind(Kind.ANSWER)}
    for entry in transcript.of_kind(Kind.CALL):
        call = Call(entry, answers.get(entry.data["call"]))
        if method in (None, call.method) and _fits(call.segments, path):
            yield call


def _fits(segments: tuple[str, ...], path: tuple[str | None, ...]) -> bool:
    if not path:
        return True
    tail = segments[-len(path) :]
    return len(tail) == len(path) and all(
        want in (None, part) for part, want in zip(tail, path, strict=True)
    )


@remembered
def booked(transcript: Transcript, what: str | None = None) -> Iterator[Booked]:
    """What changed at the venue, in order."""
    for entry in transcript.of_kind(Kind.BOOKED):
        change = Booked(entry)
        if what in (None, change.what):
            yield change


def calls_during(
    transcript: Transcript, exchange: Exchange, *operations: str
) -> tuple[Call, ...]:
    """What the Gateway asked of the venue while the strategy waited for an answer.

    Of a broker, these operations alone where any are given.
    """
    return tuple(
        call
        for call in calls(transcript)
        if exchange.waits(call.asked.number)
        and (not operations or call.operation in operations)
    )


def booked_during(
    transcript: Transcript, exchange: Exchange, *what: str
) -> Iterator[Booked]:
    """What changed at the venue while the strategy waited."""
    for change in booked(transcript):
        if exchange.waits(change.entry.number) and change.what in what:
            yield change


def overfilled(transcript: Transcript) -> frozenset[str]:
    """The orders of which the venue filled more than was asked for."""
    return frozenset(
        change.order
        for change in booked(transcript, "filled")
        if change.number("filled") > change.number("quantity")
    )


@remembered
def frames(
    transcript: Transcript, party: Party = Party.VENUE, kind: str | None = None
) -> Iterator[Frame]:
    """The messages on the venue's stream that one party sent."""
    for entry in transcript.of_kind(Kind.FRAME):
        if entry.party is party:
            frame = Frame(entry, parsed(entry.data.get("text")))
            if kind in (None, frame.type):
                yield frame


@remembered
def releases(transcript: Transcript) -> Iterator[tuple[Entry, tuple[str, ...]]]:
    """The acknowledgements that came to the Engine: the entry, and the ids it names."""
    for frame in frames(transcript, Party.GATEWAY, "event_ack"):
        ids = frame.message.get("events_processed")
        if isinstance(ids, list):
            yield frame.entry, tuple(str(i) for i in ids)


def unlinked(transcript: Transcript) -> Iterator[tuple[Entry, str]]:
    """Where a script broke the Engine's stream off: the note, the strategy's stream."""
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "broken":
            yield entry, str(entry.data["facts"]["stream"])
