"""The brokers that the reference Gateway knows by name; one without a line is a stub.

OANDA alone has one, where OANDA_BASE_URL says where it is: see the room oanda.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.reference.failure import Failure


@dataclass(frozen=True, slots=True)
class Broker:
    """What a broker's Gateway must be told, and how it names itself."""

    credentials: tuple[str, ...]
    paper: str
    live: str

    def platform(self, mode: str) -> str:
        """Its platform in a mode."""
        return self.live if mode == "live" else self.paper

    def missing(self, environment: Mapping[str, str]) -> tuple[str, ...]:
        """The credentials that were not told."""
        return tuple(name for name in self.credentials if not environment.get(name))


BROKERS: Mapping[str, Broker] = {
    "alpaca": Broker(
        ("ALPACA_API_KEY", "ALPACA_API_SECRET"), "alpaca-paper", "alpaca-live"
    ),
    "binance_spot": Broker(
        ("BINANCE_API_KEY", "BINANCE_API_SECRET"),
        "binance-spot-testnet",
        "binance-spot-live",
    ),
    "oanda": Broker(
        ("OANDA_API_KEY", "OANDA_ACCOUNT_ID"), "oanda-practice", "oanda-live"
    ),
}
"""By the value of GATEWAY_PROVIDER."""

PROBES = frozenset({"livez", "readyz", "health"})
"""The operations that need no broker."""


def refuse_without_line(provider: str, operation: str) -> None:
    """Raises Failure for what a broker's Gateway would have to ask its broker."""
    if provider in BROKERS and operation not in PROBES:
        raise Failure(
            "PROVIDER_ERROR",
            f"{provider} cannot be asked: this Gateway has no line to it",
            {"provider": provider},
        )
