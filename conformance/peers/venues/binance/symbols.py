"""Which symbols the played Binance trades, and by which filters."""

from dataclasses import dataclass
from decimal import Decimal

from conformance.peers.engine.conduct import Refuse

QUOTE = "USDT"


@dataclass(frozen=True, slots=True)
class Filters:
    """A symbol's LOT_SIZE, PRICE_FILTER and NOTIONAL."""

    step: Decimal = Decimal("0.00001")
    most: Decimal = Decimal(9000)
    tick: Decimal = Decimal("0.01")
    notional: Decimal = Decimal(5)

    def quantity_fault(self, quantity: Decimal) -> Refuse | None:
        """Its no to this quantity."""
        if not self.step <= quantity <= self.most or quantity % self.step:
            return _failure("LOT_SIZE")
        return None

    def price_fault(self, price: Decimal) -> Refuse | None:
        """Its no to this price, a stop price too."""
        if price < self.tick or price % self.tick:
            return _failure("PRICE_FILTER")
        return None

    def notional_fault(self, worth: Decimal) -> Refuse | None:
        """Its no to an order that is worth this little."""
        return _failure("NOTIONAL") if worth < self.notional else None


def _failure(name: str) -> Refuse:
    return Refuse(f"Filter failure: {name}", "-1013", 400)


SYMBOLS = {
    f"{base}{QUOTE}": Filters() for base in ("BTC", "ETH", "SOL", "LTC", "XRP", "ADA")
}


def base_of(symbol: str) -> str:
    """The asset that a symbol trades."""
    return symbol.removesuffix(QUOTE)
