"""A strategy does the same whatever the platform is called; nothing on a live one."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.strategy.comparison import difference
from conformance.judge.strategy.runs import Run, profile, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds()

SAME = (
    "mock",
    "alpaca-paper",
    "binance-spot-testnet",
    "oanda-practice",
    "saxo-sim",
    "someone-elses-paper",
)
"""One label of each broker, a simulation, and one that nobody knows."""

LIVE = "alpaca-live"


async def script(strategy: Encounter) -> None:
    """The same market under each label, and under a live one."""
    names = (*SAME, LIVE)
    await strategy.side_by_side(*(labelled(strategy, name) for name in names))


async def labelled(strategy: Encounter, platform: str) -> None:
    """Up to the first exit, or as long as that takes elsewhere.

    That it never comes under one label is a fact about it, and no end of the script.
    """
    terms, run = Terms(platform), f"{platform}-"
    async with strategy.gateway(terms, run=run, launch=False) as gateway:
        await gateway.launch()
        if await gateway.connected():
            await gateway.feed(gateway.footing.patience)


def labels(transcript: Transcript) -> Iterator[Run]:
    """All runs; none where it does not come under the first label either."""
    found = {run.name[:-1]: run for run in runs(transcript)}
    if SAME[0] in found and found[SAME[0]].opened:
        yield from found.values()


def paper(transcript: Transcript) -> Iterator[Run]:
    """The runs under labels of no live platform."""
    return (run for run in labels(transcript) if run.name[:-1] in SAME)


@check("DUT-10", occurs="it was started with nothing but addresses and a key")
def it_runs_unchanged(transcript: Transcript) -> Iterator[Observation]:
    for run in paper(transcript):
        yield occurred(*run.process("started")[:1], *run.opened[:1])
        if run.died is not None:
            yield finding(
                f"It ended with status {run.died.data['status']} on the platform "
                f"{run.name[:-1]}.",
                run.died,
                cause="Is a list of known platforms built in?",
                key="died",
            )
        elif not run.opened:
            yield finding(
                f"It never connected on the platform {run.name[:-1]}.",
                *run.process("started")[:1],
                cause="Does it wait for a platform that it knows?",
                key="never",
            )


@check("DUT-17", occurs="it traded under two labels")
def it_does_the_same(transcript: Transcript) -> Iterator[Observation]:
    for run in paper(transcript):
        shown = (*run.process("started")[:1], *run.bars[-1:])
        yield occurred(*shown, *(asked.exchange for asked in run.asked[:2]))
        differs = difference(run, orders=2)
        if differs is not None:
            yield finding(
                f"On the platform {run.name[:-1]} {differs}.",
                *shown,
                *(asked.exchange for asked in run.asked[:2]),
                cause="Is the label parsed, or compared with a list?",
                key="differs",
            )


@check("DUT-19", occurs="the platform was a live one")
def nothing_is_sent_to_a_live_platform(
    transcript: Transcript,
) -> Iterator[Observation]:
    account = profile(transcript).get("account")
    if account != "paper":
        raise NotVerified('declare account = "paper" in the profile')
    for run in labels(transcript):
        if run.name[:-1] != LIVE:
            continue
        # One that ends before it connects has declined; one that is late shows nothing.
        yield occurred(*(run.opened[:1] or filter(None, [run.died])), *run.bars[-1:])
        for asked in run.asked[:1]:
            yield finding(
                f"It is to trade on paper, and asked for {asked.told()} where /health "
                f"names {LIVE}.",
                asked.exchange,
                cause="Does it never ask what it trades on?",
                key="live",
            )
