"""What a strategy does with data that is stale, and with a broker that is away."""

from collections.abc import Iterator
from typing import Any

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.comparison import bar_to_enter
from conformance.judge.strategy.runs import footing, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds()

LIVE = Terms(paced=False)
BROKER = "played"


def notices(symbol: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """What is told at the start and at the end of each bad time."""
    stale = {"type": "data_staleness", "symbols": [symbol], "broker": BROKER}
    away = {"type": "connection", "broker": BROKER}
    return {
        "stale-": ({**stale, "event": "STALE"}, {**stale, "event": "FRESH"}),
        "away-": (
            {**away, "event": "BROKER_DISCONNECTED"},
            {**away, "event": "BROKER_RECONNECTED", "gap_duration_ms": 5000},
        ),
    }


async def script(strategy: Encounter) -> None:
    """The market asks it to enter while its data is stale, or its broker away."""
    await strategy.side_by_side(*(bad_time(strategy, n) for n in ("stale-", "away-")))


async def bad_time(strategy: Encounter, name: str) -> None:
    """It begins before the first bar, and ends half a turn after the entry.

    Later would be too late: a slow start may make it enter on an earlier bar.
    """
    async with strategy.gateway(LIVE, run=name) as gateway:
        begins, ends = notices(gateway.market.symbol)[name]
        gateway.tell(begins)
        await gateway.digested()
        gateway.note("bad", "the bad time begins")
        await gateway.feed(gateway.footing.entry + max(gateway.footing.turn // 2, 5))
        gateway.note("good", "the bad time ends")
        gateway.tell(ends)
        await gateway.feed(max(gateway.footing.turn, 10))


@check("DUT-65", occurs="the market asked it to enter in a bad time")
def nothing_is_opened_in_a_bad_time(transcript: Transcript) -> Iterator[Observation]:
    enters = footing(transcript)["side"]
    for run in runs(transcript):
        bad, good = run.note("bad"), run.note("good")
        if bad is None or good is None:
            continue
        bar = bar_to_enter(run, bad.number)
        if bar is None or bar.number > good.number:
            continue
        if not [a for a in run.asked if a.number > bad.number and a.side == enters]:
            # One that never enters again may be dead, or have missed the market.
            continue
        yield occurred(bad, bar, good)
        for asked in run.asked:
            if bad.number < asked.number < good.number and asked.side == enters:
                what = "its data was stale" if run.name == "stale-" else "its broker"
                told = what if run.name == "stale-" else f"{what} was away"
                yield finding(
                    f"It asked for {asked.told()} while {told}, as it had been told.",
                    bad,
                    asked.exchange,
                    cause="Are these messages passed over?",
                    key=run.name,
                )
                break
