"""What a move of a position's exits was told, and how they rested before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.exits import LEGS, State, states
from conformance.judge.orders import asked, number, submitted
from conformance.judge.positions import holdings

PRICES = {"stop_loss": "stop_price", "take_profit": "limit_price"}
"""The order's price that each exit rests at."""


@dataclass(frozen=True, slots=True)
class Move:
    """One PATCH of a position, with its symbol's exits as shown before and after it."""

    exchange: Exchange
    symbol: str
    before: tuple[State, ...]
    after: tuple[State, ...]

    @property
    def moves(self) -> dict[str, Decimal]:
        """The new price of each exit that it names."""
        sent = self.exchange.sent
        fields = sent if isinstance(sent, dict) else {}
        named = {name: number(fields, name) for name in LEGS}
        return {name: price for name, price in named.items() if price is not None}

    @property
    def accepted(self) -> bool:
        return self.exchange.status == 200

    def answered(self, name: str) -> dict[str, object]:
        """What the answer says of one exit."""
        body = self.exchange.body
        told = body.get(name) if isinstance(body, dict) else None
        return told if isinstance(told, dict) else {}


def legs(shown: tuple[State, ...], name: str) -> tuple[State, ...]:
    """The live exits of one kind."""
    kind = LEGS[name]
    return tuple(s for s in shown if s.live and s.order.get("order_type") == kind)


def resting_at(legs: tuple[State, ...], name: str) -> tuple[Decimal | None, ...]:
    """The prices that these exits rest at."""
    return tuple(number(leg.order, PRICES[name]) for leg in legs)


def exit_moves(transcript: Transcript, symbol: str) -> Iterator[Move]:
    """Each PATCH of a position of this symbol, between two lists of its orders."""
    held = holdings(transcript, symbol)
    ids = {str(p.get("id")) for holding in held for p in holding.positions}
    for patch in asked(transcript, "PATCH", "v1", "positions", None):
        if patch.segments[-1] in ids:
            at = patch.request.number
            yield Move(
                patch,
                symbol,
                _listed(transcript, symbol, at, before=True),
                _listed(transcript, symbol, at, before=False),
            )


def _listed(
    transcript: Transcript, symbol: str, at: int, *, before: bool
) -> tuple[State, ...]:
    """The exits in the last list of orders before an entry, or the first after it."""
    ours = {order.id for order in submitted(transcript)}
    lists = [
        exchange
        for exchange in asked(transcript, "GET", "v1", "orders")
        if dict(exchange.query).get("symbol") == symbol
        and exchange.response is not None
        and (exchange.request.number < at) == before
    ]
    if not lists:
        return ()
    listed = lists[-1] if before else lists[0]
    assert listed.response is not None
    number_of = listed.response.number
    found = (s for s in states(transcript, symbol) if s.entry.number == number_of)
    return tuple(s for s in found if s.id not in ours)
