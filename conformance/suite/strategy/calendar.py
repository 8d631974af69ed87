"""A strategy takes the time of the market from its bars, in every zone and form."""

from collections.abc import Iterator
from datetime import UTC, datetime

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.comparison import difference
from conformance.judge.strategy.runs import Run, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.sessions import outside
from conformance.peers.strategy.terms import Stamp, Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds()

YEARS = 5
CLOSED = "closed-"
STAMPS: dict[str, Stamp] = {
    "seconds and Z": lambda at: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
    "milliseconds and Z": lambda at: f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
    "an offset": lambda at: at.astimezone(UTC).isoformat(timespec="seconds"),
}
"""RFC 3339 has them all: the description says no more than date-time."""

ZONES = ("Pacific/Auckland", "America/New_York", "Asia/Kolkata")


async def script(strategy: Encounter) -> None:
    """The same market years ago, in other spellings, on machines in other zones."""
    zones = (zone(strategy, name) for name in ZONES)
    stamps = (stamped(strategy, name) for name in STAMPS if strategy.by_us)
    await strategy.side_by_side(years_ago(strategy), closed(strategy), *stamps, *zones)


async def years_ago(strategy: Encounter) -> None:
    """On the same weekday at the same time of day."""
    now = strategy.footing.began or datetime.now(UTC)
    then = now.replace(year=now.year - YEARS, day=min(now.day, 28))
    then = then.replace(day=1 + (then.day - 1 + now.weekday() - then.weekday()) % 28)
    async with strategy.gateway(Terms(began=then), run="years-ago-") as gateway:
        await gateway.feed(gateway.footing.patience)


async def stamped(strategy: Encounter, name: str) -> None:
    """The same market, its times written otherwise."""
    terms = Terms(stamp=STAMPS[name])
    async with strategy.gateway(terms, run=f"{name}-") as gateway:
        await gateway.feed(gateway.footing.patience)


async def closed(strategy: Encounter) -> None:
    """While all declared sessions are closed."""
    sessions, timeframe = strategy.profile.sessions, strategy.footing.timeframe
    then = outside(timeframe, datetime.now(UTC), sessions) if sessions else None
    if then is None:
        return
    async with strategy.gateway(Terms(began=then), run=CLOSED) as gateway:
        await gateway.feed(gateway.footing.patience)


async def zone(strategy: Encounter, name: str) -> None:
    """With TZ in the environment; that it never comes there is a fact about it."""
    terms, run = Terms(environment={"TZ": name}), f"{name}-"
    async with strategy.gateway(terms, run=run, launch=False) as gateway:
        await gateway.launch()
        if await gateway.connected():
            await gateway.feed(gateway.footing.patience)


def compared(run: Run, where: str, cause: str) -> Iterator[Observation]:
    """Whether it traded as it does without."""
    shown = (*run.process("started")[:1], *run.bars[-1:])
    yield occurred(*shown, *(asked.exchange for asked in run.asked[:2]))
    differs = difference(run, orders=2)
    if differs is not None:
        yield finding(f"{where} {differs}.", *shown, cause=cause, key=run.name)


@check(
    "DUT-38",
    occurs="bars of years ago, or of another spelling, were told",
)
def bars_tell_the_time(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        if run.name == "years-ago-":
            cause = "Is a bar's time compared with the clock?"
            yield from compared(run, f"On bars of {YEARS} years ago", cause)
        elif run.name[:-1] in STAMPS:
            cause = "Is a bar's time read in one spelling alone?"
            where = f"With bar times in {run.name[:-1]}"
            yield from compared(run, where, cause)


@check("DUT-39", occurs="it ran in another time zone")
def time_zones_make_no_difference(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        if run.name[:-1] in ZONES:
            cause = "Is the local time of the machine used?"
            yield from compared(run, f"With TZ={run.name[:-1]}", cause)
        if run.name == CLOSED and run.bars:
            yield occurred(run.bars[-1])
            for asked in run.asked[:1]:
                yield finding(
                    f"It asked for {asked.told()} out of all its declared sessions.",
                    asked.exchange,
                    cause="Is a session that is closed told by the venue alone?",
                    key="closed",
                )
