"""What a strategy does that was killed and is started again."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import footing, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Fills
from conformance.protocol.words import OrderStatus
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True, seconds=60)


async def script(strategy: Encounter) -> None:
    """With a position, and with an order that was filled in part while it was gone."""
    await strategy.side_by_side(with_position(strategy), with_part(strategy))


async def with_position(strategy: Encounter) -> None:
    """It holds what it bought."""
    async with strategy.gateway(run="position-") as gateway:
        if await gateway.until(lambda: bool(gateway.held)):
            await gateway.kill()
            await again(gateway)


async def with_part(strategy: Encounter) -> None:
    """It holds a part of what it bought; the rest was cancelled when it was gone."""
    async with strategy.gateway(run="part-") as gateway:
        gateway.expect(Fills((Decimal("0.4"),)), gateway.opens)
        if await gateway.until(lambda: bool(gateway.held)):
            await gateway.kill()
            for order in gateway.live_orders():
                gateway.provider.finish(order, OrderStatus.CANCELLED)
            await again(gateway)


async def again(gateway: PlayedGateway) -> None:
    """Started again, it goes through two turns."""
    gateway.note("again", "it is started again")
    await gateway.attached()
    await gateway.feed(2 * max(gateway.footing.turn, 10) + gateway.footing.entry)


@check("DUT-77", occurs="it was killed with a position and started again")
def it_manages_what_it_holds(transcript: Transcript) -> Iterator[Observation]:
    enters = footing(transcript)["side"]
    for run in runs(transcript):
        mark = run.note("again")
        later = [b for b in run.bars if mark is not None and b.number > mark.number]
        if mark is None or not later:
            continue
        yield occurred(mark, later[-1])
        held = run.held_before(mark.number)
        first = next(
            (c for c in run.changes if c.number > mark.number and c.what == "accepted"),
            None,
        )
        if first is None:
            yield finding(
                f"Killed while it held {held} and started again, it asked for nothing "
                f"in {len(later)} bars: what it holds has nobody.",
                mark,
                later[-1],
                cause="Does it wait for a signal to leave what it does not know of?",
                key="orphaned",
            )
        elif first.side == enters:
            yield finding(
                f"Killed while it held {held} and started again, it asked for "
                f"{first.side} {first.amount('quantity')} on top.",
                mark,
                first.entry,
                cause="Does it believe to be flat whenever it starts?",
                key="doubled",
            )
        elif first.amount("quantity") != abs(held):
            yield finding(
                f"Killed while it held {held} and started again, it left with "
                f"{first.side} {first.amount('quantity')}.",
                mark,
                first.entry,
                cause="Is the quantity remembered, and not read?",
                key="wrong size",
            )
