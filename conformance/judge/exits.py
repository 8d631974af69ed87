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
    asked,
    number,
    shown,
    submitted,
)

LEGS = {"stop_loss": "STOP", "take_profit": "LIMIT"}
"""The order type of the exit that each price of an entry asks for."""

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
        return str(self.order.get("status")) in LIVE


@dataclass(frozen=True, slots=True)
class Bracket:
    """An entry with what it asked for, and every other order of its symbol."""

    entry: Submitted
    symbol: str
    states: tuple[State, ...]
    """Of its exits: orders of the symbol that the script itself did not submit, and
    that name the entry or were announced after it."""
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
    """An accepted order with the exits that came of it."""
    symbol = str(order.fields.get("symbol"))
    all_states = tuple(states(transcript, symbol))
    ours = {s.id for s in submitted(transcript)} | _closes(transcript)
    exits = {s.id for s in all_states if _came_of(s, order)} - ours
    return Bracket(
        entry=order,
        symbol=symbol,
        states=tuple(s for s in all_states if s.id in exits),
        entry_states=tuple(s for s in all_states if s.id == order.id),
    )


def _closes(transcript: Transcript) -> set[str]:
    """The orders that the script's closes of positions were answered with."""
    closes = asked(transcript, "DELETE", "v1", "positions", None)
    bodies = (close.body for close in closes)
    return {str(body.get("id")) for body in bodies if isinstance(body, dict)}


def _came_of(state: State, entry: Submitted) -> bool:
    """Whether an order came of an entry: it says so, or it was told after it.

    A list may show what others did on the same symbol long ago.
    """
    if state.order.get("parent_order_id") == entry.id:
        return True
    return state.event is not None and state.entry.number > entry.exchange.numbers[0]


def bracket_on(transcript: Transcript, place: int) -> Bracket | None:
    """The first accepted order on the script's symbol at this place."""
    symbol = transcript.header.symbols[place]
    found = (o for o in accepted(transcript) if o.fields.get("symbol") == symbol)
    order = next(found, None)
    return None if order is None else bracket(transcript, order)


def filled_brackets(transcript: Transcript) -> Iterator[tuple[Bracket, State]]:
    """Every bracket whose entry was told filled, with where it was."""
    for each in brackets(transcript):
        if each.filled is not None:
            yield each, each.filled
