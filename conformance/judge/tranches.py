"""How the venue filled each order of a script, and what was told of every part."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.orders import asked, messages_of_type
from conformance.judge.venue import Booked, booked

TRANCHES = "tranches"
"""The name of the note that says which case an order is."""


@dataclass(frozen=True, slots=True)
class Tranches:
    """One order: the venue's fills; trades told and listed, each with its id."""

    case: str
    note: Entry
    order: str
    fills: tuple[Booked, ...]
    told: tuple[tuple[Entry, str], ...]
    lists: tuple[Exchange, ...]
    listed: tuple[tuple[Exchange, str], ...]

    @property
    def filled(self) -> Decimal:
        """The sum of the venue's fills."""
        return sum((f.number("fill") for f in self.fills), Decimal(0))


@remembered
def tranches(transcript: Transcript) -> Iterator[Tranches]:
    """Every order that the script noted, in order."""
    fills = list(booked(transcript, "filled"))
    told = [
        (entry, message["trade"])
        for entry, message in messages_of_type(transcript, "trade")
        if isinstance(message.get("trade"), dict)
    ]
    lists = [
        x
        for x in asked(transcript, "GET", "v1", "trades")
        if isinstance(x.body, list) and x.status == 200
    ]
    for note in transcript.of_kind(Kind.NOTE):
        if note.data.get("name") != TRANCHES:
            continue
        order = str(note.data["facts"]["order"])
        mine = tuple(x for x in lists if dict(x.query).get("order_id") == order)
        yield Tranches(
            str(note.data["facts"]["case"]),
            note,
            order,
            tuple(f for f in fills if f.order == order),
            tuple((e, str(t["id"])) for e, t in told if t.get("order_id") == order),
            mine,
            tuple(
                (x, str(t["id"]))
                for x in mine
                for t in x.body or ()
                if isinstance(t, dict) and t.get("order_id") == order
            ),
        )
