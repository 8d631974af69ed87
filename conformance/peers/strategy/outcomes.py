"""What becomes of an order at the venue, where a script wants more than a fill."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from conformance.protocol.words import OrderStatus
from conformance.venue.order import Terms


@dataclass(frozen=True, slots=True)
class Fills:
    """It fills as soon as the market reaches it, in these parts of its quantity.

    `told` says whether the stream tells of it, `together` whether all parts come at
    once. What is left over after the last part `then` ends like this (None: it stays).
    """

    parts: tuple[Decimal, ...] = (Decimal(1),)
    then: OrderStatus | None = None
    told: bool = True
    together: bool = False


@dataclass(frozen=True, slots=True)
class Waits:
    """It rests, whatever the market does, until the script fills or ends it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """It is taken, and rejected: with the answer, or on the stream afterwards."""

    reason: str
    at_once: bool = False


Outcome = Fills | Waits | Rejected

FILLS = Fills()

Which = Callable[[Terms], bool]


def every(terms: Terms) -> bool:
    """Any order."""
    return True


@dataclass(slots=True)
class Expected:
    """What becomes of the next orders that fit; `times` counts down."""

    outcome: Outcome
    which: Which = field(default=every)
    times: int = 1
