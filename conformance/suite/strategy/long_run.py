"""A long quiet run: it stays, it grows no larger, it prints no error."""

import re
from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.footing import START_BALANCE
from conformance.suite.check import check

NEEDS = StrategyNeeds(trades=False, slow=True, seconds=240)

SECONDS = 40.0
PARTS = 4
MOST_BARS = 20_000
GROWTH = 1.5
"""It may take so much more memory at the end than after a quarter."""

LEAST = 20 * 1024**2
"""Bytes that are no growth."""

ERROR = re.compile(r"Traceback \(most recent call last\)|Unhandled|FATAL|panicked at")


async def script(strategy: Encounter) -> None:
    """Bars as fast as it takes them; its memory is looked at four times."""
    async with strategy.gateway(run="long-") as gateway:
        for part in range(PARTS):
            end = gateway.seconds + SECONDS / PARTS
            while (
                gateway.seconds < end
                and not gateway.ended
                and gateway.market.next < MOST_BARS * (part + 1) // PARTS
            ):
                await gateway.feed()
                if not gateway.held:
                    # A path that always pays would make it richer than it declares.
                    gateway.books.balance = START_BALANCE
            gateway.note("memory", bytes=gateway.memory, bars=gateway.market.next)


@check("DUT-80", occurs="it ran for long")
def it_runs_on(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        sizes = run.notes("memory")
        if len(sizes) < PARTS:
            continue
        yield occurred(sizes[0], sizes[-1])
        if run.died is not None:
            yield finding(
                f"It ended with status {run.died.data['status']} after "
                f"{len(run.bars)} quiet bars.",
                run.died,
                key="died",
            )
            continue
        errors = [e for e in run.printed if ERROR.search(str(e.data["text"]))]
        for error in errors[:1]:
            yield finding(
                f"It printed in a quiet run: {str(error.data['text'])[:160]}",
                error,
                key="error",
            )
        ends = (sizes[0], sizes[-1])
        first, last = (int(e.data["facts"]["bytes"] or 0) for e in ends)
        if first and last > first * GROWTH and last - first > LEAST:
            yield finding(
                f"It took {first / 1024**2:.0f} MiB after a quarter of "
                f"{len(run.bars)} bars and {last / 1024**2:.0f} MiB at the end.",
                sizes[0],
                sizes[-1],
                cause="Is everything kept that it was ever told?",
                key="memory",
            )
