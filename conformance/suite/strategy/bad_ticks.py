"""What a strategy does with a price that cannot be; and how often it is refused."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotVerified, Observation, finding, occurred
from conformance.judge.strategy.runs import amount, profile, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.suite.check import check

NEEDS = StrategyNeeds()

FACTORS = (Decimal(10), Decimal("0.1"), Decimal(0))


async def script(strategy: Encounter) -> None:
    """One absurd bar while it is flat and one while it holds: up, down and nothing."""
    await strategy.side_by_side(*(absurd(strategy, factor) for factor in FACTORS))


async def absurd(strategy: Encounter, factor: Decimal) -> None:
    """The market goes on as before after each."""
    async with strategy.gateway(run=f"times-{factor}-") as gateway:
        await gateway.feed(max(gateway.footing.entry - 1, 1))
        await tick(gateway, factor)
        await gateway.until(lambda: bool(gateway.held))
        await tick(gateway, factor)
        await gateway.feed(gateway.footing.patience)


async def tick(gateway: PlayedGateway, factor: Decimal) -> None:
    """One bar at an absurd price."""
    gateway.note("absurd", factor=str(factor))
    gateway.tell_absurd(factor)
    await gateway.digested()


@check("DUT-57", occurs="an absurd price was told")
def an_absurd_price_moves_nothing_large(
    transcript: Transcript,
) -> Iterator[Observation]:
    declared = profile(transcript)
    limit = amount(declared.get("max_order_notional"))
    limit = limit or amount(declared.get("max_position_notional"))
    for run in runs(transcript):
        marks = run.notes("absurd")
        if marks and run.died is not None:
            yield finding(
                f"It ended with status {run.died.data['status']} after a price times "
                f"{marks[0].data['facts']['factor']}.",
                marks[0],
                run.died,
                cause="Is a price divided by that may be nothing?",
                key="died",
            )
    if limit is None:
        raise NotVerified("declare max_order_notional in the profile")
    for run in runs(transcript):
        marks = run.notes("absurd")
        for mark in marks:
            yield occurred(mark)
        for change in run.changes:
            if change.what != "filled" or not marks or change.number < marks[0].number:
                continue
            held = abs(run.held_before(change.number))
            opens = abs(change.amount("held")) > held
            worth = change.amount("fill") * change.amount("price")
            if opens and worth > limit:
                yield finding(
                    f"After a price times {marks[0].data['facts']['factor']} it traded "
                    f"{change.side} {change.amount('fill')} {change.symbol}, worth "
                    f"{worth:.0f}; it declares {limit} at the most.",
                    marks[0],
                    change.entry,
                    cause="Is a price believed whatever it is?",
                    key="believed",
                )
