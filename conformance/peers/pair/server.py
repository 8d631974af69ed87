"""What a script of a pair has in hand where it had a played Gateway before."""

import time
from dataclasses import dataclass

from conformance.errors import RunError
from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.exchange import parsed
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import How, Refuse, Status
from conformance.peers.pair.marked import Marked
from conformance.peers.pair.passing import Conduct, Passing, event_of
from conformance.peers.pair.relay import Relay
from conformance.peers.pair.venue import PairDesk, PairEngine, PairProvider
from conformance.peers.strategy.market import Market
from conformance.peers.strategy.server import PlayedServer
from conformance.peers.strategy.stream import PlayedStream
from conformance.peers.wiretap import Numbers, Seen
from conformance.reference.settings import GatewaySettings


@dataclass(eq=False)
class NotPlayable(RunError):
    """A real Gateway on an Engine cannot be made to do what a script wants."""

    reason: str

    def __str__(self) -> str:
        return f"a pair cannot be played this: {self.reason}"


class PairStream(PlayedStream):
    """The strategy's streams, as far as a script has them in hand."""

    passed: set[str]
    """Event ids that the Gateway passed on to the strategy."""
    confirmed: set[str]
    """Event ids that the strategy has acknowledged."""

    def end(self, how: How | int) -> int:
        found = tuple(self.open)
        self.open.clear()
        for connection in found:
            connection.cut(how)  # type: ignore[attr-defined]
        self.awaited.clear()
        return len(found)

    def tell_text(
        self, text: str, *, deliberate: bool = False, bar: int | None = None
    ) -> None:
        raise NotPlayable(f"the Gateway does not say {text[:60]} on demand")

    def expect(self, event_id: str) -> None:
        """An event was told below that somebody above is to acknowledge."""
        if self.open:
            self.told += 1
            self.awaited.add(event_id)


class PairServer(PlayedServer):
    """The way to the real Gateway, and the Engine below that."""

    provider_class = PairProvider
    stream_class = PairStream
    provider: PairProvider
    stream: PairStream

    def __init__(self, settings: GatewaySettings, recorder: Recorder, run: str) -> None:
        super().__init__(settings, recorder, run)
        self.stream.passed, self.stream.confirmed = set(), set()
        marked = Marked(recorder, run)
        self.engine = PairEngine(marked, lambda: self.fed, self._acked)
        told = self.stream.expect
        desk = PairDesk(marked, self.engine.say, self.provider, run, told)
        self.engine.desk = self.provider.desk = desk
        self.provider.refusals = []
        self.numbers = Numbers(run, iter(recorder.next_exchange, 0))
        self.relay = Relay(self.numbers, self)
        self.opened_at = 0.0
        self.bars: dict[str, int] = {}
        """Which bar each candle's event id tells."""
        self._asking: dict[int, tuple[str, str, Json, int]] = {}

    @property
    def fed(self) -> Market:
        """The market that the strategy is fed with."""
        return next(iter(self.markets.values()))

    async def start(self, port: int | None = None) -> None:
        await self.relay.listen(port or 0)
        self.url = f"http://127.0.0.1:{self.relay.port}"

    async def stop(self) -> None:
        await self.relay.close()

    async def deafen(self) -> None:
        await self.relay.deafen()

    def _acked(self, ids: tuple[str, ...]) -> None:
        self.stream.awaited.difference_update(ids)
        self.news.tell()

    # --- what the relay asks ---

    def refusal(self) -> int | None:
        """What upgrades are answered with; None lets them through."""
        return 0 if self.stream.reset else self.stream.refuse

    def conduct(self, request: Seen) -> Conduct | None:
        """What is done with a request; a venue's refusal the Engine says."""
        body = parsed(request.data["body"] or "")
        plan = self.planned(request.data["method"], request.data["target"], body)
        if plan is None:
            return None
        if isinstance(plan.conduct, Status) and plan.conduct.status == 422:
            told = parsed(plan.conduct.text) or {}
            code = (told.get("details") or {}).get("reject_code")
            self.provider.refusals.append(Refuse(str(told.get("message")), code))
            return None
        return plan.conduct

    def saw(self, connection: Passing, seen: Seen) -> None:
        """Writes down what crossed, and keeps what scripts ask for."""
        data = seen.data | self._known(seen)
        entry = self.recorder.add(seen.party, seen.kind, **data)
        match seen.kind:
            case Kind.REQUEST:
                self._asked(seen, entry.number)
            case Kind.RESPONSE | Kind.NO_RESPONSE:
                self._answered_or_not(seen)
            case Kind.MESSAGE:
                self._said(seen)
            case Kind.OPENED:
                self._opened(connection)
            case Kind.REFUSED:
                self.stream.attempts += 1
                self.unauthorized += seen.data["status"] == 401
            case Kind.CLOSED:
                self._gone(connection)
        self.news.tell()

    # --- what is kept ---

    def _known(self, seen: Seen) -> dict[str, Json]:
        """What we know of it beyond its bytes."""
        if seen.kind is Kind.NOTE:
            return {"facts": {**(seen.data.get("facts") or {}), "run": self.run}}
        found: dict[str, Json] = {"run": self.run}
        if seen.kind is Kind.REQUEST:
            found["bar"] = self.bar
        elif seen.kind is Kind.RESPONSE:
            found["deliberate"] = seen.data.get("deliberate", False)
        elif seen.kind is Kind.MESSAGE and seen.party is Party.GATEWAY:
            found["bar"] = self.bars.get(str(event_of(seen).get("event_id")))
        return found

    def _asked(self, seen: Seen, entry: int) -> None:
        self.in_flight += 1
        method, target = seen.data["method"], seen.data["target"]
        body = parsed(seen.data["body"] or "")
        self.note_symbol(target, body)
        self._asking[seen.data["exchange"]] = (method, target, body, entry)

    def _answered_or_not(self, seen: Seen) -> None:
        asked = self._asking.pop(seen.data["exchange"], None)
        if asked is None:
            return
        self.in_flight -= 1
        self.answered_at = time.monotonic()
        status, told = seen.data.get("status"), seen.data.get("body")
        self.unauthorized += status == 401
        method, target, body, entry = asked
        self.submitted(method, target, body, status, told, entry)

    def _said(self, seen: Seen) -> None:
        event = event_of(seen)
        if seen.party is Party.GATEWAY:
            self.stream.passed.add(str(event.get("event_id")))
        elif event.get("type") == "event_ack":
            self.stream.acks += 1
            ids = event.get("events_processed")
            if isinstance(ids, list):
                self.stream.confirmed.update(map(str, ids))

    def _opened(self, connection: Passing) -> None:
        self.stream.attempts += 1
        self.stream.opened += 1
        self.opened_at = time.monotonic()
        self.stream.open.append(connection)  # type: ignore[arg-type]
        if self.stream.slams:
            self.stream.end(1001)

    def _gone(self, connection: Passing) -> None:
        found = [c for c in self.stream.open if c is not connection]  # type: ignore[comparison-overlap]
        self.stream.open[:] = found
        if not found:
            self.stream.awaited.clear()
