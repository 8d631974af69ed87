"""The Gateway under a script's hand, and the strategy that runs against it."""

import asyncio
import json
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path as File
from typing import Any

from conformance.errors import StepFailed, SubjectExited
from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.child import Child
from conformance.peers.engine.conduct import Cut, Hold, How, Status
from conformance.peers.strategy.footing import START_BALANCE, Footing, Start
from conformance.peers.strategy.market import Market
from conformance.peers.strategy.outcomes import Expected, Outcome, Which, every
from conformance.peers.strategy.process import StrategyProcess, environment_for
from conformance.peers.strategy.server import (
    Planned,
    PlayedServer,
    Submit,
    Where,
    any_body,
)
from conformance.peers.strategy.sessions import beginning
from conformance.protocol import instants
from conformance.protocol.money import text_of
from conformance.reference.settings import GatewaySettings
from conformance.spec.profile import KillSwitch, Records
from conformance.venue.books import Books
from conformance.venue.order import Order
from conformance.venue.paths import Path

ACK_SECONDS = 5.0
"""How long the Engine waits for the acknowledgements of a step (strategy-duties.md)."""

FLOOR_SECONDS = 0.03
"""How long a bar lasts at least for a strategy that confirms nothing."""

CALM_SECONDS = 0.015
"""How long no request may have come before a strategy counts as done with a bar."""

BREATH_SECONDS = 0.3
"""A real bar is seldom sooner: time to read what is true."""

BUSY_SECONDS = 2.0
"""How long a bar lasts at the most while requests are still coming."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a script wants the Gateway that the strategy meets.

    `paced` is a backtest: every event has an id, and time waits for acknowledgements.
    """

    platform: str = "mock"
    paced: bool | None = None
    path: Path | None = None
    began: datetime | None = None
    balance: Decimal = START_BALANCE
    key: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    hold: float = 0.0
    """Seconds that pass between the acknowledgement of a bar and the next one."""


