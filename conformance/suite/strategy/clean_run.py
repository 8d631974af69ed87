"""A run without faults: what is refused, and what is sent before anything came."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import amount, profile, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.suite.check import check

NEEDS = StrategyNeeds()

HELD_BACK = 1.0
"""Seconds before the first event: what is sent in them was asked for by nothing."""

NEXT_TO_NONE = Decimal(2)
"""Percent of orders that may be refused where nothing is wrong."""


async def script(strategy: Encounter) -> None:
    """Nothing at first, and then four turns."""
    async with strategy.gateway(run="clean-") as gateway:
        await gateway.quiet(HELD_BACK)
        gateway.note("first", "the first event comes now")
        bars = 3 * max(gateway.footing.turn, 10) + gateway.footing.patience
        await gateway.feed(bars)


@check("DUT-20", occurs="nothing was told for a while, and then an order came")
def nothing_is_sent_before_the_first_event(
    transcript: Transcript,
) -> Iterator[Observation]:
    for run in runs(transcript):
        first = run.note("first")
        if first is None or not run.asked:
            continue
        yield occurred(first, run.asked[0].exchange)
        early = [a for a in run.asked if a.number < first.number]
        for asked in early[:1]:
            yield finding(
                f"It asked for {asked.told()} before any event had come.",
                asked.exchange,
                first,
                cause="Does it decide on what it read, before the market is there?",
                key="before",
            )


@check("DUT-56", occurs="orders were asked for in a run without faults")
def next_to_nothing_is_refused(transcript: Transcript) -> Iterator[Observation]:
    declared = amount(profile(transcript).get("max_rejections_percent"))
    most = NEXT_TO_NONE if declared is None else declared
    for run in runs(transcript):
        if not run.asked:
            continue
        yield occurred(*(asked.exchange for asked in run.asked[:3]))
        rejected = {c.order for c in run.changes if c.what == "rejected"}
        no = [
            asked
            for asked in run.asked
            if asked.order_id in rejected or (asked.status or 0) >= 400
        ]
        percent = Decimal(100 * len(no)) / len(run.asked)
        if percent > most:
            body = no[0].exchange.body
            told = body.get("message", "REJECTED") if isinstance(body, dict) else body
            yield finding(
                f"{len(no)} of its {len(run.asked)} orders were refused "
                f"({percent:.0f} %), the first, {no[0].told()}, with {told}.",
                *(asked.exchange for asked in no[:3]),
                cause="Are its orders made for another venue?",
                key="refused",
            )
