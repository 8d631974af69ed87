"""How the line to the Engine stands, and what strategies are told of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from conformance.protocol import instants
from conformance.reference.metrics import Metrics

Announce = Callable[[dict[str, Any]], None]


class Connection:
    """Up until it was lost; market data is stale from then until it comes again."""

    def __init__(self, platform: str, metrics: Metrics, announce: Announce) -> None:
        self.platform = platform
        self.metrics = metrics
        self.announce = announce
        self.lost_at: datetime | None = None
        self.stale: list[str] = []

    @property
    def up(self) -> bool:
        return self.lost_at is None

    def lost(self, symbols: list[str], why: str) -> None:
        """The Engine's stream ended with no word of the end."""
        self.lost_at = datetime.now(UTC)
        self.metrics.count("gateway_broker_disconnections_total")
        self.tell("BROKER_DISCONNECTED", error=why)
        self.stale = list(symbols)
        if symbols:
            since = instants.text_of(self.lost_at)
            self.staleness("STALE", symbols, stale_since=since)

    def back(self) -> None:
        """It is there again."""
        assert self.lost_at is not None
        gap = datetime.now(UTC) - self.lost_at
        self.lost_at = None
        self.metrics.count("gateway_broker_reconnections_total")
        milliseconds = int(gap.total_seconds() * 1000)
        self.tell("BROKER_RECONNECTED", gap_duration_ms=milliseconds)

    def given_up(self, why: str) -> None:
        """It will not be tried again."""
        self.lost_at = self.lost_at or datetime.now(UTC)
        self.metrics.count("gateway_broker_reconnect_failures_total")
        self.tell("BROKER_CONNECTION_FAILED", error=why)

    def fresh(self, symbol: str) -> None:
        """Market data of a symbol came."""
        if self.up and symbol in self.stale:
            self.stale.remove(symbol)
            self.staleness("FRESH", [symbol])

    def staleness(self, event: str, symbols: list[str], **more: Any) -> None:
        told = {"type": "data_staleness", "event": event, "symbols": symbols}
        self.announce({**told, "broker": self.platform, **more})

    def tell(self, event: str, **more: Any) -> None:
        told = {"type": "connection", "event": event, "broker": self.platform}
        self.announce({**told, **more})