class PlayedGateway:
    """What a script plays: the market, the venue, the wire, and the process's life."""

    def __init__(
        self, start: Start, footing: Footing, terms: Terms, recorder: Recorder, run: str
    ) -> None:
        self.start = start
        self.footing = footing
        self.terms = terms
        self.recorder = recorder
        self.run = run
        self.paced = footing.acks if terms.paced is None else terms.paced
        platform = (
            "tektii" if self.paced and terms.platform == "mock" else terms.platform
        )
        key = start.key if terms.key else None
        settings = GatewaySettings(
            platform=platform,
            port=0,
            api_key=key,
            drain_seconds=0.2,
            exit_state_file="/nonexistent/none",
        )
        self.server = PlayedServer(settings, recorder, run)
        self.server.provider.books.balance = terms.balance
        self.server.provider.lot = start.profile.lot
        self.stream = self.server.stream
        self.provider = self.server.provider
        self.stream.paced = self.paced
        began = terms.began or footing.began
        began = began or beginning(footing.timeframe, datetime.now(UTC))
        path = terms.path or footing.path
        symbol = footing.symbol
        self.market = Market(path, symbol, footing.timeframe, platform, began)
        self.server.markets[symbol] = self.market
        self.provider.prices.move(symbol, path.close(-1))
        self.process: StrategyProcess | None = None
        self.folder = File(tempfile.mkdtemp(prefix="conformance-strategy-"))
        """Where the strategy may keep what outlives its process; ours alone."""
        self.missed: list[str] = []
        """Event ids that were not acknowledged in time."""
        self._port = 0

    # --- being there, being away ---

    async def open(self) -> None:
        """Listens."""
        await self.server.start(self._port)
        self._port = int(self.server.url.rpartition(":")[2])

    def listen_at(self, port: int) -> None:
        """Where it will listen; it takes a free port otherwise."""
        self._port = port

    async def leave(self) -> None:
        """Goes away: nobody listens, every connection is reset."""
        self.recorder.note("the Gateway goes away", name="away", facts=self._mark)
        self.stream.end(How.RST)
        await self.server.stop()

    async def shut_down(self) -> None:
        """Goes away in good order, as the Gateway does that is told to end."""
        self.recorder.note("the Gateway shuts down", name="away", facts=self._mark)
        for client in self.stream.open:
            client.ended = ("us", 1001)
        # Whoever dials again at once is refused, as at the real one.
        await self.server.deafen()
        await self.server.shutdown()

    async def come_back(self) -> None:
        """Listens again where it was; its books are what they were."""
        self.server.handlers.shutting_down = False
        await self.server.start(self._port)
        self.recorder.note("the Gateway is back", name="back", facts=self._mark)

    async def close(self) -> None:
        """Ends the strategy's process and the server."""
        if self.process is not None:
            await self.process.kill()
            with suppress(TimeoutError):
                await self.process.gone(2)
        await self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _mark(self) -> Json:
        return {"run": self.run}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    # --- the strategy's life ---

    async def launch(self) -> None:
        """Starts the strategy; SubjectExited where it cannot be started at all."""
        self.process = StrategyProcess(
            self.start.command, self.recorder, self.run, self.server.news.tell
        )
        await self.process.begin(self._variables(), self.start.folder)

    def _variables(self) -> dict[str, str]:
        """The environment of the strategy's process."""
        profile = self.start.profile
        key = self.start.key if self.terms.key else None
        folder = str(self.folder)
        declared = {
            name: value.replace("{folder}", folder)
            for name, value in {**profile.environment, **self.terms.environment}.items()
        }
        return environment_for(self.start.user, self.url, key, declared)

    async def connected(self, count: int = 1, seconds: float | None = None) -> bool:
        """Waits until the strategy's stream was opened so often; whether it was."""
        budget = self.start.profile.start_seconds if seconds is None else seconds
        return await self.wait(lambda: self.stream.opened >= count, budget)

    async def attached(self, count: int = 1) -> None:
        """Starts the strategy and waits until its stream was opened so often.

        Raises SubjectExited or StepFailed where it never comes.
        """
        await self.launch()
        if await self.connected(count):
            return
        if self.ended:
            assert self.process is not None
            tail = "\n".join(self.process.log[-12:])
            raise SubjectExited(self.start.command, self.process.exit_status, tail)
        waited = self.start.profile.start_seconds
        raise StepFailed("the strategy's stream", f"nothing within {waited:g} s", False)

    async def kill(self) -> None:
        """Ends the strategy as a machine does that fails."""
        assert self.process is not None
        self.tell_process(signal.SIGKILL)
        await self.gone(5)

    @property
    def start_seconds(self) -> float:
        """How long the strategy may take to connect."""
        return self.start.profile.start_seconds

    @property
    def refusals(self) -> int:
        """How often the strategy was told that its key is wrong."""
        return self.server.unauthorized

    @property
    def ended(self) -> bool:
        """Whether the strategy's process has ended."""
        return self.process is not None and self.process.exit_status is not None

    def tell_process(self, number: signal.Signals) -> None:
        """Sends the strategy a signal."""
        assert self.process is not None
        self.process.tell(number)

    async def has_ended(self, seconds: float) -> bool:
        """Whether its process ended, or will that has let go of its stream."""
        if not self.stream.open:
            await self.wait(lambda: bool(self.stream.open), seconds)
        return self.ended

    async def gone(self, seconds: float) -> bool:
        """Waits for the strategy's end; whether it came in time."""
        assert self.process is not None
        return await self.process.gone(seconds)

    # --- waiting ---

    async def wait(self, seen: Callable[[], bool], seconds: float) -> bool:
        """Waits until `seen` holds, or the strategy has ended; whether it holds."""
        await self.server.news.wait(lambda: seen() or self.ended, seconds)
        return seen()

    @property
    def seconds(self) -> float:
        """Seconds since the transcript began."""
        return self.recorder.now

    async def quiet(self, seconds: float) -> None:
        """Lets time pass: what could still come may come."""
        await asyncio.sleep(seconds)

    # --- the market ---

    @property
    def breath(self) -> float:
        """Seconds that a strategy has between its return and the next bar."""
        return BREATH_SECONDS

    async def feed(self, bars: int = 1) -> None:
        """Tells the next bars, each when the one before has been digested."""
        for _ in range(bars):
            if self.ended:
                return
            await self._bar()

    def rewind(self) -> None:
        """The market goes through the bars before the entry once more, later."""
        turn = max(self.footing.turn, 1)
        into = self.market.next % turn
        self.market.next += turn - into

    async def until(self, seen: Callable[[], bool], bars: int | None = None) -> bool:
        """Tells bars until `seen` holds; whether it does after so many."""
        for _ in range(self.footing.patience if bars is None else bars):
            if seen() or self.ended:
                break
            await self._bar()
        return seen()

    async def _bar(self) -> None:
        market, prices = self.market, self.provider.prices
        bar = market.bar(market.next)
        market.next += 1
        prices.move(market.symbol, bar.open)
        self.provider.meet()
        for price in (bar.low, bar.high, bar.close):
            prices.move(market.symbol, price)
            self.provider.meet(resting=True)
        stamp = {"timestamp": instants.text_of(datetime.now(UTC))}
        if "quote" in self.footing.feeds:
            self.stream.tell(
                {"type": "quote", "quote": market.quote_json(bar), **stamp}
            )
        if "candle" in self.footing.feeds:
            told = {"type": "candle", "bar": market.bar_json(bar), **stamp}
            self.stream.tell(told, bar=bar.index)
        if self.stream.open:
            market.shown = bar.index
        await self.digested()
        if not self.paced and self._pending():
            # On a live account a fill comes before the next bar does.
            self.provider.meet()
            await self.digested()

    def _pending(self) -> bool:
        return any(o.live for o in self.provider.books.orders.values())

    async def digested(self) -> None:
        """Waits until the strategy is done with what it was told."""
        if not self.stream.open:
            await asyncio.sleep(FLOOR_SECONDS)
        elif self.paced:
            await self._acknowledged()
        elif self.footing.confirms:
            await self.wait(lambda: self.stream.acks >= self.stream.told, BUSY_SECONDS)
            await self._calm(0)
        else:
            await self._calm(FLOOR_SECONDS)

    async def _acknowledged(self) -> None:
        stream = self.stream
        if not await self.wait(
            lambda: not stream.awaited or not stream.open, ACK_SECONDS
        ):
            self.recorder.note(
                f"{len(stream.awaited)} events not acknowledged in {ACK_SECONDS} s",
                name="unacknowledged",
                facts={"run": self.run, "events": sorted(stream.awaited)},
            )
            self.missed += sorted(stream.awaited)
            stream.awaited.clear()
        if self.terms.hold:
            await asyncio.sleep(self.terms.hold)
        await self.wait(lambda: not self.server.in_flight, BUSY_SECONDS)

    async def _calm(self, floor: float) -> None:
        """Until no request has come for a moment, or one takes too long."""
        began = time.monotonic()
        while (now := time.monotonic()) < began + BUSY_SECONDS:
            since = now - max(self.server.answered_at, began)
            if not self.server.in_flight and since >= max(CALM_SECONDS, floor):
                return
            if self.footing.confirms and not self.server.in_flight:
                return
            await asyncio.sleep(0.005)

    # --- the venue ---

    @property
    def books(self) -> Books:
        return self.provider.books

    @property
    def held(self) -> Decimal:
        """The signed quantity held of the symbol that is fed."""
        return self.books.held(self.market.symbol)

    @property
    def submits(self) -> list[Submit]:
        """The orders that the strategy asked for."""
        return self.server.submits

    def entries(self) -> list[Submit]:
        """Those on the side that it enters with."""
        return [s for s in self.submits if s.side == self.footing.side]

    def exits(self) -> list[Submit]:
        """Those on the other side."""
        return [s for s in self.submits if s.side not in ("", self.footing.side)]

    def expect(self, outcome: Outcome, which: Which = every, times: int = 1) -> None:
        """What becomes of the next orders that fit."""
        self.provider.expected.append(Expected(outcome, which, times))

    def opens(self, terms: Any) -> bool:
        """Whether an order is one that opens, by its side."""
        return bool(terms.side == self.footing.side)

    def closes(self, terms: Any) -> bool:
        """Whether an order is one that closes, by its side."""
        return bool(terms.side != self.footing.side)

    def close_elsewhere(self, share: Decimal = Decimal(1)) -> None:
        """Somebody else closes so much of the position, at once, and it is told.

        It is an order that the strategy knows nothing of, as from the broker's page.
        """
        self.provider.elsewhere(self.market.symbol, share)

    def live_orders(self) -> list[Order]:
        """The orders that have not ended."""
        return [o for o in self.books.orders.values() if o.live]

    def lose(self, share: Decimal) -> None:
        """So much of the equity is gone from the account, and it is told.

        A position of a tenth of the account cannot lose that much by its price: it is
        as if a fee or another position had taken it. REST and stream agree.
        """
        provider = self.provider
        provider.lose(share)
        told = provider.rendering.account(provider.books, provider.prices)
        self.tell({"type": "account", "event": "BALANCE_UPDATED", "account": told})

    async def within(self, seen: Callable[[], bool], seconds: float) -> bool:
        """Waits until `seen` holds or the time is over; whether it holds.

        Bars go on as long as none of them would make the strategy leave anyway.
        """
        end = time.monotonic() + seconds
        for _ in range(self._spare()):
            if seen() or self.ended or time.monotonic() > end:
                break
            await self._bar()
        if not seen():
            await self.wait(seen, max(0.0, end - time.monotonic()))
        return seen()

    def _spare(self) -> int:
        """Bars before the one on which it leaves where nothing goes wrong."""
        left = self.footing.exit - self.market.next
        return left if left > 0 else 1

    async def pull(self, switch: KillSwitch) -> None:
        """Pulls the declared kill switch: sends the signal, or runs the command."""
        if switch.signal:
            self.tell_process(signal.Signals[switch.signal])
            return
        assert self.process is not None
        variables = self._variables()
        variables |= {"STRATEGY_PID": str(self.process.pid or "")}
        found = Child(switch.command.replace("{folder}", str(self.folder)))
        await found.spawn(variables, self.start.folder)
        await found.ended(switch.seconds)
        await found.kill()

    def beside(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Does something while the script goes on."""
        return asyncio.ensure_future(work)

    def charge(self, amount: Decimal) -> None:
        """A financing charge is booked, and told."""
        now = datetime.now(UTC)
        self.books.balance -= amount
        self.tell(
            {
                "type": "financing",
                "symbol": self.market.symbol,
                "amount": text_of(-amount),
                "currency": "USD",
                "transaction_time": instants.text_of(now),
            }
        )

    # --- what it writes ---

    @property
    def printed(self) -> tuple[str, ...]:
        """The lines that it has printed."""
        return () if self.process is None else self.process.log

    @property
    def memory(self) -> int | None:
        """Bytes that its process takes."""
        return None if self.process is None else self.process.memory

    def written(self, records: Records | None) -> str:
        """What stands in its declared file of records; its end, if that is long."""
        return "" if records is None else self._read(records.file)[-20_000:]

    def alert_size(self) -> int:
        """How long its declared file of alarms is."""
        alert = self.start.profile.alert
        return 0 if alert is None else len(self._read(alert.file))

    def _read(self, name: str) -> str:
        path = self.start.folder / name.replace("{folder}", str(self.folder))
        if not name or not path.is_file():
            return ""
        return path.read_text(encoding="utf-8", errors="replace")

    async def wait_often(self, seen: Callable[[], bool], seconds: float) -> None:
        """Waits for what nobody tells us of, such as a file that grows."""
        end = time.monotonic() + seconds
        while not seen() and time.monotonic() < end:  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(0.05)

    # --- the wire ---

    def on(
        self,
        method: str,
        path: str,
        conduct: Cut | Hold | Status,
        *,
        where: Where = any_body,
        times: int = 1,
    ) -> None:
        """What is done with the next requests that fit; `path` is an expression."""
        self.server.plans.append(
            Planned(method, re.compile(path), conduct, where, times)
        )

    def no_more(self) -> None:
        """Nothing is planned any more."""
        self.server.plans.clear()
        self.provider.expected.clear()

    def tell(self, message: dict[str, Json], *, deliberate: bool = False) -> str | None:
        """Sends one message on the stream, stamped; its event id where it has one."""
        stamp = {"timestamp": instants.text_of(datetime.now(UTC))}
        return self.stream.tell({**stamp, **message}, deliberate=deliberate)

    def tell_plain(self, message: dict[str, Json]) -> None:
        """Sends one message that is never acknowledged: it has no id in a backtest."""
        stamp = {"timestamp": instants.text_of(datetime.now(UTC))}
        self.stream.tell_text(json.dumps({**message, **stamp}))
        # A strategy that confirms events confirms no heartbeat.
        self.stream.acks += 1

    def tell_absurd(self, factor: Decimal) -> None:
        """Tells the next bar at prices that cannot be; the venue trades as before."""
        market = self.market
        market.factor, bar = factor, market.next
        told = {"type": "candle", "bar": market.bar_json(market.bar(bar))}
        market.factor = Decimal(1)
        market.next += 1
        self.tell(told)

    def repeat_bar(self) -> None:
        """Tells the last bar once more, under another id."""
        bar = self.market.bar(self.market.next - 1)
        self.tell({"type": "candle", "bar": self.market.bar_json(bar)})

    def note(self, name: str, text: str = "", **facts: Json) -> None:
        """Marks a place in the transcript that checks look for."""
        self.recorder.note(text or name, name=name, facts={"run": self.run, **facts})
