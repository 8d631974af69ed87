"""What the reference Gateway tells of itself: how it is, and what it can do."""

from datetime import UTC, datetime

from conformance import __version__
from conformance.protocol.words import OrderType
from conformance.reference.asked import Answer, Asked
from conformance.reference.metrics import Metrics
from conformance.reference.rendering import Rendering
from conformance.reference.settings import GatewaySettings


class Probes:
    """The operations that ask nothing of a venue."""

    settings: GatewaySettings
    rendering: Rendering
    metrics: Metrics
    shutting_down: bool

    def livez(self, asked: Asked) -> Answer:
        return 200, {"status": "ok"}

    def readyz(self, asked: Asked) -> Answer:
        ready = not self.shutting_down
        return (200 if ready else 503), {
            "ready": ready,
            "providers": [self.settings.platform],
            "provider_count": 1,
        }

    def health(self, asked: Asked) -> Answer:
        return 200, {
            "status": "connected",
            "version": __version__,
            "git_sha": self.settings.git_sha,
            "providers": [{"platform": self.settings.platform, "connected": True}],
        }

    def capabilities(self, asked: Asked) -> Answer:
        return 200, {
            "supported_asset_classes": ["STOCK", "CRYPTO", "FOREX"],
            "supported_order_types": list(OrderType),
            "position_mode": "NETTING",
            "features": ["bracket_orders", "oco", "trailing_stop", "short_selling"],
        }

    def status(self, asked: Asked) -> Answer:
        return 200, {
            "connected": True,
            "latency_ms": 0,
            "last_heartbeat": self.rendering.instant(self.now()),
        }

    def circuit_breakers(self, asked: Asked) -> Answer:
        closed = {"state": "closed", "failure_count": 0}
        return 200, {"adapter": closed, "exit_order": closed}

    def reset_circuit_breakers(self, asked: Asked) -> Answer:
        self.metrics.count("gateway_circuit_breaker_resets_total")
        return self.circuit_breakers(asked)

    def now(self) -> datetime:
        return datetime.now(UTC)
