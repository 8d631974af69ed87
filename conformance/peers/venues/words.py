"""The words in which a script speaks to any played broker, whatever its protocol."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from conformance.peers.engine.conduct import Conduct, Status


class Operation(StrEnum):
    """What a Gateway asks of a broker; what no script speaks of is `OTHER`."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    CANCEL_ALL = "cancel-all"
    REPLACE = "replace"
    CLOSE = "close"
    CLOSE_ALL = "close-all"
    ORDER = "order"
    ORDERS = "orders"
    POSITION = "position"
    POSITIONS = "positions"
    TRADES = "trades"
    ACCOUNT = "account"
    QUOTE = "quote"
    BARS = "bars"
    STREAM = "stream"
    OTHER = "other"


CLOSING = (Operation.CLOSE, Operation.CLOSE_ALL, Operation.SUBMIT)
"""What a close of a position may be at a broker."""


class Ability(StrEnum):
    """What a played broker can show; what it cannot reads "not verified" there."""

    STREAM = "its stream can be played"
    PARTS = "an order that rests is filled in part under its id"
    THIN = "it fills at once what can be filled and cancels the rest"
    BRACKETS = "it takes an order with its exits in one call"
    FINANCING = "it books financing"
    MARGIN_CALLS = "it tells of margin calls"
    CANDLES = "it serves bars"
    SHORT = "positions can be short"
    PENDING = "a cancel stays pending until it is done"
    FAILS_ONE = "one of several cancels can fail while the others are done"
    HEDGING = "an account of it can hold both sides of an instrument"


class Reason(StrEnum):
    """Why a broker refuses an order: what the strategy must be able to tell apart."""

    MARGIN = "want of margin or funds"
    CLOSED = "the market is closed"
    HALTED = "the instrument is halted"
    SYMBOL = "an unknown instrument"
    QUANTITY = "a quantity that is not allowed"
    PRICE = "a price that is not allowed"
    DUPLICATE = "a client order id that was used"
    REDUCE_ONLY = "nothing to reduce"
    OTHER = "another reason of the broker's"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One documented no of a broker to an order: what it answers, and why.

    `codes` are what the strategy may be told in `reject_code`; `said` is a part of the
    broker's text. `source` points into the broker's public documents.
    """

    name: str
    reason: Reason
    answer: Status
    said: str
    source: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Misquote:
    """A strange quote on a broker's stream of prices; None for a side without anybody.

    `mistyped` writes a number where a text is due, or a text for a number.
    """

    bid: str | None
    ask: str | None
    mistyped: bool = False
    tradeable: bool = True


OperationOf: TypeAlias = Callable[[str, str], Operation]
"""Names what a request asks for: its method, and its raw path and query."""


@dataclass(slots=True)
class PlannedFor:
    """What is done with the next requests for an operation; `times` None: with all."""

    operation: Operation
    conduct: Conduct
    operation_of: OperationOf
    times: int | None = 1

    def fits(self, method: str, target: str) -> bool:
        return self.operation_of(method, target) is self.operation

    def used(self) -> bool:
        if self.times is not None:
            self.times -= 1
        return self.times == 0
