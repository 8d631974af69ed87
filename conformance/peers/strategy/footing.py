"""What is known of a strategy before the first script: how it starts, and trades."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path as File
from typing import Any

from conformance.evidence.entry import Json
from conformance.spec.profile import Profile
from conformance.venue.paths import Path


@dataclass(frozen=True, slots=True)
class Start:
    """How the strategy is started; `folder` is where it runs."""

    command: str
    folder: File
    user: Mapping[str, str]
    profile: Profile
    key: str
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, compare=False)
    """Who has it listens, where there is one port alone."""
    meets: Callable[..., Any] | None = None
    """What it meets, if that is not the played Gateway."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One order of a run without faults: on which bar, which way, how much."""

    bar: int
    side: str
    order_type: str
    symbol: str
    quantity: str


@dataclass(frozen=True, slots=True)
class Footing:
    """How this strategy is met, and what it does where nothing goes wrong.

    `acks` says whether it acknowledges event ids, `confirms` whether it acknowledges
    messages that have none, `pongs` whether it answers a heartbeat. `entry` and `exit`
    are bars; `orders` is the run without faults, up to the end of its second turn.
    """

    path: Path
    symbol: str = "BTCUSD"
    timeframe: str = "1m"
    feeds: tuple[str, ...] = ("candle",)
    acks: bool = False
    confirms: bool = False
    pongs: bool = False
    side: str = "BUY"
    entry: int = -1
    exit: int = -1
    turn: int = 0
    """Bars from one entry to the next."""
    began: datetime | None = None
    """When bar 0 starts: the same in every run, or dates would make a difference."""
    orders: tuple[Placed, ...] = ()
    tried: tuple[str, ...] = field(default=())
    """What was tried, where nothing made it trade."""

    @property
    def trades(self) -> bool:
        """Whether it was made to trade."""
        return self.entry >= 0

    @property
    def closes(self) -> bool:
        """Whether it closed again what it had opened."""
        return self.exit >= 0

    @property
    def patience(self) -> int:
        """Bars within which it enters, exits and enters again, and some more."""
        last = max(self.entry, self.exit, 0)
        return last + max(self.turn, 10) + 10

    @property
    def facts(self) -> dict[str, Json]:
        """What a transcript says of it."""
        return {
            "path": self.path.name,
            "symbol": self.symbol,
            "timeframe": self.timeframe,
            "acks": self.acks,
            "confirms": self.confirms,
            "pongs": self.pongs,
            "side": self.side,
            "entry": self.entry,
            "exit": self.exit,
            "turn": self.turn,
            "tried": list(self.tried),
            "orders": [
                [o.bar, o.side, o.order_type, o.symbol, o.quantity] for o in self.orders
            ],
        }


START_BALANCE = Decimal(100_000)

UNMET = Footing(Path("sine"))
"""What is known of a strategy that was never met."""
