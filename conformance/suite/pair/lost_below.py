"""The Engine takes an order, and its answer is lost on the way to the Gateway."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.pair import sent_again, submits
from conformance.peers.engine.conduct import Conduct, Cut, How, Status, When
from conformance.peers.engine.engine import ORDERS
from conformance.peers.pair.gateway import PairGateway
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.check import check
from conformance.suite.strategy.unknown_outcome import (
    ENDING_SECONDS,
    it_finds_out_first,
)

__all__ = ["NEEDS", "it_finds_out_first", "script", "what_may_exist_is_not_sent_again"]
# The duty's check is that of an answer that was lost above: the outcome is unknown.

NEEDS = StrategyNeeds(closes=True)

CASES: dict[str, Conduct] = {
    "reset": Cut(When.ACCEPTED, How.RST),
    "half": Cut(When.ANSWERED, How.FIN),
    "told-503": Status(503, "", booked=True),
}


async def script(strategy: Encounter) -> None:
    """The answer to the entry is lost in each way; the market goes on."""
    await strategy.side_by_side(*(lost(strategy, name) for name in CASES))


async def lost(strategy: Encounter, name: str) -> None:
    """One answer is lost; who ends on it is started again."""
    async with strategy.gateway(run=f"below-{name}-") as gateway:
        assert isinstance(gateway, PairGateway)
        gateway.below("POST", ORDERS, CASES[name])
        if not await gateway.until(lambda: bool(gateway.submits)):
            return
        await gateway.feed(3)
        if await gateway.has_ended(ENDING_SECONDS):
            gateway.rewind()
            await gateway.attached()
        await gateway.feed(2 * max(gateway.footing.turn, 10))


@check("ORD-83", occurs="the venue took an order and its answer was lost")
def what_may_exist_is_not_sent_again(transcript: Transcript) -> Iterator[Observation]:
    lost_calls = [c for c in submits(transcript) if c.status is None or c.status >= 500]
    yield from (occurred(call.asked) for call in lost_calls)
    for again in sent_again(transcript) if lost_calls else ():
        yield finding(
            f"The venue took an order and its answer was lost; the Gateway sent it "
            f"{again.told}.",
            *again.asked,
            *again.sent,
            cause="Is a submit tried again as if it were a reading?",
            key="sent again",
        )
