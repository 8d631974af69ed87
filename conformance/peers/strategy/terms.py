"""How a script wants the Gateway that the strategy meets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from conformance.peers.strategy.footing import START_BALANCE
from conformance.protocol import instants
from conformance.venue.paths import Path

Stamp: TypeAlias = Callable[[datetime], str]


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
    stamp: Stamp = instants.text_of
    """How a bar's time is written."""
    hold: float = 0.0
    """Seconds that pass between the acknowledgement of a bar and the next one."""
