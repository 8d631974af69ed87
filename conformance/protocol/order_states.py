"""The life cycle of an order: everything that says which state may follow which."""

from collections.abc import Mapping

from conformance.protocol.words import OrderStatus

_S = OrderStatus

TERMINAL = frozenset({_S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED})
"""An order that is in one of these never changes again."""

LIVE = frozenset(_S) - TERMINAL

LEGAL: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    _S.PENDING: frozenset(_S),
    _S.OPEN: frozenset(_S) - {_S.PENDING},
    _S.PARTIALLY_FILLED: frozenset(
        {_S.PARTIALLY_FILLED, _S.PENDING_CANCEL, _S.FILLED, _S.CANCELLED, _S.EXPIRED}
    ),
    # A cancel that the venue refuses leaves the order as live as it was.
    _S.PENDING_CANCEL: frozenset(_S) - {_S.PENDING, _S.REJECTED},
    _S.FILLED: frozenset({_S.FILLED}),
    _S.CANCELLED: frozenset({_S.CANCELLED}),
    _S.REJECTED: frozenset({_S.REJECTED}),
    _S.EXPIRED: frozenset({_S.EXPIRED}),
}
"""The states that may follow each state, itself included."""


def is_legal(before: OrderStatus, after: OrderStatus) -> bool:
    """Whether an order may go from one state to the other."""
    return after in LEGAL[before]
