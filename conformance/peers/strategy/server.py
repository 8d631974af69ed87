"""The Gateway that a strategy meets: our reference, misbehaving as it is told."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.exchange import parsed
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Cut, Hold, How, Status, When
from conformance.peers.engine.sockets import end_transport
from conformance.peers.strategy.books import PlayedProvider
from conformance.peers.strategy.market import Market
from conformance.peers.strategy.stream import PlayedStream
from conformance.peers.waiting import Waiters
from conformance.reference.asked import Answer, Asked
from conformance.reference.handlers import Handlers
from conformance.reference.server import ReferenceGateway
from conformance.reference.settings import GatewaySettings

BODY_KEPT = 64 * 1024
"""Characters of a body that are written down."""

Where = Callable[[Json], bool]


def any_body(body: Json) -> bool:
    """Whatever is sent."""
    return True


@dataclass(slots=True)
class Planned:
    """What is done with the next requests that fit; `times` counts down."""

    method: str
    path: re.Pattern[str]
    conduct: Cut | Hold | Status
    where: Where = field(default=any_body)
    times: int = 1

    def fits(self, method: str, path: str, body: Json) -> bool:
        """Whether it is meant for this request."""
        return (
            self.times > 0
            and self.method in ("*", method)
            and self.path.fullmatch(path) is not None
            and self.where(body)
        )


@dataclass(frozen=True, slots=True)
class Submit:
    """One order that the strategy asked for; `order` is None where none was booked."""

    entry: int
    body: Json
    status: int | None
    order: str | None
    bar: int
    """The bar that had been told last."""

    @property
    def side(self) -> str:
        """BUY or SELL, however it was spelled."""
        found = self.body.get("side") if isinstance(self.body, dict) else ""
        return str(found).upper()


class PlayedHandlers(Handlers):
    """The reference's operations; bars and quotes are the path's."""

    markets: dict[str, Market]

    def bars(self, asked: Asked) -> Answer:
        market = self._market(asked.path["symbol"])
        if market is None:
            return super().bars(asked)
        timeframe = self.timeframe(asked)
        start, end = self.instant(asked, "start"), self.instant(asked, "end")
        found = market.history(self.limit(asked), start, end)
        return 200, [market.bar_json(bar, timeframe) for bar in found]

    def quote(self, asked: Asked) -> Answer:
        market = self._market(asked.path["symbol"])
        if market is None:
            return super().quote(asked)
        return 200, market.quote_json(market.bar(market.next - 1))

    def _market(self, symbol: str) -> Market | None:
        return self.markets.get(symbol)


class PlayedServer(ReferenceGateway):
    """One server; `run` marks what is written down of it."""

    provider_class = PlayedProvider
    stream_class = PlayedStream
    handlers_class = PlayedHandlers

    provider: PlayedProvider
    stream: PlayedStream

    def __init__(self, settings: GatewaySettings, recorder: Recorder, run: str) -> None:
        super().__init__(settings)
        self.recorder = recorder
        self.run = run
        self.news = Waiters()
        self.plans: list[Planned] = []
        self.submits: list[Submit] = []
        self.markets: dict[str, Market] = {}
        self.asked_symbols: list[str] = []
        """The symbols that it asked about, in the order of the first time."""
        self.in_flight = 0
        self.unauthorized = 0
        self.answered_at = 0.0
        self.over = asyncio.Event()
        """Set when nobody will be answered any more."""
        self.provider.begin(recorder, run, self.news.tell)
        self.stream.begin(recorder, run, self.news.tell)
        assert isinstance(self.handlers, PlayedHandlers)
        self.handlers.markets = self.markets

    @property
    def bar(self) -> int:
        """The bar that was told last; -1 before the first."""
        return max((m.next - 1 for m in self.markets.values()), default=-1)

    async def deafen(self) -> None:
        """Takes no new connections; those that are open stay."""
        if self._site is not None:
            await self._site.stop()

    async def _market(self) -> None:
        """Bars come when the script wants them."""

    def log(self, text: str) -> None:
        """It is no subject: nobody reads what it would print."""

    # --- one request ---

    async def dispatch(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/v1/ws"):
            return (
                await self.stream.serve(request)
                if self._admitted(request)
                else (self._not_admitted(request))
            )
        self.in_flight += 1
        try:
            return await self._exchange(request)
        finally:
            self.in_flight -= 1
            self.answered_at = time.monotonic()
            self.news.tell()

    def _admitted(self, request: web.Request) -> bool:
        given = self.authentication.given(request.headers)
        key = self.authentication.key
        return key is None or (given is not None and self.authentication.matches(given))

    def _not_admitted(self, request: web.Request) -> web.StreamResponse:
        self.stream.attempts += 1
        self.unauthorized += 1
        self.recorder.add(
            Party.STRATEGY,
            Kind.REFUSED,
            stream=f"{self.run}{self.stream.attempts}",
            run=self.run,
            status=401,
            headers=dict(request.headers),
            body="",
        )
        self.news.tell()
        return web.Response(status=401)

    async def _exchange(self, request: web.Request) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            text = (await request.read()).decode("utf-8", "replace")
        except web.HTTPRequestEntityTooLarge:
            text = ""
        except ConnectionError:
            return self._broken_off(request)
        body = parsed(text)
        exchange = self.recorder.request(
            request.method,
            request.raw_path,
            {k.lower(): v for k, v in request.headers.items()},
            text[:BODY_KEPT] or None,
            False,
            run=self.run,
            bar=self.bar,
        )
        self.note_symbol(request.raw_path, body)
        entry = self.recorder.entries_count
        plan = self.planned(request.method, request.raw_path, body)
        response = await self._act(request, plan, exchange)
        told = response.text if isinstance(response, web.Response) else None
        status = None if response is None else response.status
        self.submitted(request.method, request.raw_path, body, status, told, entry)
        if response is None:
            return web.Response(status=400)
        self.unauthorized += response.status == 401
        if not response.prepared:
            self._answered(exchange, response, began, deliberate=plan is not None)
        return response

    def _broken_off(self, request: web.Request) -> web.Response:
        """Its sender ended, or was ended by us, before the body was here.

        That is no request: nothing was asked for that could be judged or booked.
        """
        asked = f"{request.method} {request.raw_path}"
        facts = {"run": self.run, "asked": asked}
        told = f"{asked} broke off before its body had come"
        self.recorder.note(told, name="broken-off", facts=facts)
        return web.Response(status=400)

    async def _act(
        self, request: web.Request, plan: Planned | None, exchange: int
    ) -> web.StreamResponse | None:
        """Answers as planned; None where the connection was cut."""
        match None if plan is None else plan.conduct:
            case Status() as conduct:
                if conduct.booked:
                    await super().dispatch(request)
                return web.Response(
                    status=conduct.status,
                    text=conduct.text,
                    headers={"content-type": "application/json", **conduct.headers},
                )
            case Hold() as hold:
                early = await super().dispatch(request) if hold.booked else None
                await hold.let_go.wait()
                return early or await super().dispatch(request)
            case Cut() as cut:
                if cut.when is not When.BEFORE:
                    await super().dispatch(request)
                self._cut(request, exchange, cut.how)
                if cut.how is How.SILENCE:
                    await self._silent()
                return None
        return await super().dispatch(request)

    async def _silent(self) -> None:
        """Answers nothing to the end; nobody need wait for that."""
        self.in_flight -= 1
        self.answered_at = time.monotonic()
        self.news.tell()
        await self.over.wait()
        self.in_flight += 1

    def _cut(self, request: web.Request, exchange: int, how: How) -> None:
        self.recorder.add(
            Party.GATEWAY,
            Kind.NO_RESPONSE,
            exchange=exchange,
            reason="reset" if how is How.RST else "broken",
            detail=f"the script cut it: {how}",
        )
        if isinstance(request.transport, asyncio.Transport):
            end_transport(request.transport, how)

    def planned(self, method: str, target: str, body: Json) -> Planned | None:
        """What is to be done with a request; it is done once less from then on."""
        path = target.partition("?")[0]
        for plan in self.plans:
            if plan.fits(method, path, body):
                plan.times -= 1
                return plan
        return None

    def _answered(
        self,
        exchange: int,
        response: web.StreamResponse,
        began: float,
        *,
        deliberate: bool,
    ) -> None:
        text = response.text if isinstance(response, web.Response) else ""
        self.recorder.add(
            Party.GATEWAY,
            Kind.RESPONSE,
            exchange=exchange,
            status=response.status,
            headers={k.lower(): v for k, v in response.headers.items()},
            body=(text or "")[:BODY_KEPT],
            cut=max(0, len(text or "") - BODY_KEPT),
            milliseconds=round((time.perf_counter() - began) * 1000, 3),
            deliberate=deliberate,
        )

    def submitted(
        self,
        method: str,
        target: str,
        body: Json,
        status: int | None,
        told: str | None,
        entry: int,
    ) -> None:
        """Keeps what was asked to trade, as an order or as a close."""
        path = target.partition("?")[0]
        if method != "POST" or not path.endswith("/v1/orders"):
            return
        order = None
        if status == 201:
            found = parsed(told or "")
            order = str(found.get("id")) if isinstance(found, dict) else None
        self.submits.append(Submit(entry, body, status, order, self.bar))
        self.news.tell()

    def note_symbol(self, target: str, body: Json) -> None:
        """Keeps the symbol that a request is about, if it is about one."""
        path, _, query = target.partition("?")
        parts = [unquote(part) for part in path.split("/")]
        found = dict(parse_qsl(query)).get("symbol")
        if len(parts) == 4 and parts[2] in ("bars", "quotes"):
            found = parts[3]
        if isinstance(body, dict) and isinstance(body.get("symbol"), str):
            found = body["symbol"]
        if found and found not in self.asked_symbols:
            self.asked_symbols.append(found)
