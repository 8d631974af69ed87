"""Speaks REST to the subject as a strategy would, recording every byte's meaning."""

import asyncio
import json as json_text
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.reply import Reply

BODY_LIMIT = 16 * 1024 * 1024
"""Bytes of an answer that are read at most: a hostile body costs no more memory."""

KEPT_LIMIT = 2 * 1024 * 1024
"""Characters of an answer that a transcript keeps."""

KEPT_WHOLE = 16 * 1024 * 1024
"""Characters of one client's answers that are kept: endless ones would fill a disk."""

KEPT_BEYOND = 64 * 1024
"""Characters of an answer that are kept of each one after those."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Gateway listens, and how to be let in."""

    url: str
    key: str | None = None
    tls: ssl.SSLContext | bool = True

    def target(self, path: str) -> str:
        """The raw path under the URL's own base path."""
        return urlsplit(self.url).path.rstrip("/") + path

    @property
    def stream_url(self) -> str:
        """The stream's address."""
        parts = urlsplit(self.url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return f"{scheme}://{parts.netloc}{self.target('/v1/ws')}"

    @property
    def credentials(self) -> dict[str, str]:
        """The headers that let us in.

        A user and a password in the URL take the authorization header for themselves:
        a proxy before the Gateway wants them there.
        """
        if not self.key:
            return {}
        if urlsplit(self.url).username is not None:
            return {"x-api-key": self.key}
        return {"authorization": f"Bearer {self.key}"}


def dumps(value: Json) -> str:
    """JSON text of a request's body."""
    return json_text.dumps(value, separators=(", ", ": "), default=str)


class RestClient:
    """One HTTP client with its own connections."""

    def __init__(
        self,
        address: Address,
        recorder: Recorder,
        admit: Callable[[str, str, str | None], None],
        patience: float = 10.0,
    ) -> None:
        self._patience = patience
        self._kept = 0
        self._address = address
        self._recorder = recorder
        self._admit = admit
        self._client = httpx.AsyncClient(
            verify=_authorities(address),
            trust_env=False,
            timeout=None,
            headers={"accept-encoding": "identity"},
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Json | None = None,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: bool = True,
        deliberate: bool = False,
        seconds: float | None = None,
    ) -> Reply:
        """Sends one request and waits for its whole answer; never raises for one lost.

        Raises SafetyRefusal where the firewall does not let the order pass.
        """
        text = dumps(json) if json is not None else body
        sent = {"content-type": "application/json"} if text is not None else {}
        sent |= self._address.credentials if key else {}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        sent = {name: value for name, value in sent.items() if value != ""}
        shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        self._admit(method, path, shown)
        target = self._address.target(path)
        kept = shown if shown is None or len(shown) <= KEPT_LIMIT else shown[:4096]
        number = self._recorder.request(method, target, sent, kept, deliberate)
        budget = self._patience if seconds is None else seconds
        return await self._answer(number, method, target, sent, text, budget)

    async def _answer(
        self,
        number: int,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: str | bytes | None,
        seconds: float,
    ) -> Reply:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(
                    number, method, target, headers, body, began
                )
        except TimeoutError:
            return self._lost(number, "timeout", f"no whole answer in {seconds:g} s")
        except httpx.ConnectError as error:
            return self._lost(number, "refused", str(error))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return self._lost(number, "broken", f"{type(error).__name__}: {error}")

    async def _exchange(
        self,
        number: int,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: str | bytes | None,
        began: float,
    ) -> Reply:
        # An id of the subject's may hold what no path has: it is sent all the same.
        raw = target.encode("latin-1", "backslashreplace")
        url = httpx.URL(self._address.url).copy_with(raw_path=raw)
        request = self._client.build_request(
            method, url, headers=dict(headers), content=body
        )
        response = await self._client.send(request, stream=True)
        try:
            content, cut = await _read(response)
        finally:
            await response.aclose()
        took = (time.perf_counter() - began) * 1000
        return self._answered(number, response, content, cut, took)

    def _answered(
        self,
        number: int,
        response: httpx.Response,
        content: bytes,
        cut: bool,
        milliseconds: float,
    ) -> Reply:
        text = content.decode("utf-8", "replace")
        headers = tuple((k.lower(), v) for k, v in response.headers.multi_items())
        kept = text[: KEPT_LIMIT if self._kept < KEPT_WHOLE else KEPT_BEYOND]
        self._kept += len(kept)
        self._recorder.add(
            Party.GATEWAY,
            Kind.RESPONSE,
            exchange=number,
            status=response.status_code,
            headers=dict(headers),
            body=kept,
            cut=cut or len(kept) < len(text),
            milliseconds=round(milliseconds, 3),
        )
        return Reply(number, response.status_code, headers, text)

    def _lost(self, number: int, reason: str, detail: str) -> Reply:
        self._recorder.add(
            Party.GATEWAY,
            Kind.NO_RESPONSE,
            exchange=number,
            reason=reason,
            detail=detail,
        )
        return Reply(number, 0, lost=reason)

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()


def _authorities(address: Address) -> ssl.SSLContext | bool:
    """Nothing where nothing is encrypted: to load them holds everybody up, 20 ms."""
    return False if urlsplit(address.url).scheme == "http" else address.tls


async def _read(response: httpx.Response) -> tuple[bytes, bool]:
    """The body, and whether it was cut; its bytes are unpacked by us alone.

    The client's own decoder has no bound: twice packed, a megabyte becomes a terabyte.
    """
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw(65536):
        parts.append(part)
        size += len(part)
        if size > BODY_LIMIT:
            break
    content = b"".join(parts)
    packed = response.headers.get("content-encoding", "").lower()
    for encoding in reversed([each.strip() for each in packed.split(",")]):
        if encoding in ("gzip", "x-gzip", "deflate"):
            content = _unpacked(content)
    return content[:BODY_LIMIT], len(content) > BODY_LIMIT


def _unpacked(content: bytes) -> bytes:
    """What was packed, up to the limit; what is no such thing stays as it is."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(
            content, BODY_LIMIT + 1
        )
    except zlib.error:
        return content
