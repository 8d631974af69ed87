"""What a kill recipe did: all orders cancelled, all positions closed, what was left."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.exits import LIVE
from conformance.judge.orders import asked, number

Row = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Kill:
    """One cancel of all and close of all, and the lists around them."""

    case: str
    first: int
    cancel: Exchange
    close: Exchange
    orders: Exchange
    held: Exchange
    orders_before: tuple[Row, ...]
    positions_before: tuple[Row, ...]

    @property
    def obeyed(self) -> bool:
        """Whether both requests were answered with a success."""
        return self.cancel.status == 200 and self.close.status == 200

    @property
    def empty_before(self) -> bool:
        """Whether nothing rested and nothing was held when it began."""
        return not self.orders_before and not self.positions_before

    @property
    def last(self) -> int:
        """The last entry of it."""
        return max(self.orders.numbers + self.held.numbers)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return self.cancel, self.close, self.held, self.orders

    @property
    def cancelled_count(self) -> Json:
        return self._told("cancelled_count")

    @property
    def failed_count(self) -> Json:
        return self._told("failed_count")

    def _told(self, name: str) -> Json:
        body = self.cancel.body
        return body.get(name) if isinstance(body, dict) else None

    @property
    def handles(self) -> tuple[str, ...]:
        """The orders that close the positions."""
        return tuple(str(row.get("id")) for row in rows(self.close))

    @property
    def live_orders(self) -> tuple[Row, ...]:
        return live(self.orders)

    @property
    def positions(self) -> tuple[Row, ...]:
        return held(self.held)


def rows(exchange: Exchange) -> tuple[Row, ...]:
    """The rows of a list."""
    body = exchange.body if isinstance(exchange.body, list) else []
    return tuple(row for row in body if isinstance(row, dict))


def live(exchange: Exchange) -> tuple[Row, ...]:
    """The orders of a list that have not ended."""
    return tuple(row for row in rows(exchange) if str(row.get("status")) in LIVE)


def held(exchange: Exchange) -> tuple[Row, ...]:
    """The positions of a list that are not flat."""
    return tuple(row for row in rows(exchange) if number(row, "quantity"))


def kills(transcript: Transcript) -> Iterator[Kill]:
    """Each kill recipe of the script, in order: a note begins it."""
    notes = [e for e in transcript.entries if e.data.get("name") == "kill"]
    for note in notes:
        cancel = _first(transcript, note, "DELETE", "orders")
        close = _first(transcript, note, "DELETE", "positions")
        orders = _first(transcript, note, "GET", "orders")
        positions = _first(transcript, note, "GET", "positions")
        if cancel and close and orders and positions:
            before = _before(transcript, note)
            case = str(note.data["facts"]["case"])
            yield Kill(case, note.number, cancel, close, orders, positions, *before)


def _first(
    transcript: Transcript, note: Entry, method: str, noun: str
) -> Exchange | None:
    """The first request of this kind after the note, for all symbols."""
    for exchange in asked(transcript, method, "v1", noun):
        if exchange.request.number > note.number and not exchange.query:
            return exchange
    return None


def _before(
    transcript: Transcript, note: Entry
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The live orders and the positions that were listed last before the note."""

    def last(noun: str) -> Exchange | None:
        listed = asked(transcript, "GET", "v1", noun)
        found = [e for e in listed if e.request.number < note.number and not e.query]
        return found[-1] if found else None

    orders, positions = last("orders"), last("positions")
    return (live(orders) if orders else ()), (held(positions) if positions else ())
