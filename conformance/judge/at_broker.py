"""What a broker's books said of an order when the strategy looked at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.noted import notes
from conformance.judge.orders import asked
from conformance.judge.venue import ENDS, Booked, booked

AT_BROKER = "at-broker"
"""The name of the note that says which of the broker's orders one of ours is."""

CANCELLED = ("CANCELLED", "CANCELED")
"""The status of an order that is told cancelled, however it is spelled."""


@dataclass(frozen=True, slots=True)
class Look:
    """One GET of an order that was answered, and what the broker had booked by then.

    `row` is empty where no order was shown.
    """

    case: str
    order: str
    exchange: Exchange
    row: dict[str, Json]
    changes: tuple[Booked, ...]

    @property
    def shown(self) -> str:
        """Its status, or what was answered instead of it."""
        if self.row:
            return f"is shown {self.row.get('status')}"
        return f"is answered {self.exchange.status}"

    @property
    def fills(self) -> tuple[Booked, ...]:
        return tuple(c for c in self.changes if c.what == "filled")

    @property
    def filled(self) -> Decimal:
        return sum((f.number("fill") for f in self.fills), Decimal(0))

    @property
    def average(self) -> Decimal | None:
        """The quantity-weighted mean of the fills' prices; None without any."""
        worths = (f.number("fill") * f.number("price") for f in self.fills)
        worth = sum(worths, Decimal(0))
        return worth / self.filled if self.filled else None

    @property
    def end(self) -> Booked | None:
        """How the broker ended it; None where it did not."""
        return next((c for c in self.changes if c.what in ENDS), None)


@dataclass(frozen=True, slots=True)
class Ours:
    """An order of the strategy, and which of the broker's it is."""

    case: str
    order: str
    broker_order: str


def ours(transcript: Transcript, *cases: str) -> Iterator[Ours]:
    """The orders that a note names, of these cases or all, in order."""
    for facts in notes(transcript, AT_BROKER):
        found = Ours(**facts)
        if not cases or found.case in cases:
            yield found


@remembered
def looks(transcript: Transcript, *cases: str) -> Iterator[Look]:
    """Every look at an order that a note names, in order."""
    changes = tuple(booked(transcript))
    for each in ours(transcript, *cases):
        for exchange in asked(transcript, "GET", "v1", "orders", None):
            row = exchange.body if exchange.status == 200 else {}
            named = exchange.segments[-1] == each.order
            if named and exchange.status is not None and isinstance(row, dict):
                number = exchange.request.number
                mine = (c for c in changes if c.order == each.broker_order)
                before = tuple(c for c in mine if c.entry.number < number)
                yield Look(each.case, each.order, exchange, row, before)
