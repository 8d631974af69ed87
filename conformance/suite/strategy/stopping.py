"""What a strategy does that is told to stop."""

import signal
from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import footing, runs
from conformance.peers.engine.conduct import Hold, How
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Waits
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds(seconds=60)

SECONDS = 10.0
"""Cloud hosts wait so long after SIGTERM before they kill (strategy-duties.md, 37)."""

TERM, INT = signal.SIGTERM, signal.SIGINT


async def script(strategy: Encounter) -> None:
    """While flat, while holding, with an order open, in a submit, while away."""
    await strategy.side_by_side(
        flat(strategy, "flat-", TERM),
        flat(strategy, "interrupted-", INT),
        holding(strategy),
        pending(strategy),
        in_a_submit(strategy),
        away(strategy),
    )


async def stopped(gateway: PlayedGateway, number: signal.Signals) -> None:
    """The signal, and time to end; the market goes on meanwhile."""
    gateway.note("stop", number=number.name)
    gateway.tell_process(number)
    await gateway.gone(SECONDS)
    gateway.note("waited", "so long it had")


async def flat(strategy: Encounter, name: str, number: signal.Signals) -> None:
    """It holds nothing."""
    async with strategy.gateway(run=name) as gateway:
        await gateway.feed(2)
        await stopped(gateway, number)


async def holding(strategy: Encounter) -> None:
    """It holds a position."""
    async with strategy.gateway(run="holding-") as gateway:
        if await gateway.until(lambda: bool(gateway.held)):
            await gateway.feed()
            await stopped(gateway, TERM)


async def pending(strategy: Encounter) -> None:
    """Its entry is open."""
    async with strategy.gateway(run="pending-") as gateway:
        gateway.expect(Waits(), gateway.opens)
        if await gateway.until(lambda: bool(gateway.live_orders())):
            await stopped(gateway, TERM)


async def in_a_submit(strategy: Encounter) -> None:
    """Its entry is not answered yet."""
    async with strategy.gateway(Terms(paced=False), run="submitting-") as gateway:
        hold = Hold(booked=True)
        gateway.on("POST", "/v1/orders", hold)
        feeding = gateway.beside(gateway.until(lambda: bool(gateway.live_orders())))
        if await gateway.wait(lambda: bool(gateway.live_orders()), 20):
            await stopped(gateway, TERM)
        hold.release()
        await feeding


async def away(strategy: Encounter) -> None:
    """Its Gateway is away, and it waits to try again."""
    async with strategy.gateway(Terms(paced=False), run="away-") as gateway:
        await gateway.feed(2)
        gateway.stream.refuse = 503
        gateway.stream.end(How.RST)
        knocks = gateway.stream.attempts
        await gateway.wait(lambda: gateway.stream.attempts > knocks + 1, 10)
        await stopped(gateway, TERM)


@check("DUT-74", occurs="it was told to stop")
def it_stops(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        stop, end = run.note("stop"), run.note("waited")
        if stop is None or end is None:
            continue
        exited = [e for e in run.process("exited") if e.number > stop.number]
        ended = [e for e in exited if e.number < end.number]
        yield occurred(stop, end, *ended)
        if not ended:
            yield finding(
                f"It ran on {SECONDS:g} s after {stop.data['facts']['number']} "
                f"({run.name[:-1]}).",
                stop,
                end,
                cause="Is the signal caught and nothing done, or a wait never broken "
                "off?",
                key=f"runs on {run.name}",
            )
        later = [a for a in run.asked if a.number > stop.number]
        opening = [a for a in later if a.side == footing(transcript)["side"]]
        for asked in opening[:1]:
            yield finding(
                f"It asked for {asked.told()} after it was told to stop "
                f"({run.name[:-1]}).",
                stop,
                asked.exchange,
                cause="Does the market go on until the program ends?",
                key="opened",
            )
