"""What the reference Gateway was told by its environment, parsed once."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from conformance.reference.brokers import BROKERS
from conformance.reference.oanda.line import OandaLine
from conformance.spec.platforms import platform_of

PROVIDERS = ("alpaca", "binance_spot", "mock", "oanda", "saxo", "tektii")
KEY_LENGTH = 32


@dataclass
class ConfigurationError(Exception):
    """One variable of the environment cannot be used."""

    variable: str
    reason: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Market data that was asked for."""

    platform: str
    instrument: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Everything that the environment says; delays are in seconds."""

    provider: str = "mock"
    platform: str = "mock"
    host: str = "127.0.0.1"
    port: int = 8080
    api_key: str | None = None
    swagger: bool = False
    subscriptions: tuple[Subscription, ...] = ()
    partial_fill_ratio: Decimal | None = None
    exit_state_file: str = "./gateway-exit-state.json"
    git_sha: str = "unknown"
    """Never the environment's GIT_SHA: no build of ours may read as one that trades."""
    fill_seconds: float = 0.5
    tranche_seconds: float = 0.5
    tick_seconds: float = 2.0
    ping_seconds: float = 15.0
    drain_seconds: float = 0.5
    engine_url: str = ""
    engine_stream_url: str = ""
    oanda: OandaLine | None = None
    upstream_seconds: float = 30.0
    candle_seconds: float | None = None
    """How often a broker is asked for bars; None for whenever one must have ended."""
    reconnect: bool = False
    pause_seconds: float = 1.0
    """How long a lost line is left before it is tried anew; longer each time."""
    longest_pause_seconds: float = 60.0
    give_up_seconds: float = 300.0

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "GatewaySettings":
        """Raises ConfigurationError, which names the variable."""
        provider, platform = _provider(env)
        return cls(
            provider=provider,
            platform=platform,
            host=_host(env.get("GATEWAY_HOST", "127.0.0.1")),
            port=_port(env.get("GATEWAY_PORT", "8080")),
            api_key=_key(env.get("GATEWAY_API_KEY", "")),
            swagger=env.get("ENABLE_SWAGGER", "") in {"true", "1"},
            subscriptions=_subscriptions(env.get("SUBSCRIPTIONS", "")),
            partial_fill_ratio=_ratio(env.get("MOCK_PARTIAL_FILL_RATIO", "")),
            exit_state_file=env.get("EXIT_STATE_FILE", "./gateway-exit-state.json"),
            git_sha="unknown",
            engine_url=_engine(env, "TEKTII_ENGINE_URL", "http"),
            engine_stream_url=_engine(env, "TEKTII_ENGINE_WS_URL", "ws"),
            oanda=OandaLine.from_environment(env),
            upstream_seconds=float(env.get("REFERENCE_UPSTREAM_SECONDS", "30")),
            candle_seconds=_seconds(env.get("REFERENCE_CANDLE_SECONDS", "")),
            reconnect=env.get("REFERENCE_RECONNECT", "") == "true",
            **_reconnection(env),
            **_delays(env),
        )


def _seconds(value: str) -> float | None:
    return float(value) if value else None


def _provider(env: Mapping[str, str]) -> tuple[str, str]:
    """The provider, and the platform that it is told by."""
    provider = env.get("GATEWAY_PROVIDER", "")
    if not provider:
        raise ConfigurationError("GATEWAY_PROVIDER", f"required, one of {PROVIDERS}")
    if provider not in PROVIDERS:
        raise ConfigurationError("GATEWAY_PROVIDER", f"{provider!r} is unknown")
    if provider not in {"mock", "tektii", *BROKERS}:
        raise ConfigurationError("GATEWAY_PROVIDER", f"{provider} is not built in")
    mode = env.get("GATEWAY_MODE", "paper")
    if mode not in {"paper", "live"}:
        raise ConfigurationError("GATEWAY_MODE", "must be paper or live")
    return provider, _broker(provider, mode, env) or provider


def _broker(provider: str, mode: str, env: Mapping[str, str]) -> str | None:
    """The platform of a broker, which must have been told its credentials."""
    broker = BROKERS.get(provider)
    if broker is None:
        return None
    if missing := broker.missing(env):
        raise ConfigurationError(", ".join(missing), f"{provider} needs them")
    return broker.platform(mode)


def _engine(env: Mapping[str, str], name: str, scheme: str) -> str:
    """Where the Engine is; the tektii provider alone needs it."""
    if env.get("GATEWAY_PROVIDER") != "tektii":
        return ""
    value = env.get(name, "")
    if not value.startswith((f"{scheme}://", f"{scheme}s://")):
        raise ConfigurationError(name, f"{scheme}://HOST:PORT is needed")
    return value


def _host(value: str) -> str:
    try:
        ipaddress.ip_address(value.strip("[]"))
    except ValueError as error:
        raise ConfigurationError("GATEWAY_HOST", f"{value!r} is no address") from error
    return value.strip("[]")


def _port(value: str) -> int:
    if not value.isdigit() or not 0 <= int(value) < 65536:
        raise ConfigurationError("GATEWAY_PORT", f"{value!r} is no port")
    return int(value)


def _key(value: str) -> str | None:
    if value and len(value) < KEY_LENGTH:
        raise ConfigurationError(
            "GATEWAY_API_KEY", f"too short: at least {KEY_LENGTH} characters are needed"
        )
    return value or None


def _ratio(value: str) -> Decimal | None:
    try:
        ratio = Decimal(value) if value else None
    except InvalidOperation:
        return None
    return ratio if ratio is not None and 0 < ratio < 1 else None


def _subscriptions(value: str) -> tuple[Subscription, ...]:
    try:
        rows = json.loads(value or "[]")
        found = tuple(
            Subscription(r["platform"], r["instrument"], tuple(r["events"]))
            for r in rows
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError("SUBSCRIPTIONS", f"no valid list: {error}") from error
    for each in found:
        if platform_of(each.platform) is None:
            raise ConfigurationError(
                "SUBSCRIPTIONS", f"unknown platform {each.platform!r}"
            )
    return found


def _reconnection(env: Mapping[str, str]) -> dict[str, float]:
    _whole(env, "SL_TP_TTL_HOURS", "24")
    return {
        "pause_seconds": _whole(env, "RECONNECT_INITIAL_BACKOFF_MS", "1000") / 1000,
        "longest_pause_seconds": _whole(env, "RECONNECT_MAX_BACKOFF_MS", "60000")
        / 1000,
        "give_up_seconds": _whole(env, "RECONNECT_MAX_DURATION_SECS", "300"),
    }


def _whole(env: Mapping[str, str], name: str, usual: str) -> int:
    value = env.get(name, usual)
    if not value.isdigit() or int(value) == 0:
        raise ConfigurationError(name, f"{value!r} is no whole number above zero")
    return int(value)


def _delays(env: Mapping[str, str]) -> dict[str, float]:
    names = ("fill", "tranche", "tick", "ping", "drain")
    given = {n: env.get(f"REFERENCE_{n.upper()}_SECONDS") for n in names}
    return {f"{n}_seconds": float(v) for n, v in given.items() if v is not None}
