"""What a transcript shows of positions: as listed, and how a close moved one."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.orders import announcements, asked, number, shown


@dataclass(frozen=True, slots=True)
class Holding:
    """The signed quantity of a symbol as one answer showed it: long above zero."""

    exchange: Exchange
    symbol: str
    quantity: Decimal
    positions: tuple[dict[str, Json], ...]


def signed(position: dict[str, Json]) -> Decimal:
    """A position's quantity, a short one below zero."""
    quantity = number(position, "quantity") or Decimal(0)
    return -quantity if position.get("side") == "SHORT" else quantity


def holdings(transcript: Transcript, symbol: str) -> Iterator[Holding]:
    """What each list of positions that covers a symbol showed of it, in order.

    A list covers a symbol when it has no filter or filters by that symbol.
    """
    for exchange in asked(transcript, "GET", "v1", "positions"):
        filters = dict(exchange.query)
        if exchange.status != 200 or filters.get("symbol", symbol) != symbol:
            continue
        body = exchange.body
        rows = body if isinstance(body, list) else []
        mine = tuple(
            p for p in rows if isinstance(p, dict) and p.get("symbol") == symbol
        )
        yield Holding(exchange, symbol, sum(map(signed, mine), Decimal(0)), mine)


@dataclass(frozen=True, slots=True)
class Closing:
    """One DELETE of a position, with what was held before and after it."""

    exchange: Exchange
    before: Holding
    after: Holding

    @property
    def moved(self) -> Decimal:
        """How much of the position went, above zero for a reduction."""
        towards_zero = -1 if self.before.quantity < 0 else 1
        return (self.before.quantity - self.after.quantity) * towards_zero


def closings(transcript: Transcript, symbol: str) -> Iterator[Closing]:
    """Each close of this symbol's positions between two lists that cover it."""
    listed = list(holdings(transcript, symbol))
    ids = {str(p.get("id")) for h in listed for p in h.positions}
    deletes = [
        e
        for e in exchanges(transcript)
        if e.method == "DELETE"
        and e.segments[-2:-1] == ("positions",)
        and e.segments[-1] in ids
    ]
    for delete in deletes:
        at = delete.request.number
        before = [h for h in listed if h.exchange.request.number < at]
        after = [h for h in listed if h.exchange.request.number > at]
        if before and after:
            yield Closing(delete, before[-1], after[0])


def filled_ids(transcript: Transcript) -> frozenset[str]:
    """The orders that were told or shown filled."""
    told = {a.id for a in announcements(transcript) if a.status == "FILLED"}
    seen = {
        str(o.get("id")) for _, o in shown(transcript) if o.get("status") == "FILLED"
    }
    return frozenset(told | seen)
