"""How a script wants the Gateway that the strategy meets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from conformance.peers.strategy.footing import START_BALANCE
from conformance.venue.paths import Path


@dataclass(frozen=True, slots=True)
class Terms:
    """The label, the pace, the path, the account and the environment.

    `paced` is a backtest: every event has an id, and time waits for acknowledgements.
    """

    platform: str = "mock"
    paced: bool | None = None
    path: Path | None = None
    began: datetime | None = None
    balance: Decimal = START_BALANCE
    key: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    hold: float = 0.0
    """Seconds that pass between the acknowledgement of a bar and the next one."""
