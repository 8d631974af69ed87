"""What is pending at a moment of a run, and how a strategy goes about its entries."""

from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.strategy.comparison import reverses
from conformance.judge.strategy.runs import (
    Change,
    Run,
    footing,
    profile,
    without_faults,
)

ENDS = frozenset({"cancelled", "rejected", "expired"})


def ended(change: Change) -> bool:
    """Whether this change was an order's last."""
    full = change.what == "filled" and (
        change.amount("filled") >= change.amount("quantity")
    )
    return full or change.what in ENDS


def open_before(run: Run, number: int) -> tuple[Change, ...]:
    """The orders that were taken and had not ended, each as it had last changed."""
    live: dict[str, Change] = {}
    for change in run.changes:
        if change.number >= number:
            break
        if ended(change):
            live.pop(change.order, None)
        elif change.what == "accepted" or change.order in live:
            live[change.order] = change
    return tuple(live.values())


def closing_before(run: Run, asked: Change) -> Decimal:
    """How much was to be closed already when a market order was taken that closes.

    Only by market orders: a stop and a target of the whole position may rest at once.
    """
    return sum(
        (
            change.amount("quantity") - change.amount("filled")
            for change in open_before(run, asked.number)
            if change.side == asked.side
            and change.symbol == asked.symbol
            and change.parent is None
            and is_market(change)
            and is_market(asked)
        ),
        Decimal(0),
    )


def is_market(change: Change) -> bool:
    """Whether an order is to be filled at once."""
    return str(change.entry.data["order_type"]) == "MARKET"


def entries_before(run: Run, number: int) -> int:
    """How many entries had been taken since nothing was held and nothing was open."""
    enters = footing(run.transcript)["side"]
    count, live, held = 0, set[str](), Decimal(0)
    for change in run.changes:
        if change.number >= number:
            break
        held = change.amount("held")
        if ended(change):
            live.discard(change.order)
        elif change.what == "accepted":
            live.add(change.order)
            count += change.side == enters
        if not held and not live:
            count = 0
    return count


def entries_in_a_row(transcript: Transcript) -> int:
    """How many entries it makes one upon the other without faults; one at the least."""
    enters = footing(transcript)["side"]
    most = row = 0
    for _, side, *_ in without_faults(transcript):
        row = row + 1 if side == enters else 0
        most = max(most, row)
    return max(most, 1)


def goes_both_ways(transcript: Transcript) -> bool:
    """Whether a strategy goes short and long, as far as anything says."""
    declared = profile(transcript).get("sides")
    return reverses(transcript) if declared is None else len(declared) > 1
