"""The Gateway is killed under a strategy that holds something, and started again."""

from conformance.peers.pair.gateway import PairGateway
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.strategy.restarts import (
    DOWN_SECONDS,
    RETURN_SECONDS,
    it_goes_on_as_if_never_away,
)

__all__ = ["NEEDS", "it_goes_on_as_if_never_away", "script"]
# Its check is that of a restart in good order: to the strategy it makes no difference.

NEEDS = StrategyNeeds(closes=True, seconds=90)


async def script(strategy: Encounter) -> None:
    """It is gone without a word; what it leads to is there all along."""
    async with strategy.gateway(run="killed-") as gateway:
        assert isinstance(gateway, PairGateway)
        if not await gateway.until(lambda: bool(gateway.held)):
            return
        await gateway.digested()
        await gateway.crash()
        await gateway.wait(lambda: False, DOWN_SECONDS)
        await gateway.come_back()
        if await gateway.wait(lambda: bool(gateway.stream.open), RETURN_SECONDS):
            await gateway.connected(1, 1.0)
            gateway.note("again", "it is there again")
            await gateway.rested()
            await gateway.feed(2 * max(gateway.footing.turn, 10))
        gateway.note("waited", "so long it was waited for")
