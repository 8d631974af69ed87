"""What a strategy does when its Gateway is restarted."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.comparison import adds
from conformance.judge.strategy.runs import footing, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True, seconds=90)

LIVE = Terms(paced=False)
DOWN_SECONDS = 2.0
RETURN_SECONDS = 35.0


async def script(strategy: Encounter) -> None:
    """It holds a position; the Gateway ends in good order, and is there again."""
    async with strategy.gateway(LIVE, run="restart-") as gateway:
        if not await gateway.until(lambda: bool(gateway.held)):
            return
        await gateway.digested()
        await gateway.shut_down()
        await gateway.wait(lambda: False, DOWN_SECONDS)
        await gateway.come_back()
        if await gateway.wait(lambda: bool(gateway.stream.open), RETURN_SECONDS):
            gateway.note("again", "it is there again")
            await gateway.rested()
            await gateway.feed(2 * max(gateway.footing.turn, 10))
        gateway.note("waited", "so long it was waited for")


@check("DUT-66", occurs="the Gateway was restarted while a position was held")
def it_goes_on_as_if_never_away(transcript: Transcript) -> Iterator[Observation]:
    enters = footing(transcript)["side"]
    for run in runs(transcript):
        back, end = run.note("back"), run.note("waited")
        if back is None or end is None:
            continue
        yield occurred(back, end)
        again = run.note("again")
        if again is None:
            died = (
                f", and ended with status {run.died.data['status']}" if run.died else ""
            )
            yield finding(
                f"It did not connect again within {RETURN_SECONDS:g} s of the restart"
                f"{died}.",
                back,
                end,
                cause="Is a Gateway that ends in good order the end of the program?",
                key="gone",
            )
            continue
        later = [c for c in run.changes if c.number > again.number]
        first = next((c for c in later if c.what == "accepted"), None)
        if first is None or (first.side == enters and not adds(transcript)):
            held = run.held_before(again.number)
            did = "asked for nothing" if first is None else "entered once more"
            yield finding(
                f"It held {held} when the Gateway was restarted, and then {did} in two "
                f"turns of the market.",
                back,
                *([] if first is None else [first.entry]),
                cause="Is its position forgotten with the connection?",
                key="forgotten",
            )
