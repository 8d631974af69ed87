"""The Engine breaks off under a strategy that holds a position."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation
from conformance.peers.engine.conduct import How
from conformance.peers.pair.gateway import PairGateway
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.check import check
from conformance.suite.gateway.pacing_break import (
    a_broken_run_is_not_told_complete,
    the_strategy_hears_of_the_break,
)

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


@check("PAC-16", occurs="the Engine's stream ended before the backtest was complete")
def a_break_is_not_told_as_the_end(transcript: Transcript) -> Iterator[Observation]:
    yield from a_broken_run_is_not_told_complete(transcript)


@check("PAC-20", occurs="the Engine's stream ended before the backtest was complete")
def a_break_is_told(transcript: Transcript) -> Iterator[Observation]:
    yield from the_strategy_hears_of_the_break(transcript)
