"""Asks OANDA over REST, and opens its two streams."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from conformance.reference.failure import Failure
from conformance.reference.oanda.line import OandaLine
from conformance.reference.tektii.upstream import UNREADABLE, EngineClient, parsed

Json = dict[str, Any]

REFUSALS = (
    "orderRejectTransaction",
    "orderCancelRejectTransaction",
    "longOrderRejectTransaction",
    "shortOrderRejectTransaction",
)
"""Under which name an answer of OANDA has the transaction that refused."""


class KeyRefused(Exception):
    """A stream was answered with 401 or 403: trying again cannot help."""


class OandaClient(EngineClient):
    """One account at OANDA; every failure becomes one of the Gateway's envelopes."""

    party = "OANDA"

    def __init__(self, line: OandaLine, seconds: float) -> None:
        super().__init__(line.url, line.stream_url, seconds)
        self.line = line
        self.hit: Callable[[], None] = lambda: None
        """Told each time that OANDA answers that too much was asked."""

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.line.key}"}

    def path(self, *parts: str) -> str:
        """A raw path below the account: an id never leads anywhere else."""
        whole = ("v3", "accounts", self.line.account, *parts)
        return "/" + "/".join(quote(part, safe="") for part in whole)

    def candles(self, symbol: str) -> str:
        """The path of an instrument's candles, which belong to no account."""
        return f"/v3/instruments/{quote(symbol, safe='')}/candles"

    async def reachable(self) -> bool:
        """Whether the account can be asked for."""
        try:
            await self.ask("GET", self.path("summary"))
        except Failure:
            return False
        return True

    def failure(
        self, status: int, text: str, retry_after: str | None, method: str, path: str
    ) -> Failure:
        """What OANDA's no is for the strategy."""
        message, code = self.told(text)
        if status == 429:
            self.hit()
            return self.limited(message, retry_after)
        if status == 503:
            return Failure("PROVIDER_UNAVAILABLE", message)
        asks_for_one = 400 <= status < 500 and status not in (401, 403, 407, 408)
        if not asks_for_one:
            return Failure("PROVIDER_ERROR", f"OANDA answered {status}: {message}")
        if method != "GET":
            return self.refused(status, message, code, path)
        return self.not_answered(status, message, path)

    def limited(self, message: str, retry_after: str | None) -> Failure:
        """Too much was asked; how long to wait is said where OANDA says it."""
        details = {"retry_after": retry_after or "1"}
        return Failure("RATE_LIMITED", message, details)

    def refused(
        self, status: int, message: str, code: str | None, path: str
    ) -> Failure:
        """OANDA will not do what would have changed something."""
        if path.endswith("/cancel") or (code or "").startswith("ORDER_DOESNT_EXIST"):
            return self.gone(status, message)
        if path.endswith("/close") and status == 404:
            return Failure("POSITION_NOT_FOUND", message, {"reject_code": code})
        return self.rejected(message, code)

    def gone(self, status: int, message: str) -> Failure:
        """An order cannot be changed: there is none, or it has ended."""
        return Failure("ORDER_NOT_MODIFIABLE", message)

    def rejected(self, message: str, code: str | None) -> Failure:
        """OANDA's no to an order."""
        details = {"reject_code": code or "UNKNOWN", "reason": message}
        return Failure("ORDER_REJECTED", message, details)

    def not_answered(self, status: int, message: str, path: str) -> Failure:
        """OANDA does not show what was asked for."""
        if status == 404 and path.startswith(self.path("orders", "")):
            return Failure("ORDER_NOT_FOUND", message)
        if status == 404 and path.startswith(self.path("positions", "")):
            return Failure("POSITION_NOT_FOUND", message)
        market = path.endswith(("/candles", "/pricing"))
        if market and status in (400, 404):
            return Failure("SYMBOL_NOT_FOUND", message)
        return Failure("PROVIDER_ERROR", f"OANDA answered {status}: {message}")

    def told(self, text: str) -> tuple[str, str | None]:
        """The message and the code in an error of OANDA's, scrubbed."""
        try:
            found = parsed(text)
            code = self.code_in(found)
            message = found.get("errorMessage") or found.get("message") or code
        except (*UNREADABLE, RecursionError):
            message, code = text[:500], None
        told = None if code is None else self.scrubbed(str(code))
        return self.scrubbed(str(message or "it gave no reason")), told

    def code_in(self, found: Json) -> str | None:
        """OANDA's own word for why."""
        for name in REFUSALS:
            if found.get(name):
                reason = found[name].get("rejectReason")
                if reason:
                    return str(reason)
        code = found.get("rejectReason") or found.get("errorCode")
        return None if code is None else str(code)

    def scrubbed(self, text: str) -> str:
        """Without what could be a credential, and without ours."""
        for own in (self.line.key, self.line.account):
            text = text.replace(own, "***")
        return super().scrubbed(text)

    # --- the streams ---

    async def open(self, name: str, **query: str) -> aiohttp.ClientResponse | None:
        """One stream; None where it cannot be opened now.

        Raises KeyRefused where it never will be.
        """
        asked = "&".join(f"{k}={quote(v, safe=',')}" for k, v in query.items())
        whole = f"{self.line.stream_url}{self.path(name, 'stream')}"
        url = URL(whole + (f"?{asked}" if asked else ""), encoded=True)
        silence = self.line.silence_seconds
        limits = aiohttp.ClientTimeout(
            total=None, sock_connect=silence, sock_read=silence
        )
        try:
            answer = await self.session().get(
                url, timeout=limits, allow_redirects=False
            )
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        if answer.status == 200:
            return answer
        answer.close()
        if answer.status in (401, 403):
            raise KeyRefused(f"OANDA answered the stream with {answer.status}")
        return None
