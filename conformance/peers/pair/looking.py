"""A first look at the Gateway of a pair: that it starts, and what it says it is."""

import json
from collections.abc import Mapping

import httpx

from conformance.errors import ProviderMissing, SubjectExited
from conformance.evidence.entry import Json
from conformance.peers.instances import Subject
from conformance.peers.providers import is_not_built_in

HEALTH_SECONDS = 5.0


def on_engine(address: str, symbol: str, timeframe: str) -> dict[str, str]:
    """What a Gateway is told, so that it takes what listens there for its Engine."""
    wanted = {
        "platform": "tektii",
        "instrument": symbol,
        "events": [f"candle_{timeframe}"],
    }
    return {
        "GATEWAY_PROVIDER": "tektii",
        "TEKTII_ENGINE_URL": f"http://{address}",
        "TEKTII_ENGINE_WS_URL": f"ws://{address}",
        "SUBSCRIPTIONS": json.dumps([wanted]),
    }


def missing(error: SubjectExited, environment: Mapping[str, str]) -> Exception:
    """Why it ended, if its build has not the provider that it was asked for."""
    name = environment["GATEWAY_PROVIDER"]
    return ProviderMissing(name) if is_not_built_in(error.log_tail, name) else error


async def health(subject: Subject) -> Json:
    """What an instance says on /health; None where that is no JSON.

    Raises ProviderMissing where it has no tektii provider.
    """
    environment = on_engine("127.0.0.1:9", "BTCUSD", "1m")
    try:
        instance = await subject.start("doctor (pair)", environment)
    except SubjectExited as error:
        raise missing(error, environment) from error
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=HEALTH_SECONDS) as client:
            found = await client.get(f"{instance.address.url}/health")
            return found.json()
    except (httpx.HTTPError, ValueError):
        return None
    finally:
        await subject.release(instance)
