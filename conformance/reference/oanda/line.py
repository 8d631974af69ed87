"""Where OANDA is and who asks it, as the environment says."""

from collections.abc import Mapping
from dataclasses import dataclass

SILENCE = "10"
"""Seconds in which a stream must say something: twice OANDA's heartbeat."""


@dataclass(frozen=True, slots=True)
class OandaLine:
    """One account at OANDA; the streams may have a host of their own."""

    url: str
    stream_url: str
    key: str
    account: str
    silence_seconds: float = 10.0

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "OandaLine | None":
        """None where no OANDA_BASE_URL says where it is: nothing is dialled then."""
        url = env.get("OANDA_BASE_URL", "")
        if env.get("GATEWAY_PROVIDER") != "oanda" or not url:
            return None
        return cls(
            url=url.rstrip("/"),
            stream_url=(env.get("OANDA_STREAM_URL") or url).rstrip("/"),
            key=env["OANDA_API_KEY"],
            account=env["OANDA_ACCOUNT_ID"],
            silence_seconds=float(env.get("REFERENCE_SILENCE_SECONDS", SILENCE)),
        )
