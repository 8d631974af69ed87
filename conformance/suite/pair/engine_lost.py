"""The Engine breaks off under a strategy that holds a position."""

from conformance.peers.engine.conduct import How
from conformance.peers.pair.gateway import PairGateway
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.gateway.pacing_break import (
    a_broken_run_is_not_told_complete,
    the_strategy_hears_of_the_break,
)

__all__ = [
    "NEEDS",
    "a_broken_run_is_not_told_complete",
    "script",
    "the_strategy_hears_of_the_break",
]
# Its checks are the Gateway's own: they read a break wherever it was played.

NEEDS = StrategyNeeds()

WORD_SECONDS = 3.0
"""How long the Gateway may take to say a word of it."""


async def script(strategy: Encounter) -> None:
    """It holds something, and the stream below its Gateway is reset."""
    async with strategy.gateway(run="broken-") as gateway:
        assert isinstance(gateway, PairGateway)
        if not await gateway.until(lambda: bool(gateway.held)):
            return
        await gateway.digested()
        await gateway.break_off(How.RST)
        await gateway.wait(lambda: False, WORD_SECONDS)
