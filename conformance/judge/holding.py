"""What was filled, by the orders that were announced, and what is held."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import message_of
from conformance.protocol.money import NotADecimal, decimal_of, text_of

SIGNS = {"BUY": 1, "LONG": 1, "SELL": -1, "SHORT": -1}


def held_in(positions: Json) -> Decimal | None:
    """What a list of positions holds, below zero where short; None for no list."""
    if not isinstance(positions, list):
        return None
    return sum((_signed(row, "quantity") for row in positions), Decimal(0))


def filled_in_all(entries: Iterable[Entry], symbol: str) -> Decimal:
    """What all orders of a symbol filled, each by the most that was announced of it."""
    most: dict[str, Decimal] = {}
    for entry in entries:
        order = _order(entry)
        if order.get("symbol") == symbol:
            filled = _signed(order, "filled_quantity")
            name = str(order.get("id"))
            most[name] = max(most.get(name, Decimal(0)), filled, key=abs)
    return sum(most.values(), Decimal(0))


def plain(amount: Decimal | None) -> str:
    """An amount as it is told; two that are the same read the same."""
    return "no list" if amount is None else text_of(amount)


def _order(entry: Entry) -> Mapping[str, Json]:
    message = message_of(entry) if entry.kind is Kind.MESSAGE else None
    order = message.get("order") if isinstance(message, dict) else None
    return order if isinstance(order, dict) else {}


def _signed(row: Json, name: str) -> Decimal:
    if not isinstance(row, Mapping):
        return Decimal(0)
    try:
        return decimal_of(row.get(name)) * SIGNS.get(str(row.get("side")), 0)
    except NotADecimal:
        return Decimal(0)
