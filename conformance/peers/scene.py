"""What a script needs before it can be played."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from conformance.peers.venues.words import Ability

if TYPE_CHECKING:
    from conformance.peers.played import Played

Script: TypeAlias = "Callable[[Played], Awaitable[None]]"


@dataclass(frozen=True, slots=True)
class Needs:
    """The instance that a script wants under it.

    `environment` are variables beyond the plain ones: then only an instance that the
    suite starts itself will do. `own` asks for an instance that nobody else uses (it is
    restarted, shut down, killed, or its state lasts as long as the process). `alone`
    is for scripts that touch everything: on a shared instance nothing else plays
    meanwhile, and the account must have been empty. `orders` says that it trades.
    `engine` asks for a played Engine below. `fuzz` scripts generate their requests:
    they are played where that was asked for, last, one by one, and once.
    `hostile` scripts could kill the subject and come last. `start` is False where the
    script starts its instances itself (start-up refusals, restarts).
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    own: bool = False
    alone: bool = False
    orders: bool = True
    hostile: bool = False
    start: bool = True
    engine: bool = False
    venue: str = ""
    """The broker below, a value of GATEWAY_PROVIDER; `suite.broker` fills it in."""
    mode: str = "paper"
    """GATEWAY_MODE, with a venue."""
    abilities: frozenset[Ability] = frozenset()
    """What the broker must be able to show."""
    subscribed: tuple[str, ...] = ()
    """The events that it is subscribed to; empty for what the broker has."""
    slow: bool = False
    fuzz: bool = False
    symbols: int = 1
    seconds: float = 20.0

    @property
    def command(self) -> bool:
        """Whether only an instance that the suite starts will do."""
        own = self.own or bool(self.venue)
        return bool(self.environment) or own or not self.start


@dataclass(frozen=True, slots=True)
class StrategyNeeds:
    """What a script about a strategy needs.

    `declared` are fields of the profile. `trades` asks for a strategy that could be
    made to trade, `closes` for one that closed again, `acks` for one that acknowledges.
    """

    declared: tuple[str, ...] = ()
    trades: bool = True
    closes: bool = False
    acks: bool = False
    slow: bool = False
    seconds: float = 45.0
    fuzz: bool = False
    impossible: str = ""
    """Why nobody can play it, where that is so."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One script and what it needs."""

    name: str
    script: Script
    needs: Needs
