"""What a strategy does whose line has fallen silent, with nobody saying so."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import runs
from conformance.peers.engine.conduct import How
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds(trades=False, slow=True, seconds=120)

SILENT_SECONDS = 60.0
"""The usual libraries ping every 20 s and wait 20 s for the pong."""


async def script(strategy: Encounter) -> None:
    """Nothing comes and nothing is read, and no end is told."""
    async with strategy.gateway(Terms(paced=False), run="silent-") as gateway:
        await gateway.feed(3)
        gateway.note("silent", "the line falls silent")
        opened = gateway.stream.opened
        gateway.stream.end(How.SILENCE)
        await gateway.connected(opened + 1, SILENT_SECONDS)
        gateway.note("waited", "so long it was waited for")


@check("DUT-64", occurs="its line fell silent")
def silence_is_noticed(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        silent, end = run.note("silent"), run.note("waited")
        if silent is None or end is None:
            continue
        yield occurred(silent, end)
        if not [e for e in run.opened if e.number > silent.number]:
            yield finding(
                f"Its line was silent for {end.at - silent.at:.0f} s, no ping of its "
                f"own was answered, and it opened no other.",
                silent,
                end,
                cause="Does it ping, and mind whether a pong comes?",
                key="unnoticed",
            )
