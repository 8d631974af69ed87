"""Where the market is: one price a symbol, walking a little at each step."""

import random
from decimal import Decimal

SEEDS = {
    "AAPL": "150",
    "MSFT": "400",
    "BTCUSD": "50000",
    "ETHUSD": "3000",
    "EURUSD": "1.08",
    "GBPUSD": "1.27",
}
"""Where a walk begins; any other symbol begins at 100."""

TICK = Decimal("0.0001")
FLOOR = Decimal("0.01")


class Prices:
    """The prices of all symbols that were ever asked for."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._prices: dict[str, Decimal] = {}

    def last(self, symbol: str) -> Decimal:
        """Where a symbol trades now."""
        if symbol not in self._prices:
            self._prices[symbol] = Decimal(SEEDS.get(symbol, "100"))
        return self._prices[symbol]

    def move(self, symbol: str, price: Decimal) -> None:
        """Where a symbol trades from now on."""
        self._prices[symbol] = price

    def step(self) -> None:
        """Moves every symbol by a tenth of a percent at the most."""
        for symbol, price in self._prices.items():
            change = Decimal(self._random.randint(-1000, 1000)) / 1_000_000
            moved = (price * (1 + change)).quantize(TICK)
            self._prices[symbol] = max(moved, FLOOR)

    def spread(self, symbol: str) -> Decimal:
        """Half the distance between bid and ask."""
        return max(self.last(symbol) / 10_000, TICK).quantize(TICK)
