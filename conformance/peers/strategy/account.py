"""The account under a script's hand: what becomes of orders, what is held, lost."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conformance.peers.strategy.outcomes import Expected, Outcome, Which, every
from conformance.peers.strategy.server import (
    Submit,
)
from conformance.peers.strategy.wire import Wire
from conformance.protocol import instants
from conformance.protocol.money import text_of
from conformance.venue.books import Books
from conformance.venue.order import Order


class Account(Wire):
    """What is booked, and what a script makes of it."""

    @property
    def books(self) -> Books:
        return self.provider.books

    @property
    def held(self) -> Decimal:
        """The signed quantity held of the symbol that is fed."""
        return self.books.held(self.market.symbol)

    @property
    def submits(self) -> list[Submit]:
        """The orders that the strategy asked for."""
        return self.server.submits

    def entries(self) -> list[Submit]:
        """Those on the side that it enters with."""
        return [s for s in self.submits if s.side == self.footing.side]

    def exits(self) -> list[Submit]:
        """Those on the other side."""
        return [s for s in self.submits if s.side not in ("", self.footing.side)]

    def expect(self, outcome: Outcome, which: Which = every, times: int = 1) -> None:
        """What becomes of the next orders that fit."""
        self.provider.expected.append(Expected(outcome, which, times))

    def opens(self, terms: Any) -> bool:
        """Whether an order is one that opens, by its side."""
        return bool(terms.side == self.footing.side)

    def closes(self, terms: Any) -> bool:
        """Whether an order is one that closes, by its side."""
        return bool(terms.side != self.footing.side)

    def close_elsewhere(self, share: Decimal = Decimal(1)) -> None:
        """Somebody else closes so much of the position, at once, and it is told.

        It is an order that the strategy knows nothing of, as from the broker's page.
        """
        self.provider.elsewhere(self.market.symbol, share)

    def live_orders(self) -> list[Order]:
        """The orders that have not ended."""
        return [o for o in self.books.orders.values() if o.live]

    def lose(self, share: Decimal) -> None:
        """So much of the equity is gone from the account, and it is told.

        A position of a tenth of the account cannot lose that much by its price: it is
        as if a fee or another position had taken it. REST and stream agree.
        """
        provider = self.provider
        provider.lose(share)
        told = provider.rendering.account(provider.books, provider.prices)
        self.tell({"type": "account", "event": "BALANCE_UPDATED", "account": told})

    def charge(self, amount: Decimal) -> None:
        """A financing charge is booked, and told."""
        now = datetime.now(UTC)
        self.books.balance -= amount
        self.tell(
            {
                "type": "financing",
                "symbol": self.market.symbol,
                "amount": text_of(-amount),
                "currency": "USD",
                "transaction_time": instants.text_of(now),
            }
        )
