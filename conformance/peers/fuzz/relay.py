"""Takes generated requests and has them sent on; they meet a Gateway only this way.

Each is read whole before it is passed on, so that the firewall, the transcript and
the keys' redaction hold for it as for every other request of ours.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType

from aiohttp import web

from conformance.peers.reply import Reply

CASE = "x-schemathesis-testcaseid"
"""The header by which a generated request tells which one it is."""

OURS = frozenset(
    {
        CASE,
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "accept-encoding",
        "user-agent",
    }
)
"""Headers of the way to us: the way on has its own."""

LONGEST_LINE = 1024 * 1024

_SILENT = logging.Logger("relay", logging.CRITICAL + 1)
"""What a generator sends amiss is meant so: nobody needs to hear of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One generated request, as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    case: str


PassOn = Callable[[Asked], Awaitable[Reply]]


class Relay:
    """A server for one generator; `async with` opens and closes it."""

    def __init__(self, pass_on: PassOn) -> None:
        self._pass_on = pass_on
        self._runner: web.ServerRunner | None = None
        self.url = ""

    async def __aenter__(self) -> "Relay":
        server = web.Server(
            self._serve,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            logger=_SILENT,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read() if request.body_exists else None
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(
            method=request.method,
            target=request.raw_path,
            headers={n: v for n, v in headers.items() if n not in OURS},
            body=body,
            case=headers.get(CASE, ""),
        )
        return _response(await self._pass_on(asked))


def _response(reply: Reply) -> web.Response:
    """The answer; where none came, one that no operation declares."""
    if reply.lost or not reply.status:
        return web.Response(status=599)
    kept = ("content-type", "allow", "location", "retry-after")
    headers = {name: value for name, value in reply.headers if name in kept}
    return web.Response(
        status=reply.status, headers=headers, body=reply.text.encode("utf-8", "replace")
    )
