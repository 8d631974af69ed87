"""What a strategy does with an account that is not empty when it starts."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.comparison import LOOSE_SHARE, bar_to_enter
from conformance.judge.strategy.exposure import at_stake, most_held
from conformance.judge.strategy.runs import Change, Run, footing, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Waits
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True)

POSITION, ORDER, FOREIGN = "position-", "order-", "foreign-"
ELSEWHERE = "ZZZFOREIGN"


async def script(strategy: Encounter) -> None:
    """A position, an order of its own, and what belongs to somebody else."""
    await strategy.side_by_side(
        with_position(strategy), with_order(strategy), with_foreign(strategy)
    )


async def with_position(strategy: Encounter) -> None:
    """It is started again while it holds what it bought before."""
    async with strategy.gateway(run=POSITION) as gateway:
        if await gateway.until(lambda: bool(gateway.held)):
            await again(gateway)


async def with_order(strategy: Encounter) -> None:
    """It is started again while its entry is still open."""
    async with strategy.gateway(run=ORDER) as gateway:
        gateway.expect(Waits(), gateway.opens)
        if await gateway.until(lambda: bool(gateway.live_orders())):
            await again(gateway)


async def again(gateway: PlayedGateway) -> None:
    """Killed, started again, and told a market that asks it to enter."""
    await gateway.kill()
    gateway.rewind()
    gateway.note("again", "it is started again")
    await gateway.attached()
    await gateway.feed(gateway.footing.entry + 2)


async def with_foreign(strategy: Encounter) -> None:
    """Somebody else has an order and a position in another symbol."""
    async with strategy.gateway(run=FOREIGN, launch=False) as gateway:
        order = gateway.provider.foreign(ELSEWHERE, Decimal(7))
        gateway.note("foreign", order=order, symbol=ELSEWHERE)
        await gateway.attached()
        await gateway.feed(gateway.footing.patience)
        gateway.note("looked", "its turn is over")


@check("DUT-21", occurs="it was started again and the market asked it to enter")
def it_does_not_enter_once_more(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        mark = run.note("again")
        if mark is None:
            continue
        asked = bar_to_enter(run, mark.number)
        if asked is not None:
            yield occurred(mark, asked)
        change, before = once_more(run, mark.number)
        if change is None:
            continue
        held = run.held_before(change.number)
        what = f"held {held}" if held else f"had an order for {before} of its own open"
        yield finding(
            f"Started again while it {what}, it asked for {change.side} "
            f"{change.amount('quantity')} more.",
            mark,
            change.entry,
            cause="Does it believe to be flat whenever it starts?",
            key=run.name,
        )


def once_more(run: Run, number: int) -> tuple[Change | None, Decimal]:
    """Its first entry on top that goes beyond what it ever holds, and on top of what.

    One that cancels its old order first, or adds up to its usual size, does no such.
    """
    enters, most = footing(run.transcript)["side"], most_held(run.transcript)
    for change in run.changes:
        if change.number < number or change.what != "accepted" or change.side != enters:
            continue
        before = at_stake(run, change.number, enters)
        after = before + change.amount("quantity")
        if before and (most is None or after > most * (1 + LOOSE_SHARE)):
            return change, before
    return None, Decimal(0)


@check("DUT-22", occurs="somebody else had an order and a position")
def what_is_not_its_own_is_left_alone(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        mark, end = run.note("foreign"), run.note("looked")
        if mark is None or end is None:
            continue
        yield occurred(mark, end)
        for change in touched(run):
            yield finding(
                f"An order and a position in {ELSEWHERE} were somebody else's; "
                f"{change.what} {change.side} {change.amount('quantity')} came of what "
                f"it asked for.",
                change.entry,
                cause="Does it cancel or close all, and not what is its own?",
                key="foreign",
            )
            break


def touched(run: Run) -> Iterator[Change]:
    """What became of somebody else's order and position, once it was there."""
    mark = run.note("foreign")
    assert mark is not None
    for change in run.changes:
        if change.symbol == ELSEWHERE and change.number > mark.number:
            yield change
