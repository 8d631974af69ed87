"""What a strategy does whose key is refused."""

from collections.abc import Iterator

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Run, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.check import check

NEEDS = StrategyNeeds(trades=False)

LISTEN_SECONDS = 6.0
MOST = 20
"""Knocks and requests that are no hammering in so many seconds: one every 0.3."""


async def script(strategy: Encounter) -> None:
    """The Gateway knows another key."""
    async with strategy.gateway(run="refused-", launch=False) as gateway:
        gateway.server.authentication.key = "another key, of the same length as ours"
        await gateway.launch()
        await gateway.wait(lambda: gateway.refusals > 0, gateway.start_seconds)
        gateway.note("refused", "its key was refused for the first time")
        await gateway.wait(lambda: gateway.refusals > 10 * MOST, LISTEN_SECONDS)
        gateway.note("listened", "so long it was listened to")


def refusals(run: Run) -> list[Entry]:
    """The upgrades and requests whose key was refused."""
    no = [k for k in run.knocks if k.data.get("status") == 401]
    return no + [e.request for e in run.exchanges if e.status == 401]


@check("DUT-12", occurs="its key was refused")
def it_does_not_hammer(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        end = run.note("listened")
        no = refusals(run)
        if end is None or not no:
            continue
        yield occurred(*no[:2], end)
        seconds = max(end.at - no[0].at, 0.1)
        if len(no) > MOST and len(no) / seconds > MOST / LISTEN_SECONDS:
            yield finding(
                f"It knocked {len(no)} times in {seconds:.1f} s with a key that was "
                f"refused.",
                *no[:3],
                cause="Is a key that is refused taken for a line that is down?",
                key="hammers",
            )


@check("DUT-24", occurs="its key was refused")
def it_says_so(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        no, end = run.note("refused"), run.note("listened")
        if no is None or end is None or not refusals(run):
            continue
        exited = [e for e in run.process("exited") if e.number < end.number]
        printed = [e for e in run.printed if e.number < end.number]
        yield occurred(no, end, *exited, *printed[:1])
        if not printed and not exited:
            yield finding(
                f"Its key was refused, and in {LISTEN_SECONDS:g} s it neither ended "
                f"nor printed a line: nobody would know.",
                *refusals(run)[:1],
                end,
                cause="Is a key that is refused taken for a line that is down?",
                key="silent",
            )
