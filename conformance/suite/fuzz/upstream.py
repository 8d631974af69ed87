"""What both upstream fuzzers share: a Gateway that is replaced where it ended."""

from dataclasses import dataclass, field

from conformance.peers.played import Played
from conformance.peers.stream import PlayedStream
from conformance.suite.fuzz.deaths import is_gone, tell_death

MOST_FRESH = 5
"""Gateways that are used up under one script before it ends."""

DYING_SECONDS = 0.3


@dataclass
class Below:
    """One Gateway between the strategy and an Engine that says nonsense."""

    strategy: Played
    stream: PlayedStream
    fresh: int = 0
    acknowledged: set[str] = field(default_factory=set)

    @classmethod
    async def begun(cls, strategy: Played) -> "Below":
        """With a stream, over an Engine whose orders fill by hand."""
        strategy.engine.by_hand = True
        return cls(strategy, await _linked(strategy, "stream-1"))

    @property
    def over(self) -> bool:
        """Whether no more is worth trying."""
        return self.fresh >= MOST_FRESH

    async def acknowledge_all(self) -> None:
        """Says of everything heard that it was processed."""
        told = [
            heard.json.get("event_id")
            for heard in self.stream.heard
            if isinstance(heard.json, dict)
        ]
        new = [
            t for t in told if isinstance(t, str) and t and t not in self.acknowledged
        ]
        if new:
            self.acknowledged |= {*new}
            await self.strategy.acknowledge(self.stream, *new)

    async def replace(self, case: str) -> None:
        """A fresh Gateway, which says where the last one died of this case."""
        strategy = self.strategy
        died = await is_gone(strategy, DYING_SECONDS)
        if died:
            tell_death(strategy)
            strategy.note("upstream-culprit", case, case=case)
        self.fresh += 1
        if strategy.subject.shared:
            self.fresh = MOST_FRESH if died else self.fresh
            return
        await strategy.instance.kill()
        await strategy.start()
        self.stream = await _linked(strategy, f"stream-{self.fresh + 1}")


async def _linked(strategy: Played, name: str) -> PlayedStream:
    links = strategy.engine.links
    stream = await strategy.stream(name)
    await strategy.engine.linked(max(1, links + 1) if links else 1)
    return stream
