"""Asks the Gateway every minute, on its own connection: who it is, what is held."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from conformance.evidence.entry import Json
from conformance.peers.rest import Address

PATHS = ("/health", "/v1/account", "/v1/positions")
EVERY_SECONDS = 60.0
PATIENCE = 10.0
KEPT = 1024 * 1024


class Asking:
    """Runs until it is cancelled; what it hears goes to `tell`."""

    def __init__(
        self, address: Address, tell: Callable[[Mapping[str, Json]], None]
    ) -> None:
        self._address, self._tell = address, tell

    async def run(self, every: float = EVERY_SECONDS) -> None:
        """Asks now, and again each time so many seconds have passed."""
        tls = self._address.tls if self._address.url.startswith("https") else False
        headers = {**self._address.credentials, "accept-encoding": "identity"}
        async with httpx.AsyncClient(
            verify=tls, trust_env=False, timeout=PATIENCE, headers=headers
        ) as client:
            while True:
                for path in PATHS:
                    self._tell(await self._ask(client, path))
                await asyncio.sleep(every)

    async def _ask(self, client: httpx.AsyncClient, path: str) -> dict[str, Any]:
        target = self._address.target(path)
        parts = urlsplit(self._address.url)
        url = f"{parts.scheme}://{parts.netloc}{target}"
        began = time.perf_counter()
        try:
            async with (
                asyncio.timeout(PATIENCE),
                client.stream("GET", url) as response,
            ):
                body, cut = await _read(response)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            why = f"{type(error).__name__}: {error}"
            return {"target": target, "status": None, "detail": why}
        return {
            "target": target,
            "status": response.status_code,
            "headers": {k.lower(): v for k, v in response.headers.items()},
            "body": body.decode("utf-8", "replace"),
            "cut": cut,
            "milliseconds": round((time.perf_counter() - began) * 1000, 3),
        }


async def _read(response: httpx.Response) -> tuple[bytes, int]:
    """The body as it came, and how much of it was left out."""
    kept, size = bytearray(), 0
    async for part in response.aiter_raw(65536):
        size += len(part)
        kept += part[: max(0, KEPT - len(kept))]
        if size > 16 * KEPT:
            break
    return bytes(kept), size - len(kept)
