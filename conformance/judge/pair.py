"""Reads what a Gateway between a strategy and a venue passed on, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.orders import asked
from conformance.judge.pacing import heard_events
from conformance.judge.venue import Call, Frame, calls, frames, releases

FIELDS = (
    "client_order_id",
    "symbol",
    "side",
    "order_type",
    "quantity",
    "limit_price",
    "stop_price",
)
NUMBERS = ("quantity", "limit_price", "stop_price")

CROSSING_SECONDS = 1.0
"""How long something may still be on its way when it is noted as not passed on."""


@dataclass(frozen=True, slots=True)
class SentAgain:
    """An order that went up more often than it was asked for."""

    asked: tuple[Entry, ...]
    sent: tuple[Entry, ...]

    @property
    def told(self) -> str:
        """How often it was sent, and asked for."""
        return f"{len(self.sent)} times, and was asked to {len(self.asked)} times"


def of_run(transcript: Transcript, entries: tuple[Entry, ...]) -> Transcript:
    """A transcript of these entries alone."""
    return replace(transcript, entries=entries)


def sent_again(transcript: Transcript) -> Iterator[SentAgain]:
    """The orders of one Gateway that went up more often than they were asked for.

    What a Gateway sends of its own (a close, an exit) nobody had asked for like this.
    """
    wanted: dict[tuple[str, ...], list[Entry]] = {}
    for exchange in asked(transcript, "POST", "v1", "orders"):
        wanted.setdefault(order_of(exchange.sent), []).append(exchange.request)
    found: dict[tuple[str, ...], list[Entry]] = {}
    for call in submits(transcript):
        found.setdefault(order_of(call.sent), []).append(call.asked)
    for order, sent in found.items():
        requests = wanted.get(order, [])
        if 0 < len(requests) < len(sent):
            yield SentAgain(tuple(requests), tuple(sent))


def submits(transcript: Transcript) -> Iterator[Call]:
    """The orders that went up, without those that can only reduce."""
    for call in calls(transcript, "POST", "orders"):
        if isinstance(call.sent, dict) and not call.sent.get("reduce_only"):
            yield call


def order_of(body: Json) -> tuple[str, ...]:
    """What an order is known by, however it is spelled."""
    fields = body if isinstance(body, dict) else {}
    return tuple(_text(name, fields.get(name)) for name in FIELDS)


def _text(name: str, value: Json) -> str:
    if value is None:
        return "MARKET" if name == "order_type" else ""
    if name not in NUMBERS:
        return str(value) if name == "client_order_id" else str(value).upper()
    try:
        return str(Decimal(str(value)).normalize())
    except ArithmeticError:
        return str(value)


def died(transcript: Transcript) -> Entry | None:
    """Where the Gateway ended and nobody had asked it to."""
    for entry in transcript.of_kind(Kind.PROCESS):
        if entry.data["event"] == "died":
            return entry
    return None


def kept_back(transcript: Transcript, name: str) -> Iterator[tuple[Entry, list[str]]]:
    """The notes of this name with the event ids that they are about.

    What was released after all, a moment after the note, crossed it on the way.
    """
    after = list(releases(transcript))
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == name:
            crossed = {
                event_id
                for by, ids in after
                if by.number > entry.number and by.at - entry.at <= CROSSING_SECONDS
                for event_id in ids
            }
            events = [str(e) for e in entry.data["facts"]["events"]]
            if kept := [e for e in events if e not in crossed]:
                yield entry, kept


def listened(transcript: Transcript, number: int) -> bool:
    """Whether the strategy's stream was open when an entry was written."""
    open_: set[str] = set()
    for entry in transcript.of_kind(Kind.OPENED, Kind.CLOSED):
        if entry.number > number:
            break
        change = open_.add if entry.kind is Kind.OPENED else open_.discard
        change(str(entry.data["stream"]))
    return bool(open_)


def unheard(transcript: Transcript) -> Iterator[tuple[Frame, Entry]]:
    """Events that the Gateway released and that no listening strategy was told.

    Each with the entry that released it.
    """
    heard = {event_id for _, event_id in heard_events(transcript)}
    by_id = {f.event_id: f for f in frames(transcript)}
    for entry, ids in releases(transcript):
        for event_id in ids:
            frame = by_id.get(event_id)
            if frame is None or event_id in heard or frame.type == "error":
                continue
            if listened(transcript, frame.entry.number):
                yield frame, entry
