"""The books of an OANDA account: every id is the number of a transaction."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import count

from conformance.evidence.entry import Json
from conformance.peers.venues.oanda.terms import ACCOUNT, OpenTrade, stamp
from conformance.venue.books import Books

FIRST = 6001
"""The account has lived before."""

Transaction = dict[str, Json]


class Ledger(Books):
    """Orders are named by the transaction that made them, trades by the fill."""

    def __init__(self) -> None:
        super().__init__()
        self.transactions: dict[str, Transaction] = {}
        self.last = str(FIRST - 1)
        self._numbers = count(FIRST)

    def new_id(self, kind: str) -> str:
        self.last = str(next(self._numbers))
        return self.last

    def write(
        self,
        kind: str,
        at: datetime,
        number: str | None,
        batch: str | None,
        told: Mapping[str, Json],
    ) -> Transaction:
        """Writes a transaction, under a number that was given out or the next."""
        found = number or self.new_id("transaction")
        line: Transaction = {
            "id": found,
            "accountID": ACCOUNT,
            "userID": 4242424,
            "batchID": batch or found,
            "requestID": f"42{int(found):014d}",
            "time": stamp(at),
            "type": kind,
            **told,
        }
        self.transactions[found] = line
        return line


class Settled:
    """What a fill did to the account's trades."""

    def __init__(self) -> None:
        self.opened: OpenTrade | None = None
        self.closed: list[OpenTrade] = []
        self.taken: list[tuple[OpenTrade, Decimal, Decimal]] = []
        """Each trade that was taken back, the units of it, and the profit."""

    @property
    def profit(self) -> Decimal:
        """What the trades brought that were taken back."""
        return sum((profit for _, _, profit in self.taken), Decimal(0))
