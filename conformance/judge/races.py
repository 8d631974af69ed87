"""Orders of which a broker told by an answer, by its stream, or by both."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.orders import (
    Announcement,
    announcements,
    messages_of_type,
    number,
    shown,
)
from conformance.judge.venue import Booked, booked

RACE = "told-by"
"""The name of the note that says how a broker told of an order."""


@dataclass(frozen=True, slots=True)
class Race:
    """One order, all that its broker filled of it, and all that was told of that."""

    note: Entry
    fills: tuple[Booked, ...]
    end: Booked | None
    """The cancel that the broker booked of its own accord."""
    said: tuple[Announcement, ...]
    trades: tuple[Entry, ...]
    looks: tuple[tuple[Exchange, dict[str, Json]], ...]

    @property
    def case(self) -> str:
        return str(self.note.data["facts"]["case"])

    @property
    def order(self) -> str:
        return str(self.note.data["facts"]["order"])

    @property
    def filled(self) -> Decimal:
        return sum((fill.number("fill") for fill in self.fills), Decimal(0))

    @property
    def most(self) -> Decimal:
        """The most that the stream told filled."""
        told = (number(said.order, "filled_quantity") for said in self.said)
        return max((t for t in told if t is not None), default=Decimal(0))

    def times(self, event: str) -> int:
        """How often an event of it was told."""
        return sum(said.event == event for said in self.said)


@remembered
def races(transcript: Transcript) -> Iterator[Race]:
    """The orders that a script noted, with what came of them."""
    fills = list(booked(transcript, "filled"))
    ends = list(booked(transcript, "cancelled"))
    trades = list(messages_of_type(transcript, "trade"))
    for note in transcript.of_kind(Kind.NOTE):
        if note.data.get("name") != RACE:
            continue
        facts = note.data["facts"]
        order, at_broker = str(facts["order"]), facts["broker_order"]
        yield Race(
            note,
            tuple(f for f in fills if f.order == at_broker),
            next((e for e in ends if e.order == at_broker), None),
            tuple(announcements(transcript, None, order)),
            tuple(entry for entry, m in trades if _order_of(m) == order),
            tuple(shown(transcript, order)),
        )


def _order_of(message: dict[str, Json]) -> object:
    trade = message.get("trade")
    return trade.get("order_id") if isinstance(trade, dict) else None
