"""Fetches a document from a URL that the user named."""

import asyncio

import httpx

from conformance.errors import SubjectSilent, SubjectUnreachable
from conformance.peers.rest import BODY_LIMIT
from conformance.peers.trust import trusting


def fetch_text(
    url: str, key: str | None = None, ca: str | None = None, seconds: float = 10.0
) -> str:
    """The text behind a URL, at most 16 MiB of it.

    Raises SubjectUnreachable, also for a status that is no 200, or SubjectSilent.
    """
    return asyncio.run(_fetch(url, key, ca, seconds))


async def _fetch(url: str, key: str | None, ca: str | None, seconds: float) -> str:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    verify = trusting(ca) if url.startswith("https") else True
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(trust_env=False, verify=verify) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            if response.status_code != 200:
                raise SubjectUnreachable(url, f"answered {response.status_code}")
            return (await _read(response)).decode("utf-8", "replace")
    except TimeoutError as error:
        raise SubjectSilent(f"the document at {url}", seconds) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SubjectUnreachable(url, str(error) or type(error).__name__) from error


async def _read(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    async for part in response.aiter_bytes():
        parts.append(part)
        if sum(map(len, parts)) > BODY_LIMIT:
            break
    return b"".join(parts)[:BODY_LIMIT]
