"""Which trading platforms are known, and whether real money is behind them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What is behind a platform."""

    LIVE = "live"
    PAPER = "paper"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class Platform:
    """One value of TradingPlatform."""

    name: str
    broker: str
    mode: Mode


PLATFORMS = (
    Platform("alpaca-live", "alpaca", Mode.LIVE),
    Platform("alpaca-paper", "alpaca", Mode.PAPER),
    Platform("binance-spot-live", "binance", Mode.LIVE),
    Platform("binance-spot-testnet", "binance", Mode.PAPER),
    Platform("binance-futures-live", "binance", Mode.LIVE),
    Platform("binance-futures-testnet", "binance", Mode.PAPER),
    Platform("binance-margin-live", "binance", Mode.LIVE),
    Platform("binance-margin-testnet", "binance", Mode.PAPER),
    Platform("binance-coin-futures-live", "binance", Mode.LIVE),
    Platform("binance-coin-futures-testnet", "binance", Mode.PAPER),
    Platform("oanda-live", "oanda", Mode.LIVE),
    Platform("oanda-practice", "oanda", Mode.PAPER),
    Platform("saxo-live", "saxo", Mode.LIVE),
    Platform("saxo-sim", "saxo", Mode.PAPER),
    Platform("tektii", "tektii", Mode.SIMULATED),
    Platform("mock", "mock", Mode.SIMULATED),
)
"""The sixteen of going-live.md, Platform Identifiers: the set of today, not closed."""

PLAYED = ("oanda", "saxo", "alpaca", "binance_spot")
"""The brokers that the suite plays, by the value of GATEWAY_PROVIDER."""

UNSHOWN = "cannot be played so that"
"""How it is told that a played broker has no way to show something."""

_BY_NAME = {platform.name: platform for platform in PLATFORMS}


def platform_of(name: str) -> Platform | None:
    """The platform of that name; None for an unknown one, which is no error."""
    return _BY_NAME.get(name)


def may_trade(name: str) -> bool:
    """Whether orders may be sent there without being asked for by name."""
    known = platform_of(name)
    return known is not None and known.mode is not Mode.LIVE


def simulated(names: Iterable[str]) -> bool:
    """Whether these platforms, one at least, are all simulations."""
    known = [platform_of(name) for name in names]
    return bool(known) and all(k and k.mode is Mode.SIMULATED for k in known)
