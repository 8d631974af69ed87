"""Reads a strategy's transcript: what each run asked for, was told, said and held."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.exchange import Exchange, exchanges, message_of
from conformance.evidence.transcript import Transcript, remembered

PROFILE = "profile"
FOOTING = "footing"


@dataclass(frozen=True, slots=True)
class Asked:
    """One order that the strategy asked for; `bar` is the one told last before it."""

    exchange: Exchange
    bar: int

    @property
    def number(self) -> int:
        """Its entry's number."""
        return self.exchange.request.number

    @property
    def at(self) -> float:
        """Seconds since the transcript began."""
        return self.exchange.request.at

    @property
    def status(self) -> int | None:
        """How it was answered; None where it was not."""
        return self.exchange.status

    @property
    def order_id(self) -> str | None:
        """The id that it got."""
        body = self.exchange.body
        if self.status != 201 or not isinstance(body, dict):
            return None
        return str(body.get("id"))

    def text(self, name: str) -> str:
        """A field of its body as a text; enums in upper case, whatever was sent."""
        body = self.exchange.sent
        value = body.get(name) if isinstance(body, dict) else None
        if value is None:
            return "MARKET" if name == "order_type" else ""
        return str(value).upper() if name in ("side", "order_type") else str(value)

    @property
    def side(self) -> str:
        return self.text("side")

    @property
    def quantity(self) -> Decimal | None:
        """How much it asks for; None where that is no number."""
        return _number(self.text("quantity"))

    @property
    def placed(self) -> tuple[int, str, str, str, str]:
        """Bar, side, type, symbol and quantity: what is compared between runs."""
        quantity = self.quantity
        return (
            self.bar,
            self.side,
            self.text("order_type"),
            self.text("symbol"),
            "" if quantity is None else str(quantity),
        )

    def told(self) -> str:
        """How it is named in a finding."""
        return (
            f"{self.side} {self.text('quantity')} {self.text('symbol')} "
            f"{self.text('order_type')}"
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One change on the books; `held` is what is held after it."""

    entry: Entry

    @property
    def number(self) -> int:
        return self.entry.number

    @property
    def what(self) -> str:
        """accepted, filled, cancelled, rejected, expired or modified."""
        return str(self.entry.data["what"])

    @property
    def order(self) -> str:
        return str(self.entry.data["order"])

    @property
    def side(self) -> str:
        return str(self.entry.data["side"])

    @property
    def symbol(self) -> str:
        return str(self.entry.data["symbol"])

    @property
    def parent(self) -> str | None:
        """The entry that an exit belongs to."""
        found = self.entry.data.get("parent")
        return None if found is None else str(found)

    def amount(self, name: str) -> Decimal:
        """quantity, filled, held, or of a fill: fill, price, commission."""
        return Decimal(str(self.entry.data[name]))


@dataclass(frozen=True)
class Run:
    """One Gateway that the strategy met, with all its starts there."""

    name: str
    entries: tuple[Entry, ...]
    transcript: Transcript

    # --- what it asked for ---

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """All its requests, in order."""
        found = exchanges(self.transcript)
        return tuple(e for e in found if e.request.data.get("run") == self.name)

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """The orders that it asked for, whatever was answered."""
        return tuple(
            Asked(e, int(e.request.data.get("bar", -1)))
            for e in self.exchanges
            if e.method == "POST" and e.segments[-1:] == ("orders",)
        )

    def asks(self, method: str, *segments: str) -> tuple[Exchange, ...]:
        """Its requests with this method, to paths with any of these parts."""
        return tuple(
            e
            for e in self.exchanges
            if e.method == method
            and (not segments or any(s in e.segments for s in segments))
        )

    # --- what was true ---

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What was booked, in order."""
        return tuple(Change(e) for e in self._of(Kind.BOOKED))

    def held_before(self, number: int, symbol: str | None = None) -> Decimal:
        """What was held when an entry was written."""
        found = Decimal(0)
        for change in self.changes:
            if change.number >= number:
                break
            if symbol in (None, change.symbol):
                found = change.amount("held")
        return found

    @property
    def held(self) -> Decimal:
        """What is held in the end."""
        return self.changes[-1].amount("held") if self.changes else Decimal(0)

    # --- what it was told, and said ---

    @cached_property
    def bars(self) -> tuple[Entry, ...]:
        """The bars that it was told."""
        told = self._of(Kind.MESSAGE, Party.GATEWAY)
        return tuple(e for e in told if e.data.get("bar") is not None)

    def told(self, kind: str) -> tuple[Entry, ...]:
        """The messages of one type that it was told."""
        found = self._of(Kind.MESSAGE, Party.GATEWAY)
        return tuple(e for e in found if _type(e) == kind)

    @cached_property
    def said(self) -> tuple[Entry, ...]:
        """Its messages on the stream."""
        return self._of(Kind.MESSAGE, Party.STRATEGY)

    @cached_property
    def acks(self) -> tuple[tuple[Entry, tuple[str, ...]], ...]:
        """Its acknowledgements, with the ids that each names."""
        found = []
        for entry in self.said:
            message = message_of(entry)
            if isinstance(message, dict) and message.get("type") == "event_ack":
                ids = message.get("events_processed")
                named = tuple(map(str, ids)) if isinstance(ids, list) else ()
                found.append((entry, named))
        return tuple(found)

    @cached_property
    def identified(self) -> tuple[tuple[Entry, str], ...]:
        """The messages that carry an event id, with it."""
        found = []
        for entry in self._of(Kind.MESSAGE, Party.GATEWAY):
            message = message_of(entry)
            if isinstance(message, dict) and "event_id" in message:
                found.append((entry, str(message["event_id"])))
        return tuple(found)

    # --- its streams and its process ---

    @cached_property
    def opened(self) -> tuple[Entry, ...]:
        """Where its stream was opened."""
        return self._of(Kind.OPENED)

    @cached_property
    def knocks(self) -> tuple[Entry, ...]:
        """Where it tried to open its stream, let in or not."""
        return self._of(Kind.OPENED, Kind.REFUSED)

    @cached_property
    def closed(self) -> tuple[Entry, ...]:
        """Where its stream ended."""
        return self._of(Kind.CLOSED)

    @cached_property
    def printed(self) -> tuple[Entry, ...]:
        """The lines that it printed."""
        return self._of(Kind.LOG)

    def process(self, event: str) -> tuple[Entry, ...]:
        """Where its process was started, signalled or exited."""
        found = self._of(Kind.PROCESS)
        return tuple(e for e in found if e.data["event"] == event)

    @property
    def died(self) -> Entry | None:
        """Where it ended without being told to; None where it did not."""
        told = False
        for entry in self._of(Kind.PROCESS, Kind.NOTE):
            if entry.kind is Kind.NOTE:
                told = told or entry.data.get("name") == "over"
            elif entry.data["event"] == "started":
                told = False
            elif entry.data["event"] == "signalled":
                told = True
            elif entry.data["event"] == "exited" and not told:
                return entry if entry.data["status"] != -9 else None
        return None

    def notes(self, name: str) -> tuple[Entry, ...]:
        """The places that the script marked."""
        return tuple(e for e in self._of(Kind.NOTE) if e.data.get("name") == name)

    def note(self, name: str) -> Entry | None:
        """The first place with this mark."""
        found = self.notes(name)
        return found[0] if found else None

    def _of(self, *wanted: Kind | Party) -> tuple[Entry, ...]:
        kinds = [k for k in wanted if isinstance(k, Kind)]
        parties = [p for p in wanted if isinstance(p, Party)]
        return tuple(
            e
            for e in self.entries
            if e.kind in kinds and (not parties or e.party in parties)
        )


@remembered
def runs(transcript: Transcript) -> Iterator[Run]:
    """Every run of a transcript, in the order of their beginning."""
    found: dict[str, list[Entry]] = {}
    for entry in transcript.entries:
        name = _run_of(entry)
        if name is not None:
            found.setdefault(name, []).append(entry)
    for name, entries in found.items():
        yield Run(name, tuple(entries), transcript)


def only_run(transcript: Transcript) -> Run:
    """The one run of a transcript that has one."""
    return next(runs(transcript))


def profile(transcript: Transcript) -> dict[str, Any]:
    """What is declared of the strategy, as JSON."""
    found = transcript.note(PROFILE)
    return found if isinstance(found, dict) else {}


def footing(transcript: Transcript) -> dict[str, Any]:
    """How the strategy was made to trade, as JSON."""
    found = transcript.note(FOOTING)
    return found if isinstance(found, dict) else {}


def without_faults(transcript: Transcript) -> tuple[tuple[Any, ...], ...]:
    """The orders of the run without faults: bar, side, type, symbol, quantity."""
    return tuple(tuple(row) for row in footing(transcript).get("orders", ()))


def _run_of(entry: Entry) -> str | None:
    data = entry.data
    if "run" in data:
        return str(data["run"])
    facts = data.get("facts")
    return str(facts["run"]) if isinstance(facts, dict) and "run" in facts else None


def _type(entry: Entry) -> str | None:
    message = message_of(entry)
    found = message.get("type") if isinstance(message, dict) else None
    return str(found) if found is not None else None


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def amount(value: Json) -> Decimal | None:
    """A declared number."""
    return None if value is None else _number(str(value))
