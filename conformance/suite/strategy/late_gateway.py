"""What a strategy does that is started before its Gateway."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.check import check

NEEDS = StrategyNeeds(trades=False, seconds=60)

AWAY_SECONDS = 3.0
RETURN_SECONDS = 35.0


async def script(strategy: Encounter) -> None:
    """Nobody listens at first; then the Gateway is there."""
    async with strategy.gateway(run="late-", launch=False) as gateway:
        await gateway.leave()
        await gateway.launch()
        await gateway.wait(lambda: False, AWAY_SECONDS)
        await gateway.come_back()
        await gateway.connected(1, RETURN_SECONDS)
        gateway.note("waited", "so long it was waited for")


@check("DUT-13", occurs="it was started while nobody listened")
def it_comes_or_says_why(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        end = run.note("waited")
        if end is None:
            continue
        exited = [e for e in run.process("exited") if e.number < end.number]
        yield occurred(*run.process("started"), end, *exited)
        if exited and exited[0].data["status"] == 0:
            yield finding(
                "It was started before its Gateway and ended with status 0, as if all "
                "were well: nobody would start it again.",
                exited[0],
                cause="Is a connection that fails at first the end of the program?",
                key="status 0",
            )
        elif not exited and not run.opened:
            yield finding(
                f"It was started before its Gateway, and had not connected "
                f"{RETURN_SECONDS:g} s after that was there.",
                end,
                cause="Does it connect once, and wait for ever?",
                key="never",
            )
