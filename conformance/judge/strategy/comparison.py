"""How a run differs from the run without faults."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.strategy.runs import Run, footing, without_faults

LOOSE_BARS = 3
"""Bars by which orders may lie elsewhere where the clock paces the strategy."""

LOOSE_SHARE = Decimal("0.05")
"""By how much of it a quantity may differ: equity differs with the moment of a fill."""

Placed = tuple[Any, ...]


def difference(run: Run, *, orders: int | None = None) -> str | None:
    """In words how the first orders of a run differ from those without faults.

    None where they are alike. `orders` is how many are compared; else all that there
    are of both.
    """
    wanted = without_faults(run.transcript)[:orders]
    found = [asked.placed for asked in run.asked if asked.status == 201][:orders]
    bars = 0 if footing(run.transcript)["acks"] else LOOSE_BARS
    return differ(found, wanted, bars)


def differ(found: Sequence[Placed], wanted: Sequence[Placed], bars: int) -> str | None:
    """How two rows of orders differ, as far as both go; one that lacks some differs."""
    for place, (one, other) in enumerate(zip(found, wanted, strict=False), 1):
        if not alike(one, other, bars):
            return f"order {place} was {told(one)} and not {told(other)}"
    if len(found) < len(wanted):
        return f"it placed {len(found)} orders and not {len(wanted)}"
    return None


def alike(one: Placed, other: Placed, bars: int) -> bool:
    """Whether two orders are the same but for what the clock does."""
    if one[1:4] != other[1:4] or abs(int(one[0]) - int(other[0])) > bars:
        return False
    mine, theirs = _number(one[4]), _number(other[4])
    if mine is None or theirs is None:
        return bool(one[4] == other[4])
    return bool(abs(mine - theirs) <= LOOSE_SHARE * abs(theirs))


def bar_to_enter(run: Run, number: int) -> Entry | None:
    """The first bar told after an entry of the transcript on which it enters.

    It does in the run without faults; None where no such bar was told any more.
    """
    enters, rows = footing(run.transcript)["side"], without_faults(run.transcript)
    bars = {row[0] for row in rows if row[1] == enters}
    told = (b for b in run.bars if b.number > number and b.data["bar"] in bars)
    return next(told, None)


def adds(transcript: Transcript) -> bool:
    """Whether it enters on top of what it holds in a run without faults too."""
    sides = [row[1] for row in without_faults(transcript)]
    return any(one == other for one, other in pairwise(sides))


def reverses(transcript: Transcript) -> bool:
    """Whether it sells through to the other side in a run without faults too."""
    enters, held = footing(transcript)["side"], Decimal(0)
    for row in without_faults(transcript):
        held += (_number(row[4]) or Decimal(0)) * (1 if row[1] == enters else -1)
        if held < 0:
            return True
    return False


def told(order: Placed) -> str:
    """An order in words."""
    bar, side, kind, symbol, quantity = order
    return f"{side} {quantity} {symbol} {kind} on bar {bar}"


def _number(text: Any) -> Decimal | None:
    try:
        return Decimal(str(text))
    except ArithmeticError:
        return None
