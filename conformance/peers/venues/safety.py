"""Decides whether a broker's Gateway may be started: all that it dials must be us."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.errors import SafetyRefusal
from conformance.spec.platforms import PLATFORMS, Mode, platform_of

PROVIDER = "GATEWAY_PROVIDER"
MODE = "GATEWAY_MODE"
SUBSCRIPTIONS = "SUBSCRIPTIONS"

OURS = re.compile(r"(https?|wss?)://(127(\.\d{1,3}){3}|\[::1\]):\d{1,5}(/[\w.~/%-]*)?")
"""An address of this machine, spelled so that no two readers read two hosts in it."""

PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY"})
CONTAINERS = frozenset({"docker", "podman", "nerdctl"})
SIMULATED = frozenset(p.broker for p in PLATFORMS if p.mode is Mode.SIMULATED)
BROKERS = frozenset(p.broker for p in PLATFORMS) - SIMULATED
FOREIGN = frozenset(
    {"apca", "coinbase", "ib", "ibkr", "kraken", "schwab", "tradier", "tradestation"}
)
"""Brokers that the Gateway's documents do not name, or name otherwise."""

_THEIRS = re.compile(
    rf"({'|'.join(sorted(BROKERS | FOREIGN))})_\w*", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True, slots=True)
class Lines:
    """What a provider dials: the variables with its addresses, and what to leave out.

    `streams` is whether its streams go where the variables say, not to a fixed host.
    """

    addresses: tuple[str, ...]
    streams: bool = True
    never: tuple[str, ...] = ()


LINES: Mapping[str, Lines] = {
    "oanda": Lines(("OANDA_BASE_URL", "OANDA_REST_URL", "OANDA_STREAM_URL")),
    "saxo": Lines(("SAXO_BASE_URL", "SAXO_STREAM_URL"), never=("SAXO_REFRESH_TOKEN",)),
    "alpaca": Lines(("ALPACA_BASE_URL", "ALPACA_DATA_URL"), streams=False),
    "binance_spot": Lines(("BINANCE_BASE_URL", "BINANCE_STREAM_URL"), streams=False),
}
"""By the value of GATEWAY_PROVIDER."""


def is_brokers(variable: str) -> bool:
    """Whether a variable belongs to a broker: a key, an account, an address."""
    return _THEIRS.fullmatch(variable) is not None


def without_brokers(environment: Mapping[str, str]) -> dict[str, str]:
    """The same environment, with no broker's variable in it."""
    return {k: v for k, v in environment.items() if not is_brokers(k)}


def is_a_broker(provider: str) -> bool:
    """Whether this value of GATEWAY_PROVIDER means a broker of the documents."""
    first = re.split(r"[^a-z]", provider.strip().lower())[0]
    return first in BROKERS


def inherited(
    user: Mapping[str, str], asked: Mapping[str, str | None]
) -> dict[str, str]:
    """What of the user's environment an instance gets beside what is asked for it."""
    kept = {k: v for k, v in without_brokers(user).items() if k not in asked}
    if is_a_broker(asked.get(PROVIDER) or ""):
        # What the user subscribed to, and in which mode, was meant for another one.
        kept = {k: v for k, v in kept.items() if k not in {MODE, SUBSCRIPTIONS}}
    return kept


def check_lines(
    variables: Mapping[str, str],
    command: str = "",
    user: Mapping[str, str] | None = None,
) -> None:
    """Raises SafetyRefusal unless a Gateway so told can dial nobody but us.

    `variables` are all that it gets; `user` is where its credentials may not be from.
    """
    provider = variables.get(PROVIDER, "")
    if not is_a_broker(provider):
        return
    lines = LINES.get(provider)
    if lines is None:
        _refuse(provider, "there is no venue of ours that it could be pointed at")
        return
    why = (
        _unaddressed(lines, variables)
        or _forbidden(lines, variables)
        or _leading_out(provider, variables)
        or _subscribed(provider, lines, variables)
        or _borrowed(variables, user or {})
        or _overridden(lines, command)
    )
    if why:
        _refuse(provider, why)


def _refuse(provider: str, why: str) -> None:
    raise SafetyRefusal(
        f"a Gateway with {PROVIDER}={provider} is not started: {why}, so that it could "
        f"dial the broker"
    )


def _unaddressed(lines: Lines, variables: Mapping[str, str]) -> str | None:
    missing = [name for name in lines.addresses if not variables.get(name)]
    return f"{' and '.join(missing)} would be left out" if missing else None


def _forbidden(lines: Lines, variables: Mapping[str, str]) -> str | None:
    found = [name for name in lines.never if name in variables]
    return f"{found[0]} makes it dial a fixed host" if found else None


def _leading_out(provider: str, variables: Mapping[str, str]) -> str | None:
    """Any address of the broker's, or any proxy, that is not of this machine."""
    own = provider.partition("_")[0].upper()
    for name, value in sorted(variables.items()):
        upper = name.upper()
        address = upper.startswith(f"{own}_") and upper.endswith("_URL")
        if (address or upper in PROXIES) and OURS.fullmatch(value) is None:
            return f"{name} does not lead to this machine"
    return None


def _subscribed(
    provider: str, lines: Lines, variables: Mapping[str, str]
) -> str | None:
    told = variables.get(SUBSCRIPTIONS) or "[]"
    try:
        rows = json.loads(told)
        platforms = [str(row["platform"]) for row in rows]
    except (ValueError, TypeError, KeyError):
        return f"{SUBSCRIPTIONS} is no list whose platforms could be read"
    if platforms and not lines.streams:
        return f"{SUBSCRIPTIONS} is not empty, and its streams go to fixed hosts"
    mode = Mode.LIVE if variables.get(MODE) == "live" else Mode.PAPER
    for name in platforms:
        known = platform_of(name)
        mine = known is not None and known.broker == provider.partition("_")[0]
        if not mine or known is None or known.mode is not mode:
            return f"{SUBSCRIPTIONS} names {name}, which is not of its mode, {mode}"
    return None


def _borrowed(variables: Mapping[str, str], user: Mapping[str, str]) -> str | None:
    for name, value in sorted(variables.items()):
        secret = is_brokers(name) and not name.upper().endswith("_URL")
        if secret and value and user.get(name) == value:
            return f"{name} is the one of your environment and no placeholder"
    return None


def _overridden(lines: Lines, command: str) -> str | None:
    """What the command says itself, or keeps from what it starts."""
    try:
        words = shlex.split(command)
    except ValueError:
        return "its command cannot be read"
    for word in words:
        name, sign, _ = word.removeprefix("--env=").removeprefix("-e").partition("=")
        if sign and is_brokers(name.strip()):
            return f"its command sets {name.strip()} itself"
    return _contained(lines, words)


def _contained(lines: Lines, words: Sequence[str]) -> str | None:
    """A container has the variables that are named, and a file's: is it ours?"""
    if not any(word.rpartition("/")[2] in CONTAINERS for word in words):
        return None
    if any(word.partition("=")[0] == "--env-file" for word in words):
        return "its container reads a file of variables"
    named = {w.removeprefix("--env=").removeprefix("-e") for w in words}
    missing = [name for name in lines.addresses if name not in named]
    return f"its container is not given {' and '.join(missing)}" if missing else None
