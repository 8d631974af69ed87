"""Which orders of a transcript are a bracket's exits, and how they stood when."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Entry, Json
from conformance.evidence.transcript import Transcript
from conformance.judge.orders import (
    Submitted,
    accepted,
    announcements,
    number,
    shown,
    submitted,
)

LIVE = frozenset({"PENDING", "OPEN", "PARTIALLY_FILLED", "PENDING_CANCEL"})


@dataclass(frozen=True, slots=True)
class State:
    """One order as it was told or shown at one place of the transcript."""

    entry: Entry
    event: str | None
    order: dict[str, Json]

    @property
    def id(self) -> str:
        return str(self.order.get("id"))

    @property
    def live(self) -> bool:
        return self.order.get("status") in LIVE


@dataclass(frozen=True, slots=True)
class Bracket:
    """An entry with what it asked for, and every other order of its symbol."""

    entry: Submitted
    symbol: str
    states: tuple[State, ...]
    """Of its exits: orders of the symbol that the script itself did not submit."""
    entry_states: tuple[State, ...]

    def legs(self, order_type: str) -> tuple[str, ...]:
        """The ids of its exits of one order type, in the order of their appearance."""
        found = (s.id for s in self.states if s.order.get("order_type") == order_type)
        return tuple(dict.fromkeys(found))

    def last(self, order_id: str) -> State:
        """How an exit was told or shown last."""
        return [s for s in self.states if s.id == order_id][-1]

    @property
    def filled(self) -> State | None:
        """The first place that tells the entry filled."""
        found = (s for s in self.entry_states if s.order.get("status") == "FILLED")
        return next(found, None)

    @property
    def bought(self) -> Decimal:
        """How much of the entry was filled at the last telling."""
        if not self.entry_states:
            return Decimal(0)
        return max(
            number(s.order, "filled_quantity") or Decimal(0) for s in self.entry_states
        )


def states(transcript: Transcript, symbol: str) -> Iterator[State]:
    """Every telling of every order of a symbol, in the transcript's order."""
    told = [
        State(a.entry, a.event, a.order)
        for a in announcements(transcript)
        if a.order.get("symbol") == symbol
    ]
    seen = [
        State(x.response, None, order)
        for x, order in shown(transcript)
        if order.get("symbol") == symbol and x.response is not None
    ]
    yield from sorted(told + seen, key=lambda state: state.entry.number)


def brackets(transcript: Transcript) -> Iterator[Bracket]:
    """Every accepted order of the script that asked for exits, one a symbol."""
    for order in accepted(transcript):
        if "stop_loss" in order.fields or "take_profit" in order.fields:
            yield bracket(transcript, order)


def bracket(transcript: Transcript, order: Submitted) -> Bracket:
    """An accepted order with the orders of its symbol that the script did not send."""
    symbol = str(order.fields.get("symbol"))
    ours = {s.id for s in submitted(transcript)}
    all_states = tuple(states(transcript, symbol))
    return Bracket(
        entry=order,
        symbol=symbol,
        states=tuple(s for s in all_states if s.id not in ours),
        entry_states=tuple(s for s in all_states if s.id == order.id),
    )
