"""The same bars make the same orders."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Asked, Run, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds(acks=True)


async def script(strategy: Encounter) -> None:
    """Three backtests on the same bars, at the same dates, the last one slower."""
    await strategy.side_by_side(
        backtest(strategy, "one-"),
        backtest(strategy, "two-"),
        backtest(strategy, "slow-", hold=0.05),
    )


async def backtest(strategy: Encounter, run: str, hold: float = 0.0) -> None:
    """So many bars that it goes in, out and in again; `hold` seconds between them."""
    async with strategy.gateway(Terms(paced=True, hold=hold), run=run) as gateway:
        await gateway.feed(2 * gateway.footing.patience)


@check("DUT-37", occurs="orders were asked for on the same bars twice")
def orders_are_the_same(transcript: Transcript) -> Iterator[Observation]:
    all_ = tuple(runs(transcript))
    if len(all_) < 2 or not any(run.asked for run in all_):
        return
    yield occurred(*(run.asked[0].exchange for run in all_ if run.asked))
    for other in all_[1:]:
        yield from unlike(all_[0], other)


def unlike(one: Run, two: Run) -> Iterator[Observation]:
    """The first order in which two backtests differ."""
    for place in range(max(len(one.asked), len(two.asked))):
        first, second = _at(one, place), _at(two, place)
        if (first and first.placed) != (second and second.placed):
            yield finding(
                f"Order {place + 1} was {_told(first)} in one backtest and "
                f"{_told(second)} in the other, on the same bars.",
                *(each.exchange for each in (first, second) if each is not None),
                cause="Does chance, the clock or the speed of the run decide?",
                key="differs",
            )
            return


def _at(run: Run, place: int) -> Asked | None:
    return run.asked[place] if place < len(run.asked) else None


def _told(asked: Asked | None) -> str:
    return "none" if asked is None else f"{asked.told()} on bar {asked.bar}"
