"""Asks the Engine over REST, and hears its stream."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from conformance.reference.failure import Failure

Json = dict[str, Any]

CONNECT_SECONDS = 10.0

SECRETS = re.compile(
    r"(?i)((?:api[-_ ]?key|secret|token|passw(?:or)?d|authorization)"
    r"\\*[\"']?\s*[:=]\s*\\*[\"']?(?:(?:bearer|basic)\s+)?)([^\s\"',;}\\]+)"
    r"|((?:bearer|basic)\s+)([a-z0-9._~+/-]{8,}=*)|(://)[^/@\s]+@"
)
"""What in a text of the Engine could be a credential of somebody's."""


UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, ArithmeticError)
"""What reading raises where the Engine's JSON is not what it should be."""


class EngineClient:
    """One Engine; every failure becomes one of the Gateway's error envelopes."""

    party = "the Engine"
    """Who is asked, as the strategy reads it."""

    def __init__(self, url: str, stream_url: str, seconds: float) -> None:
        self._url = url.rstrip("/")
        self._stream_url = stream_url.rstrip("/") + "/ws"
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """The one session of this client, made in the loop that it is used in."""
        if self._session is None:
            limits = aiohttp.ClientTimeout(
                total=self._seconds, sock_connect=min(CONNECT_SECONDS, self._seconds)
            )
            self._session = aiohttp.ClientSession(
                timeout=limits, headers=self.headers(), middlewares=(_once,)
            )
        return self._session

    def headers(self) -> dict[str, str]:
        """What every request has: the Engine wants nothing."""
        return {}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def path(self, *parts: str) -> str:
        """A raw path of the Engine's REST: an id never leads anywhere else."""
        return "/api/v1/" + "/".join(quote(part, safe="") for part in parts)

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
    ) -> Json:
        """The JSON of a success; raises Failure else."""
        status, text, retry_after = await self._send(method, path, query, body)
        if not 200 <= status < 300:
            raise self.failure(status, text, retry_after, method, path)
        try:
            found = parsed(text or "{}")
        except (ValueError, RecursionError):
            raise self.unknown_outcome("its answer cannot be read") from None
        if not isinstance(found, dict):
            raise self.unknown_outcome("its answer is no object")
        return found

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What is read within came from the Engine: that it is odd is its fault."""
        try:
            yield
        except UNREADABLE as error:
            raise self.unknown_outcome("its answer is not whole") from error

    async def reachable(self) -> bool:
        """Whether anything answers on its health."""
        try:
            status, _, _ = await self._send("GET", "/health", None, None)
        except Failure:
            return False
        return status < 500

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Json | None,
    ) -> tuple[int, str, str | None]:
        asked = "&".join(f"{k}={quote(v, safe=',')}" for k, v in (query or {}).items())
        whole = self._url + path + (f"?{asked}" if asked else "")
        try:
            async with self.session().request(
                method, URL(whole, encoded=True), json=body, allow_redirects=False
            ) as answer:
                text = await answer.text(errors="replace")
                return answer.status, text, answer.headers.get("Retry-After")
        except aiohttp.ClientConnectorError as error:
            raise self.unreachable() from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self.unknown_outcome("its answer did not come") from error

    def unreachable(self) -> Failure:
        return Failure("PROVIDER_UNAVAILABLE", f"{self.party} cannot be reached")

    def unknown_outcome(self, why: str) -> Failure:
        """It may have done what was asked: that is no rejection."""
        text = f"the outcome at {self.party} is unknown: {why}"
        return Failure("PROVIDER_ERROR", text)

    def failure(
        self, status: int, text: str, retry_after: str | None, method: str, path: str
    ) -> Failure:
        """What the Engine's refusal is for the strategy."""
        message, code = self.told(text)
        if status == 429:
            details = {} if retry_after is None else {"retry_after": retry_after}
            return Failure("RATE_LIMITED", message, details)
        if status == 503:
            return Failure("PROVIDER_UNAVAILABLE", message)
        named = path.startswith(self.path("orders", ""))
        if status == 422 and (named or method == "POST"):
            details = {"reject_code": code or "UNKNOWN", "reason": message}
            return Failure("ORDER_REJECTED", message, details)
        asks = named or method == "POST" or path.endswith(("/quote", "/bars"))
        if status == 404 and asks:
            return self.not_found(path, message)
        usual = {400: "INVALID_REQUEST"} if asks else {}
        if named:
            usual[409] = "ORDER_NOT_MODIFIABLE"
        if status in usual:
            return Failure(usual[status], message)
        return Failure("PROVIDER_ERROR", f"the Engine answered {status}: {message}")

    def not_found(self, path: str, message: str) -> Failure:
        if "/orders/" in path:
            return Failure("ORDER_NOT_FOUND", message)
        return Failure("SYMBOL_NOT_FOUND", message)

    def told(self, text: str) -> tuple[str, str | None]:
        """The message and the code in an error of the Engine, scrubbed."""
        try:
            found = parsed(text)["error"]
            message, code = str(found["message"]), found.get("code")
        except (*UNREADABLE, RecursionError):
            message, code = text[:500] or "it gave no reason", None
        told = None if code is None else self.scrubbed(str(code))
        return self.scrubbed(message), told

    def scrubbed(self, text: str) -> str:
        """Without what could be a credential."""
        return SECRETS.sub(
            lambda m: (m[1] or m[3] or m[5] or "") + ("***@" if m[5] else "***"), text
        )

    # --- the stream ---

    async def connect(self) -> aiohttp.ClientWebSocketResponse | None:
        """The Engine's stream; None where it cannot be opened."""
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            return await self.session().ws_connect(
                self._stream_url, timeout=aiohttp.ClientWSTimeout(ws_close=1.0)
            )
        return None

    async def connect_patiently(
        self,
        seconds: float = 120.0,
        pause: float = 0.1,
        longest: float = 2.0,
        trying: Callable[[], None] = lambda: None,
    ) -> aiohttp.ClientWebSocketResponse | None:
        """The stream, asked for again and again while nobody listens yet."""
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        while True:
            trying()
            found = await self.connect()
            if found is not None or clock() + pause >= end:
                return found
            await asyncio.sleep(pause)
            pause = min(pause * 2, longest)


def parsed(text: str) -> Any:
    """JSON with its numbers as they were written; raises ValueError for NaN."""

    def no_number(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_float=Decimal, parse_constant=no_number)


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """A request whose connection broke may have been done: it is not sent again.

    The library would, where HTTP calls the method idempotent; to close a part of a
    position twice is not.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(str(error)) from error
