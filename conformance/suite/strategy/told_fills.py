"""What a strategy makes of fills that are told twice, late, or are not its own."""

from collections.abc import Iterator
from typing import Any

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.comparison import difference
from conformance.judge.strategy.runs import runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.retold import FOREIGN, once_more, somebody_elses
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True)

TWICE, OTHERS = "twice-", "others-"


async def script(strategy: Encounter) -> None:
    """Its own fill once more and late in part; somebody else's whole trade."""
    await strategy.side_by_side(twice(strategy), others(strategy))


async def twice(strategy: Encounter) -> None:
    """What was told of its fill is told again, and then a part of it, too late."""
    async with strategy.gateway(run=TWICE) as gateway:
        if not await gateway.until(lambda: bool(gateway.held)):
            return
        await gateway.digested()
        await told(gateway, once_more(gateway), "its fill was told twice")


async def others(strategy: Encounter) -> None:
    """Somebody else buys and holds, on the same account."""
    async with strategy.gateway(run=OTHERS) as gateway:
        await gateway.feed()
        await told(gateway, somebody_elses(gateway), "somebody else traded")


async def told(
    gateway: PlayedGateway, messages: Iterator[dict[str, Any]], what: str
) -> None:
    """Tells one after the other, and then the market goes on."""
    for message in messages:
        gateway.tell(message, deliberate=True)
        await gateway.digested()
    gateway.note("all-told", what)
    await gateway.feed(gateway.footing.patience)


@check("DUT-25", occurs="its fill was told twice, and the market went on")
def a_fill_counts_once(transcript: Transcript) -> Iterator[Observation]:
    cause = "Is every message of a fill added to what is held?"
    what = "Once its fill had been told twice, and a part of it late,"
    yield from compared(transcript, TWICE, what, cause)


@check("DUT-26", occurs="somebody else's fill was told, and the market went on")
def anothers_fill_is_none_of_its_own(transcript: Transcript) -> Iterator[Observation]:
    cause = "Are orders of other ids and symbols taken for its own?"
    what = f"Once somebody else had bought 3 {FOREIGN},"
    yield from compared(transcript, OTHERS, what, cause)


def compared(
    transcript: Transcript, name: str, what: str, cause: str
) -> Iterator[Observation]:
    """Whether it trades as it does where nothing of this is told."""
    for run in runs(transcript):
        mark = run.note("all-told")
        if run.name != name or mark is None:
            continue
        yield occurred(mark, *run.bars[-1:])
        differs = difference(run, orders=2)
        if run.died is not None:
            ended = f"it ended with status {run.died.data['status']}"
            yield finding(f"{what} {ended}.", mark, run.died, cause=cause, key="died")
        elif differs is not None:
            shown = (asked.exchange for asked in run.asked[:2])
            yield finding(f"{what} {differs}.", mark, *shown, cause=cause, key=name)
