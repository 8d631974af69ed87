"""What a strategy does with a price that cannot be, and with a market of none."""

from collections.abc import Callable, Iterator
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


Tick = Callable[[PlayedGateway], None]

TICKS: dict[str, Tick] = {
    "a crossed quote": PlayedGateway.tell_crossed,
    "a bar of no volume": PlayedGateway.tell_untraded,
}


async def script(strategy: Encounter) -> None:
    """Each while it is flat and while it holds: absurd prices, and no market at all."""
    ticks = {f"a price times {factor}": times(factor) for factor in FACTORS}
    ticks |= TICKS if strategy.by_us else {}
    await strategy.side_by_side(*(absurd(strategy, *each) for each in ticks.items()))


def times(factor: Decimal) -> Tick:
    """A bar whose prices are so many times too high."""
    return lambda gateway: gateway.tell_absurd(factor)


async def absurd(strategy: Encounter, what: str, tick: Tick) -> None:
    """The market goes on as before after each."""
    async with strategy.gateway(run=f"{what.rsplit(maxsplit=1)[-1]}-") as gateway:
        await gateway.feed(max(gateway.footing.entry - 1, 1))
        await told(gateway, what, tick)
        await gateway.until(lambda: bool(gateway.held))
        await told(gateway, what, tick)
        await gateway.feed(gateway.footing.patience)


async def told(gateway: PlayedGateway, what: str, tick: Tick) -> None:
    """One of them, until it is digested."""
    gateway.note("absurd", what=what)
    tick(gateway)
    await gateway.digested()


@check("DUT-57", occurs="an absurd price, quote or bar was told")
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
                f"It ended with status {run.died.data['status']} after "
                f"{marks[0].data['facts']['what']}.",
                marks[0],
                run.died,
                cause="Is something divided by that may be nothing?",
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
                    f"After {marks[0].data['facts']['what']} it traded {change.side} "
                    f"{change.amount('fill')} {change.symbol}, worth {worth:.0f}; it "
                    f"declares {limit} at the most.",
                    marks[0],
                    change.entry,
                    cause="Is a price believed whatever it is?",
                    key="believed",
                )
