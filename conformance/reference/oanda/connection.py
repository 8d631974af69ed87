"""How the two streams of OANDA stand, and what strategies are told of them."""

from conformance.reference.metrics import Metrics
from conformance.reference.tektii.connection import Announce, Connection

PRICES = "pricing"
"""The stream without which market data is stale."""


class OandaConnection(Connection):
    """Up while every stream is; lost once, whichever of them went first."""

    def __init__(self, platform: str, metrics: Metrics, announce: Announce) -> None:
        super().__init__(platform, metrics, announce)
        self.away: set[str] = set()

    def lost_stream(self, name: str, symbols: list[str], why: str) -> None:
        """One stream ended, or cannot be opened."""
        stale = symbols if name == PRICES else []
        first = not self.away
        self.away.add(name)
        if first and self.lost_at is None:
            self.lost(stale, why)
        elif stale and not self.stale:
            self.stale = list(stale)
            self.staleness("STALE", stale)

    def stream_back(self, name: str) -> None:
        """One stream is there again; the line is up once all of them are."""
        self.away.discard(name)
        if not self.away and not self.up:
            self.back()

    def fresh(self, symbol: str) -> None:
        """A price came: its stream is there, whatever the other does."""
        if PRICES not in self.away and symbol in self.stale:
            self.stale.remove(symbol)
            self.staleness("FRESH", [symbol])
