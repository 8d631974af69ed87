"""OANDA's transactions are written down, and said on the stream or kept from it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.venues.oanda.account import OandaAccount
from conformance.peers.venues.oanda.ledger import Transaction
from conformance.peers.venues.oanda.transactions import financing_fields

Say = Callable[[Transaction], None]


class OandaTelling(OandaAccount):
    """An account whose transactions are said through `say`."""

    def __init__(self, recorder: Recorder, say: Say) -> None:
        super().__init__(recorder)
        self.untold: list[str] = []
        """Transactions that a script kept from the stream, oldest first."""
        self.quiet = False
        """Whether every transaction is kept from it."""
        self._said = say
        self._held: list[Transaction] | None = None

    @contextmanager
    def holding(self) -> Iterator[list[Transaction]]:
        """Keeps what would be said: it is in the answer, and said after it."""
        outer, self._held = self._held, []
        try:
            yield self._held
        finally:
            self._held = outer

    def say(self, transaction: Transaction) -> str:
        """Says a transaction on the stream, or keeps it."""
        if self._held is None and self.quiet:
            self.untold.append(str(transaction["id"]))
        elif self._held is None:
            self._said(transaction)
        else:
            self._held.append(transaction)
        return str(transaction["id"])

    def write(
        self,
        kind: str,
        number: str | None = None,
        at: datetime | None = None,
        **told: Json,
    ) -> Transaction:
        """Writes a transaction into the ledger; now, where no time is given."""
        batch = str(self._held[0]["id"]) if self._held else None
        return self.ledger.write(kind, at or self.now(), number, batch, told)

    def finance(self, symbol: str, amount: Decimal) -> list[str]:
        """Books a day's financing of a symbol."""
        self.ledger.balance += amount
        shares = self.open_trades(symbol)
        for trade in shares[:1]:
            trade.financing += amount
        told = financing_fields(symbol, amount, self.ledger.balance, shares[:1])
        return [self.say(self.write("DAILY_FINANCING", **told))]

    def call_margin(self, again: bool) -> list[str]:
        """Tells of a margin call, or that one lasts."""
        if again:
            line = self.write("MARGIN_CALL_EXTEND", extensionNumber=1)
        else:
            line = self.write("MARGIN_CALL_ENTER")
        return [self.say(line)]
