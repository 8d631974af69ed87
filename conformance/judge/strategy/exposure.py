"""How much a strategy has at stake: what it holds, and what its open orders may add."""

from decimal import Decimal, InvalidOperation

from conformance.evidence.transcript import Transcript
from conformance.judge.strategy.runs import Run, footing, without_faults

CLOSING = ("cancelled", "rejected", "expired")


def at_stake(run: Run, number: int, side: str) -> Decimal:
    """What is held on this side before an entry, and what open orders would add."""
    sign = 1 if side == "BUY" else -1
    held = max(sign * run.held_before(number), Decimal(0))
    return held + sum(open_orders(run, number, side).values(), Decimal(0))


def open_orders(run: Run, number: int, side: str) -> dict[str, Decimal]:
    """What its orders on this side that are open before an entry may yet fill."""
    found: dict[str, Decimal] = {}
    for change in run.changes:
        if change.number >= number:
            break
        if change.side == side:
            rest = change.amount("quantity") - change.amount("filled")
            found[change.order] = Decimal(0) if change.what in CLOSING else rest
    return {order: rest for order, rest in found.items() if rest > 0}


def most_held(transcript: Transcript) -> Decimal | None:
    """The most that it holds on its side in the run without faults; None if unknown."""
    enters, held, most = footing(transcript)["side"], Decimal(0), Decimal(0)
    for row in without_faults(transcript):
        try:
            quantity = Decimal(str(row[4]))
        except InvalidOperation:
            return None
        held += quantity if row[1] == enters else -quantity
        most = max(most, held)
    return most or None
