"""How a strategy comes back from a Gateway that was away for a minute."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.check import check
from conformance.suite.strategy.reconnects import LIVE, back, comes_back, lost

NEEDS = StrategyNeeds(trades=False, slow=True, seconds=150)

AWAY_SECONDS = 60.0
"""Long enough for every backoff to have reached its longest pause."""


async def script(strategy: Encounter) -> None:
    """Nobody listens for a minute."""
    async with strategy.gateway(LIVE, run="minute-") as gateway:
        await gateway.feed(2)
        if not await lost(gateway, f"a port that was closed for {AWAY_SECONDS:g} s"):
            return
        await gateway.leave()
        await gateway.wait(lambda: False, AWAY_SECONDS)
        await gateway.come_back()
        await back(gateway)


@check("DUT-67", occurs="its Gateway was away for a minute, and there again")
def it_comes_back_from_a_minute(transcript: Transcript) -> Iterator[Observation]:
    yield from comes_back(transcript)
