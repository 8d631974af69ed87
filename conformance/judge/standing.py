"""Which orders stood at the broker when something was told, and on which terms."""

from dataclasses import dataclass, field
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.venue import ENDS, Booked, booked

TERMS = ("symbol", "side", "order_type", "limit_price", "stop_price", "time_in_force")


@dataclass(slots=True)
class Standing:
    """One order on the broker's books."""

    order: str
    client_id: str | None
    quantity: Decimal
    terms: dict[str, Json]
    filled: Decimal = Decimal(0)
    live: bool = True
    changes: list[Booked] = field(default_factory=list)

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def shown(self) -> str:
        """Its terms in a line."""
        told = (f"{n} {self.terms[n]}" for n in TERMS if self.terms.get(n) is not None)
        return f"quantity {self.quantity}, {', '.join(told)}"


def on_the_books(transcript: Transcript, before: int) -> dict[str, Standing]:
    """Every order that the broker had taken before an entry, by its id there."""
    found: dict[str, Standing] = {}
    for change in booked(transcript):
        if change.entry.number >= before:
            break
        data = change.entry.data
        known = found.get(change.order)
        if known is None or change.what in ("accepted", "replaced"):
            history = [] if known is None else known.changes
            terms = {name: data.get(name) for name in TERMS}
            quantity = change.number("quantity")
            known = Standing(change.order, change.client_id, quantity, terms)
            known.changes = history
            found[change.order] = known
        known.changes.append(change)
        known.filled = change.number("filled")
        ended = change.what in ENDS or known.remaining <= 0
        known.live = known.live and not ended
    return found


def standing(transcript: Transcript, before: int) -> tuple[Standing, ...]:
    """The orders that could still fill at the broker before an entry."""
    return tuple(s for s in on_the_books(transcript, before).values() if s.live)


def held(transcript: Transcript, symbol: str, before: int) -> Decimal:
    """What the broker's fills of a symbol had added up to before an entry, signed."""
    moves = (
        fill.moved
        for fill in booked(transcript, "filled")
        if fill.entry.number < before and fill.entry.data["symbol"] == symbol
    )
    return sum(moves, Decimal(0))
