"""The reference Gateway as a server: its parts put together, started and ended."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from inspect import isawaitable
from pathlib import Path
from typing import Any

from aiohttp import web

from conformance.protocol import instants
from conformance.reference.authentication import Authentication
from conformance.reference.brokers import refuse_without_line
from conformance.reference.failure import Failure
from conformance.reference.handlers import Asked, Handlers
from conformance.reference.metrics import Metrics
from conformance.reference.oanda.handlers import OandaHandlers
from conformance.reference.oanda.line import OandaLine
from conformance.reference.oanda.provider import OandaProvider
from conformance.reference.provider import MockProvider
from conformance.reference.rendering import Rendering
from conformance.reference.routes import MethodUnknown, operation
from conformance.reference.settings import GatewaySettings
from conformance.reference.stream import MarketData, Stream
from conformance.reference.tektii.handlers import TektiiHandlers
from conformance.reference.tektii.provider import TektiiProvider
from conformance.spec.documents import load_gateway_document

BODY_LIMIT = 2 * 1024 * 1024
DRAIN_LIMIT = 2.0
"""Seconds that requests on their way may take once the Gateway ends."""

Handler = Callable[[Asked], Any]


class ReferenceGateway:
    """One Gateway; every part is a class that a mutant may replace."""

    settings_class: type[GatewaySettings] = GatewaySettings
    rendering_class: type[Rendering] = Rendering
    metrics_class: type[Metrics] = Metrics
    provider_class: type[MockProvider] = MockProvider
    handlers_class: type[Handlers] = Handlers
    tektii_provider_class: type[TektiiProvider] = TektiiProvider
    tektii_handlers_class: type[TektiiHandlers] = TektiiHandlers
    oanda_provider_class: type[OandaProvider] = OandaProvider
    oanda_handlers_class: type[OandaHandlers] = OandaHandlers
    stream_class: type[Stream] = Stream
    market_data_class: type[MarketData] = MarketData
    authentication_class: type[Authentication] = Authentication

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.exit_status: int | None = None
        self.log_lines: list[str] = []
        self.url = ""
        self.metrics = self.metrics_class(settings.platform)
        self.rendering = self.rendering_class(settings.platform)
        self.stream = self.stream_class(settings, self.metrics)
        self.provider, self.handlers = self.parts()
        self.market_data = self.market_data_class(settings, self.publish)
        self.authentication = self.authentication_class(settings.api_key)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._working = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def parts(self) -> tuple[Any, Handlers]:
        """The provider that was asked for, and what its operations do."""
        given, rendering, metrics = self.settings, self.rendering, self.metrics
        if given.provider == "tektii":
            engine = self.tektii_provider_class(given, rendering, metrics, self.stream)
            asked = self.tektii_handlers_class
            return engine, asked(given, engine, rendering, metrics)  # type: ignore[arg-type]
        if given.oanda is not None:
            return self.oanda_parts(given.oanda)
        tell = self.stream.broadcast
        provider = self.provider_class(given, rendering, metrics, tell)
        return provider, self.handlers_class(given, provider, rendering, metrics)

    def oanda_parts(self, line: OandaLine) -> tuple[Any, Handlers]:
        given, rendering, metrics = self.settings, self.rendering, self.metrics
        broker = self.oanda_provider_class(given, rendering, metrics, self.stream, line)
        asked = self.oanda_handlers_class
        return broker, asked(given, broker, rendering, metrics)  # type: ignore[arg-type]

    # --- start and end ---

    async def start(self, port: int | None = None) -> None:
        """Listens; port 0 takes a free one. Raises OSError where it is taken."""
        self.log_start()
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", self.dispatch)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=0.2
        )
        await self._runner.setup()
        wanted = self.settings.port if port is None else port
        self._site = web.TCPSite(self._runner, self.settings.host, wanted)
        await self._site.start()
        host, bound = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{bound}"
        self.restore()
        self.provider.open()
        self._tasks = [
            asyncio.create_task(self.stream.heartbeat()),
            asyncio.create_task(self._market()),
        ]
        self.log(f"ready, serving on {host}:{bound}")

    async def stop(self) -> None:
        """Ends at once, as a process does that is killed."""
        await self._end(-9)

    async def shutdown(self) -> None:
        """Ends in good order, as on SIGTERM."""
        self.log("shutting down")
        self.handlers.shutting_down = True
        await self.stream.say_goodbye()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), DRAIN_LIMIT)
        self.save()
        await self._end(0)

    async def _end(self, status: int) -> None:
        for task in self._tasks:
            task.cancel()
        self.provider.stop()
        await self.provider.hang_up()
        if self._runner is not None:
            for client in list(self.stream.clients):
                self.stream.disconnected(client)
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_LIMIT):
                    # A handler that is cancelled meanwhile does not cancel us.
                    cleanup = self._runner.cleanup()
                    await asyncio.gather(cleanup, return_exceptions=True)
        self.exit_status = status

    async def _market(self) -> None:
        if self.settings.provider != "mock":
            return
        while True:
            self.market_data.burst()
            await asyncio.sleep(self.settings.tick_seconds)
            self.provider.tick()

    def publish(self, symbol: str, kind: str, timeframe: str) -> None:
        """One candle or quote to every client."""
        now, prices = datetime.now(UTC), self.provider.prices
        prices.last(symbol)
        if kind == "quote":
            body = {"quote": self.rendering.quote(symbol, prices, now)}
        else:
            body = {"bar": self.rendering.bar(symbol, timeframe, prices, now)}
        stamp = {"timestamp": self.rendering.instant(now)}
        self.stream.broadcast({"type": kind, **body, **stamp})

    # --- what lasts ---

    def save(self) -> None:
        """Writes the exits that are pending to the state file, if there are any."""
        entries = self.provider.exits.pending()
        if entries:
            stamp = instants.text_of(datetime.now(UTC))
            text = json.dumps({"timestamp": stamp, "entries": entries}, indent=2)
            with suppress(OSError):
                Path(self.settings.exit_state_file).write_text(text, encoding="utf-8")

    def restore(self) -> None:
        """Reads the state file, for whoever has orders that outlive the process."""
        path = Path(self.settings.exit_state_file)
        if not path.exists():
            return
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["entries"]
        except (OSError, ValueError, KeyError) as error:
            self.log(f"WARNING: the state file {path} is broken: {error!r}")
        else:
            self.log(f"{len(entries)} exits were pending when the last run ended")
            self.provider.restore(entries)

    def log(self, text: str) -> None:
        """One line, as a process would print it."""
        self.log_lines.append(f"{instants.text_of(datetime.now(UTC))} {text}")

    def log_start(self) -> None:
        self.log(
            f"provider {self.settings.provider}, platform {self.settings.platform}"
        )
        if self.settings.api_key is None:
            self.log("WARNING: no GATEWAY_API_KEY is set: anybody may trade")

    # --- one request ---

    async def dispatch(self, request: web.Request) -> web.StreamResponse:
        """Answers a request; streams apart, the Gateway waits for it when it ends."""
        if request.path == "/v1/ws":
            return await self.answer(request)
        self._working += 1
        self._idle.clear()
        try:
            return await self.answer(request)
        finally:
            self._working -= 1
            if not self._working:
                self._idle.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Lets in, finds the operation, answers; every failure is an envelope."""
        try:
            self.authentication.admit(request.path, request.headers)
            found = self.route(request)
            if found is None:
                return await self.special(request)
            answer = found(await self.asked(request))
            status, body = await answer if isawaitable(answer) else answer
            return self.json_response(status, body)
        except Failure as failure:
            return self.failure_response(failure)
        except ConnectionResetError:
            # Its sender hung up in the middle: nobody is there to be answered.
            return web.Response(status=400)

    def route(self, request: web.Request) -> Handler | None:
        """The operation's handler; it notes the path parameters, decoded.

        None for the paths outside the API description.
        """
        if request.path in {"/v1/ws", "/metrics"} or self.describes(request.path):
            if request.path == "/metrics" and request.method not in {"GET", "HEAD"}:
                raise MethodUnknown(("GET",))
            return None
        name, path = operation(request.method, request.rel_url.raw_path)
        if self.settings.oanda is None:
            refuse_without_line(self.settings.provider, name)
        request.match_info.update(path)
        handler: Handler = getattr(self.handlers, name)
        return handler

    async def special(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/metrics":
            return web.Response(
                text=self.metrics.text(),
                headers={"content-type": "text/plain; version=0.0.4; charset=utf-8"},
            )
        if self.describes(request.path):
            return self.json_response(200, load_gateway_document())
        return await self.stream.serve(request)

    def describes(self, path: str) -> bool:
        """Whether it is the API description, where that was asked for."""
        return self.settings.swagger and path.rstrip("/") == "/swagger-ui"

    async def asked(self, request: web.Request) -> Asked:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge as error:
            raise Failure("INVALID_REQUEST", "the body is too large") from error
        return Asked(
            request.match_info,
            tuple(request.rel_url.query.items()),
            request.headers.get("Content-Type", ""),
            body,
        )

    def json_response(self, status: int, body: Any) -> web.Response:
        return web.Response(
            status=status,
            text=json.dumps(body),
            content_type="application/json",
        )

    def failure_response(self, failure: Failure) -> web.Response:
        response = self.json_response(
            self.failure_status(failure), self.envelope(failure)
        )
        if isinstance(failure, MethodUnknown):
            response.headers["Allow"] = ", ".join(failure.allowed)
        if response.status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def failure_status(self, failure: Failure) -> int:
        if isinstance(failure, MethodUnknown):
            return 405
        if failure.message.startswith("nothing is served"):
            return 404
        return failure.status

    def envelope(self, failure: Failure) -> dict[str, Any]:
        body: dict[str, Any] = {"code": failure.code, "message": failure.message}
        if failure.details:
            body["details"] = failure.details
        return body
