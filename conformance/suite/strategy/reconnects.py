"""How a strategy comes back whose stream was lost, in every way that they are."""

from collections.abc import Iterator
from itertools import pairwise

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Run, runs
from conformance.peers.engine.conduct import How
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds(trades=False, seconds=150)

LIMIT = 35.0
"""Seconds within which it must be back (the SDK waits thirty at the most)."""

ENDS: dict[str, tuple[How | int, ...]] = {
    "tcp-": (How.RST, How.FIN),
    "closed-": (1000, 1001, 1011),
    "restarted-": (1012, 1013, 4000),
}
"""Losses that come one after the other in one run."""

LIVE = Terms(paced=False)
REFUSED = 503
REFUSALS = 2
AWAY_SECONDS = 3.0
LISTEN_SECONDS = 9.0
MOST = 10
"""Knocks in so many seconds that show a pause: one a second does."""

STORM = 200
"""Connections after which a storm has been seen, and is not asked for longer."""

REFUSED_RUN, DROPPED_RUN = "knocking-", "dropped-"


async def script(strategy: Encounter) -> None:
    """Each way to lose a stream; a port that is closed; refusals; a slammed door."""
    rows = (losses(strategy, name, ends) for name, ends in ENDS.items())
    await strategy.side_by_side(
        *rows, shut(strategy), refused(strategy), knocking(strategy), dropped(strategy)
    )


async def losses(strategy: Encounter, name: str, ends: tuple[How | int, ...]) -> None:
    """One loss after the other, as long as it comes back."""
    async with strategy.gateway(LIVE, run=name) as gateway:
        for how in ends:
            await gateway.feed(2)
            if not await lost(gateway, str(how)):
                return
            gateway.stream.end(how)
            if not await back(gateway):
                return


async def lost(gateway: PlayedGateway, how: str) -> bool:
    """Marks a loss; False where there is no stream to lose."""
    if not gateway.stream.open:
        return False
    gateway.note("lost", how=how)
    return True


async def back(gateway: PlayedGateway) -> bool:
    """Whether it opened its stream again in time."""
    gateway.note("there", "the Gateway can be reached")
    before = gateway.stream.opened
    found = await gateway.connected(before + 1, LIMIT)
    gateway.note("waited", "so long it was waited for")
    return found


async def shut(strategy: Encounter) -> None:
    """Nobody listens for some seconds."""
    async with strategy.gateway(LIVE, run="shut-") as gateway:
        await gateway.feed(2)
        await lost(gateway, "a port that is closed")
        await gateway.leave()
        await gateway.wait(lambda: False, AWAY_SECONDS)
        await gateway.come_back()
        await back(gateway)


async def refused(strategy: Encounter) -> None:
    """The first upgrades are refused, and one is reset."""
    async with strategy.gateway(LIVE, run="refused-") as gateway:
        await gateway.feed(2)
        await lost(gateway, "upgrades that are refused")
        gateway.stream.refuse = REFUSED
        gateway.stream.end(How.RST)
        knocks = gateway.stream.attempts
        await gateway.wait(lambda: gateway.stream.attempts >= knocks + REFUSALS, LIMIT)
        gateway.stream.refuse, gateway.stream.reset = None, True
        knocks = gateway.stream.attempts
        await gateway.wait(lambda: gateway.stream.attempts > knocks, LIMIT)
        gateway.stream.reset = False
        await back(gateway)


async def knocking(strategy: Encounter) -> None:
    """Every upgrade is refused for a while."""
    async with strategy.gateway(LIVE, run=REFUSED_RUN) as gateway:
        gateway.stream.refuse = REFUSED
        gateway.stream.end(How.RST)
        await watched(gateway)


async def dropped(strategy: Encounter) -> None:
    """Every stream is opened and closed with 1001 at once."""
    async with strategy.gateway(LIVE, run=DROPPED_RUN) as gateway:
        gateway.stream.slams = True
        gateway.stream.end(1001)
        await watched(gateway)


async def watched(gateway: PlayedGateway) -> None:
    """Listens how often it knocks."""
    gateway.note("watched", "from here on its knocks are counted")
    before = gateway.stream.attempts
    await gateway.wait(lambda: gateway.stream.attempts > before + STORM, LISTEN_SECONDS)
    gateway.note("listened", "so long they were counted")


@check("DUT-60", occurs="its stream was lost and the Gateway was there")
def it_comes_back(transcript: Transcript) -> Iterator[Observation]:
    yield from comes_back(transcript)


def comes_back(transcript: Transcript) -> Iterator[Observation]:
    """Whether it connected again after each loss, once the Gateway was there."""
    for run in runs(transcript):
        there, waited = run.notes("there"), run.notes("waited")
        for mark, end in zip(there, waited, strict=False):
            how = lost_how(run, mark)
            opened = [e for e in run.opened if mark.number < e.number < end.number]
            yield occurred(mark, *opened[:1])
            if opened:
                continue
            died = run.died
            if died is not None and died.number < end.number:
                told = f"It ended with status {died.data['status']}"
            else:
                told = f"It had not connected again after {LIMIT:g} s"
            yield finding(
                f"{told}: its stream had been lost by {how}.",
                mark,
                end,
                cause="Is this end of a stream the end of the program?",
                key=how,
            )


def lost_how(run: Run, mark: Entry) -> str:
    """How the stream was lost that it is to come back from."""
    told = [e for e in run.notes("lost") if e.number < mark.number]
    how = str(told[-1].data["facts"]["how"]) if told else "its end"
    return f"a close with {how}" if how.isdigit() else how


@check("DUT-61", occurs="it knocked again and again")
def its_attempts_grow_rarer(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        mark, end = run.note("watched"), run.note("listened")
        if mark is None or end is None:
            continue
        knocks = [k for k in run.knocks if mark.number < k.number < end.number]
        if len(knocks) < 2:
            continue
        yield occurred(*knocks[:3])
        seconds = max(end.at - mark.at, 0.1)
        if len(knocks) > MOST:
            slammed = run.name == DROPPED_RUN
            what = "closed with 1001 at once" if slammed else f"refused with {REFUSED}"
            yield finding(
                f"It connected {len(knocks)} times in {seconds:.1f} s when each was "
                f"{what}.",
                *knocks[:3],
                cause="Is there no pause after a close in good order?"
                if slammed
                else "Is there no pause before the next attempt?",
                key=f"storm {run.name}",
            )
        elif shrinking(knocks):
            gaps = ", ".join(f"{b.at - a.at:.1f}" for a, b in pairwise(knocks))
            yield finding(
                f"Its pauses grow shorter: {gaps} s.", *knocks[:3], key="shrinking"
            )


def shrinking(knocks: list[Entry]) -> bool:
    """Whether the pauses at the end are much shorter than those at the start."""
    gaps = [b.at - a.at for a, b in pairwise(knocks)]
    half = len(gaps) // 2
    return half > 1 and sum(gaps[-half:]) < 0.5 * sum(gaps[:half])
