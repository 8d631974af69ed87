"""A whole backtest on a real Gateway: every event acknowledged, up to the end."""

from conformance.peers.pair.gateway import PairGateway
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.terms import Terms
from conformance.suite.strategy.acknowledgements import (
    HOLD,
    LAST_SECONDS,
    LATE_SECONDS,
    NEEDS,
    RUN,
)

__all__ = ["NEEDS", "script"]


async def script(strategy: Encounter) -> None:
    """Two turns, and the end that the Engine tells."""
    async with strategy.gateway(Terms(paced=True, hold=HOLD), run=RUN) as gateway:
        assert isinstance(gateway, PairGateway)
        await gateway.feed()
        if not await gateway.wait(lambda: gateway.stream.acks > 0, LATE_SECONDS):
            return
        await gateway.until(
            lambda: len(gateway.exits()) > 1 or len(gateway.missed) > 1,
            2 * gateway.footing.patience,
        )
        await gateway.feed(2)
        gateway.note("over", "the backtest is over")
        gateway.finish()
        await gateway.digested()
        gateway.stream.end(1000)
        await gateway.gone(LAST_SECONDS)
        gateway.note("waited", "it had time to end")
