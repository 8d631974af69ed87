"""What an OANDA account is worth: its open trades, its margin, its equity."""

from decimal import Decimal

from conformance.evidence.recorder import Recorder
from conformance.peers.desk import TradingDesk
from conformance.peers.venues.oanda.ledger import Ledger
from conformance.peers.venues.oanda.terms import OpenTrade
from conformance.venue.books import Trade
from conformance.venue.order import Order

MARGIN_RATE = Decimal("0.02")


class OandaAccount(TradingDesk):
    """A desk whose fills make trades."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self.ledger = Ledger()
        self.books = self.ledger
        self.trades: dict[str, OpenTrade] = {}
        self.currency = "USD"
        self.hedging = False
        """Whether an order opens a trade of its own, whatever is open against it."""

    def fee_currency(self, trade: Trade) -> str:
        return self.currency

    def unrealized(self, symbol: str | None = None) -> Decimal:
        """The profit of the open trades at their symbols' prices."""
        found = (t for t in self.open_trades(symbol))
        return sum(
            (t.units * (self.prices[t.symbol] - t.price) for t in found), Decimal(0)
        )

    def equity(self) -> Decimal:
        """The account's net asset value."""
        return self.ledger.balance + self.unrealized()

    def margin_used(self) -> Decimal:
        """What the open positions bind."""
        held = self.ledger.open_positions()
        worth = (abs(p.quantity) * self.prices[p.symbol] for p in held)
        return sum(worth, Decimal(0)) * MARGIN_RATE

    def margin_after(self, order: Order, quantity: Decimal) -> Decimal:
        symbol = order.terms.symbol
        held = self.ledger.held(symbol)
        after = held + quantity * order.terms.side.sign
        grown = max(abs(after) - abs(held), Decimal(0))
        if not grown:
            return Decimal(0)
        return self.margin_used() + grown * self.prices[symbol] * MARGIN_RATE

    def open_trades(self, symbol: str | None = None) -> list[OpenTrade]:
        """The trades that are open, oldest first."""
        found = self.trades.values()
        return [t for t in found if t.units and symbol in (None, t.symbol)]
