"""Which exits of a bracket came to the venue, when, and what became of them there."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Json
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.orders import Submitted, accepted, asked, number, submitted
from conformance.judge.venue import Booked, Call, booked, calls, frames

PRICES = {"stop": "stop_price", "limit": "limit_price"}
ENDS = frozenset({"cancelled", "rejected"})


@dataclass(frozen=True, slots=True)
class Sent:
    """One exit that the Gateway sent to the venue, and what was booked of it."""

    call: Call
    fields: dict[str, Json]
    changes: tuple[Booked, ...]

    @property
    def order(self) -> str | None:
        """Its id at the venue; None where it was not taken there."""
        return self.changes[0].order if self.changes else None

    @property
    def kind(self) -> str:
        """stop or limit."""
        return str(self.fields.get("order_type"))

    @property
    def price(self) -> Decimal | None:
        """Where it rests."""
        return number(self.fields, PRICES.get(self.kind, "stop_price"))

    @property
    def quantity(self) -> Decimal:
        return number(self.fields, "quantity") or Decimal(0)

    def left(self, at: int) -> Decimal:
        """How much of it was live at the venue at this entry."""
        now = [c for c in self.changes if c.entry.number <= at]
        if not now or now[-1].what in ENDS:
            return Decimal(0)
        return max(now[-1].number("quantity") - now[-1].number("filled"), Decimal(0))


@dataclass(frozen=True, slots=True)
class Attached:
    """An accepted entry as it was at the venue, with every exit that was sent for it.

    One a symbol: whatever else the Gateway sends on it are its exits.
    """

    entry: Submitted
    symbol: str
    fills: tuple[Booked, ...]
    exits: tuple[Sent, ...]

    def filled(self, at: int) -> Decimal:
        """How much of the entry was filled at this entry of the transcript."""
        return sum(
            (f.number("fill") for f in self.fills if f.entry.number <= at), Decimal(0)
        )

    def standing(self, kind: str, at: int) -> tuple[Sent, ...]:
        """The exits of a kind that were live at the venue at this entry."""
        return tuple(e for e in self.exits if e.kind == kind and e.left(at))


@remembered
def attached(transcript: Transcript) -> Iterator[Attached]:
    """Every accepted order that asked for exits and came to the venue."""
    for order in accepted(transcript):
        if "stop_loss" in order.fields or "take_profit" in order.fields:
            symbol = str(order.fields.get("symbol"))
            fills = tuple(
                b for b in booked(transcript, "filled") if b.order == order.id
            )
            sent = tuple(exits_sent(transcript, symbol, order))
            yield Attached(order, symbol, fills, sent)


def exits_sent(transcript: Transcript, symbol: str, entry: Submitted) -> Iterator[Sent]:
    """What the Gateway sent on a symbol that the script itself did not submit."""
    ours = {order.client_id for order in submitted(transcript)}
    side = "sell" if entry.fields.get("side") == "BUY" else "buy"
    for call in calls(transcript, "POST", "orders"):
        sent = call.sent if isinstance(call.sent, dict) else {}
        if sent.get("symbol") != symbol or sent.get("client_order_id") in ours:
            continue
        if sent.get("side") == side and sent.get("order_type") in PRICES:
            yield Sent(call, sent, tuple(_changes(transcript, call, sent)))


def _changes(
    transcript: Transcript, call: Call, sent: dict[str, Json]
) -> Iterator[Booked]:
    """What was booked of the order that a call brought.

    It is booked between the call and its answer, under its client order id.
    """
    name = sent.get("client_order_id")
    end = end_of(transcript).number if call.answered is None else call.answered.number
    taken = None
    for change in booked(transcript):
        within = call.asked.number < change.entry.number < end
        if change.what == "accepted" and within and change.client_id == name:
            taken = taken or change.order
        if taken is not None and change.order == taken:
            yield change


def end_of(transcript: Transcript) -> Entry:
    """The last entry."""
    return transcript.entries[-1]


def listed_at(transcript: Transcript, symbol: str) -> int:
    """Where the script first listed a symbol's orders; the end where it did not."""
    for exchange in asked(transcript, "GET", "v1", "orders"):
        if dict(exchange.query).get("symbol") == symbol:
            return exchange.request.number
    return end_of(transcript).number


def position_named(
    transcript: Transcript, order_id: str | None, before: int
) -> tuple[Entry, str] | None:
    """Where the venue's stream last named an order's position before an entry."""
    found = None
    for frame in frames(transcript, kind="order"):
        order = frame.message.get("order")
        if isinstance(order, dict) and order.get("id") == order_id:
            position = order.get("position_id")
            if isinstance(position, str) and frame.entry.number < before:
                found = frame.entry, position
    return found


def failed_cancels(
    transcript: Transcript, each: Attached
) -> Iterator[tuple[Sent, Call]]:
    """The cancels of a live exit that the venue did not grant."""
    for call in calls(transcript, "DELETE", "orders", None):
        for sent in each.exits:
            alive = sent.left(call.asked.number)
            granted = call.status is not None and call.status < 300
            if sent.order == call.segments[-1] and alive and not granted:
                yield sent, call


def held_at(transcript: Transcript, symbol: str, at: int) -> Decimal:
    """What was held of a symbol at the venue at this entry: a short below zero."""
    signs = {"BUY": 1, "SELL": -1}
    return sum(
        (
            signs[str(fill.entry.data["side"])] * fill.number("fill")
            for fill in booked(transcript, "filled")
            if fill.entry.number <= at and fill.entry.data["symbol"] == symbol
        ),
        Decimal(0),
    )
