"""A real Gateway under a script's hand, as far as what is around it can move it."""

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path as File

from conformance.errors import SubjectExited
from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Conduct, How
from conformance.peers.engine.server import Planned
from conformance.peers.instances import Instance, Subject
from conformance.peers.pair.looking import missing, on_engine
from conformance.peers.pair.server import NotPlayable, PairServer
from conformance.peers.pair.venue import bar_of
from conformance.peers.strategy.footing import Footing, Start
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.terms import Terms
from conformance.reference.settings import GatewaySettings
from conformance.venue.paths import Bar

LINK_SECONDS = 5.0
"""How long a Gateway may take to look for its Engine once a strategy has come."""

SETTLED_SECONDS = 0.05
"""How long after its upgrade a strategy is surely among those that are told."""

ENDING_SECONDS = 10.0

NOT_PASSED_ON, ACK_KEPT = "not-passed-on", "ack-kept"
"""The names of the notes of what the Gateway failed to do."""


class PairGateway(PlayedGateway):
    """A process of its own between our relay and our Engine."""

    server: PairServer

    def __init__(
        self,
        subject: Subject,
        start: Start,
        footing: Footing,
        terms: Terms,
        recorder: Recorder,
        run: str,
    ) -> None:
        super().__init__(start, footing, terms, recorder, run)
        # An Engine waits for acknowledgements, whatever a script would have liked;
        # for one that never gives any, it does not.
        self.paced = footing.acks or bool(terms.paced)
        self._subject = subject
        self._instance: Instance | None = None
        self._asked_to_end = False
        self._home = File(tempfile.mkdtemp(prefix="conformance-pair-"))

    def serve(self, settings: GatewaySettings) -> PairServer:
        return PairServer(settings, self.recorder, self.run)

    # --- there, away, there again ---

    async def open(self) -> None:
        """The Engine, the Gateway on it, and the way to that."""
        if self.terms.platform != "mock":
            raise NotPlayable(f"the platform {self.terms.platform}")
        await self.server.engine.listen()
        await self._begin()
        await super().open()

    async def _begin(self) -> None:
        """Starts the Gateway; ProviderMissing where its build has not this one."""
        environment = self._environment()
        name = f"{self.recorder.header.script} {self.run}"
        try:
            self._instance = await self._subject.start(
                name, environment, folder=self._home
            )
        except SubjectExited as error:
            raise missing(error, environment) from error
        self._asked_to_end = False
        port = int(self._instance.address.url.rpartition(":")[2])
        self.server.relay.target = ("127.0.0.1", port)

    def _environment(self) -> dict[str, str]:
        market = self.market
        address = f"127.0.0.1:{self.server.engine.port}"
        told = on_engine(address, market.symbol, market.timeframe)
        return told | ({"GATEWAY_API_KEY": self.start.key} if self.terms.key else {})

    async def leave(self) -> None:
        """Goes away: nobody listens, every connection is reset."""
        self.recorder.note("the Gateway goes away", name="away", facts=self._mark)
        await self.server.deafen()
        self.stream.end(How.RST)
        self.server.relay.cut(How.RST)

    async def shut_down(self) -> None:
        """The Gateway is told to end, and does it in its own order."""
        self.recorder.note("the Gateway shuts down", name="away", facts=self._mark)
        await self.server.deafen()
        assert self._instance is not None
        self._asked_to_end = True
        await self._instance.terminate()
        await self._instance.ended(ENDING_SECONDS)

    async def crash(self) -> None:
        """The Gateway is killed: no word, no state written."""
        self.recorder.note("the Gateway is killed", name="away", facts=self._mark)
        assert self._instance is not None
        self._asked_to_end = True
        self.server.relay.target = None
        await self._instance.kill()

    async def come_back(self) -> None:
        """Can be reached again where it was; started anew if it had ended."""
        assert self._instance is not None
        if self._instance.exit_status is not None and self._asked_to_end:
            await self._subject.release(self._instance)
            await self._begin()
        await self.server.start(self._port)
        self.recorder.note("the Gateway is back", name="back", facts=self._mark)

    async def close(self) -> None:
        """Ends the strategy, the way, the Gateway and the Engine."""
        await self.end_strategy()
        await self.server.stop()
        if self._instance is not None:
            self._tell_death(self._instance)
            await self._subject.release(self._instance)
        await self.server.engine.stop()
        for folder in (self.folder, self._home):
            shutil.rmtree(folder, ignore_errors=True)

    def _tell_death(self, instance: Instance) -> None:
        """Writes down that the Gateway ended without being asked to."""
        if instance.exit_status is None or self._asked_to_end:
            return
        self.recorder.add(
            Party.GATEWAY,
            Kind.PROCESS,
            run=self.run,
            event="died",
            status=instance.exit_status,
            detail="\n".join(instance.log[-20:]),
        )

    # --- the strategy at it ---

    async def connected(self, count: int = 1, seconds: float | None = None) -> bool:
        """Waits for the strategy's stream, and for the Gateway's link to its Engine."""
        found = await super().connected(count, seconds)
        if found:
            engine = self.server.engine
            await engine.news.wait(lambda: engine.linked, LINK_SECONDS)
        return found

    async def _bar(self) -> None:
        since = time.monotonic() - self.server.opened_at
        if since < SETTLED_SECONDS:
            await asyncio.sleep(SETTLED_SECONDS - since)
        await super()._bar()

    def tell_bar(self, bar: Bar) -> None:
        """The Engine tells a bar; what becomes of it is the Gateway's."""
        market, desk = self.market, self.server.engine.desk
        told = bar_of(market, bar)
        event_id = desk.tell(
            "candle", symbol=market.symbol, timeframe=market.timeframe, **told
        )
        self.server.bars[event_id] = bar.index

    def unanswered(self, events: list[str]) -> None:
        """Says of each event that stayed open who had it last."""
        stream = self.server.stream
        lost = [e for e in events if e not in stream.passed]
        kept = [e for e in events if e in stream.confirmed]
        if lost:
            told = "events that the Engine told never came to the strategy"
            self.note(NOT_PASSED_ON, told, events=list[Json](lost))
        if kept:
            told = "what the strategy acknowledged never came to the Engine"
            self.note(ACK_KEPT, told, events=list[Json](kept))
        rest = [e for e in events if e not in {*lost, *kept}]
        if rest:
            super().unanswered(rest)

    # --- what a script says of the account and the market ---

    def lose(self, share: Decimal) -> None:
        """So much of the equity is gone from the account, and the Engine tells it."""
        self.provider.lose(share)
        self.server.engine.desk.tell_account()

    def charge(self, amount: Decimal) -> None:
        raise NotPlayable("an Engine books no financing")

    def tell(self, message: dict[str, Json], *, deliberate: bool = False) -> str | None:
        """Has the Engine say what would make the Gateway say this."""
        kind = message.get("type")
        if kind != "candle" or deliberate:
            raise NotPlayable(f"an Engine cannot have it say {kind}")
        bar = self.market.bar(self.market.next - 1)
        self.tell_bar(bar)
        return None

    def tell_plain(self, message: dict[str, Json]) -> None:
        """A heartbeat comes when the Gateway has one, and other words of it never."""
        if message.get("type") != "ping":
            raise NotPlayable("what a Gateway says of itself")

    def tell_absurd(self, factor: Decimal) -> None:
        """Tells the next bar at prices that cannot be; the venue trades as before."""
        market = self.market
        market.factor, index = factor, market.next
        self.tell_bar(market.bar(index))
        market.factor = Decimal(1)
        market.next += 1

    def below(self, method: str, path: str, conduct: Conduct) -> None:
        """What the Engine does with the next request of the Gateway that fits."""
        plan = Planned(method, re.compile(path), conduct)
        self.server.engine.plans.append(plan)

    async def break_off(self, how: How | int) -> None:
        """The Engine's stream ends in mid-run."""
        self.note(
            "broken", f"the Engine's stream ended: {how}", stream=self.stream_name
        )
        await self.server.engine.links[-1].end(how)

    @property
    def stream_name(self) -> str:
        """How the strategy's newest stream is called in the transcript."""
        return f"{self.run}{self.stream.attempts}"

    def finish(self) -> None:
        """The Engine tells the end of the backtest."""
        self.server.engine.desk.tell("backtest_complete")

    def no_more(self) -> None:
        super().no_more()
        self.server.provider.refusals.clear()


def meeting(subject: Subject) -> Callable[..., PairGateway]:
    """What a strategy meets that is judged together with this Gateway."""

    def meet(*facts: object) -> PairGateway:
        return PairGateway(subject, *facts)  # type: ignore[arg-type]

    return meet
