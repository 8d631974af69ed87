"""The Engine as a server: REST out of its books, and the stream to a Gateway."""

import re
from dataclasses import dataclass

from aiohttp import web

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.engine.conduct import Conduct
from conformance.peers.engine.desk import Desk
from conformance.peers.engine.link import Link
from conformance.peers.engine.operations import answer
from conformance.peers.upstream import Answered, Asked, Streaming, UpstreamServer
from conformance.spec.engine_contract import call_fault


@dataclass(frozen=True, slots=True)
class Planned:
    """What is done with the next request that fits."""

    method: str
    path: re.Pattern[str]
    conduct: Conduct

    def fits(self, method: str, target: str) -> bool:
        path = target.partition("?")[0]
        return self.method == method and self.path.fullmatch(path) is not None

    def used(self) -> bool:
        return True


class EngineServer(UpstreamServer):
    """Serves REST and the stream on one port, as long as it is not away."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self.links: list[Link] = []
        self.acknowledged: dict[str, int] = {}
        """How often each event id was acknowledged, in the order of the first time."""
        self.told: list[str] = []
        self.refuse_links: int | None = None
        """The status that the next upgrades are answered with; None grants them."""
        self.desk = Desk(recorder, self.say)
        self._kept: list[dict[str, Json]] = []
        self._runs = 1

    def hand_over(self, recorder: Recorder) -> None:
        """Writes down elsewhere; nothing is planned any more."""
        self.recorder = self.desk.recorder = recorder
        for link in self.links:
            link.recorder = recorder
        self.plans.clear()
        self.desk.by_hand = False
        self.desk.unknown_symbols = frozenset()

    def anew(self) -> None:
        """Empty books; what was acknowledged before belongs to the run before."""
        self._runs += 1
        self.desk = Desk(self.recorder, self.say, f"e{self._runs}-")
        self.acknowledged.clear()
        self.told.clear()
        self._kept.clear()

    # --- the stream ---

    def say(self, message: dict[str, Json], *, deliberate: bool = False) -> None:
        """To the newest link; kept for the next one where there is none."""
        self.told.append(str(message.get("event_id")))
        link = self.links[-1] if self.links else None
        if link is None:
            self._kept.append(message)
        elif link.open:
            link.say(message, deliberate=deliberate)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if self.refuse_links is not None:
            self.recorder.note(f"the Engine refuses its stream: {self.refuse_links}")
            return web.Response(status=self.refuse_links)
        link = Link(len(self.links) + 1, self.recorder, self._on_ack)
        await link.begin(request)
        self.links.append(link)
        kept, self._kept = self._kept, []
        for message in kept:
            link.say(message)
        self.news.tell()
        try:
            return await link.run()
        finally:
            self.news.tell()

    def _on_ack(self, ids: tuple[str, ...]) -> None:
        for name in ids:
            self.acknowledged[name] = self.acknowledged.get(name, 0) + 1
        self.news.tell()

    # --- REST ---

    def _stream(self, request: web.Request) -> Streaming | None:
        return self._link if request.path == "/ws" else None

    def _book(self, asked: Asked) -> Answered:
        request = asked.request
        return answer(self.desk, request.method, request.raw_path, asked.body)

    def _fault(self, asked: Asked) -> str | None:
        request = asked.request
        return call_fault(request.method, request.raw_path, asked.body or None)
