"""What a strategy does while an order of its own is pending."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Finding, Observation, finding, occurred
from conformance.judge.strategy.pending import (
    closing_before,
    entries_before,
    entries_in_a_row,
    goes_both_ways,
    open_before,
)
from conformance.judge.strategy.runs import (
    Change,
    Run,
    amount,
    footing,
    profile,
    runs,
)
from conformance.peers.engine.conduct import Hold
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.outcomes import Fills, Waits
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds()

UNTOLD, LATE = "untold-", "late-"
LATE_BARS = 2
"""Bars that are told while a submit has no answer."""

TURNS = 2
"""So many turns of the market the order pends: it is asked to enter and to leave."""


async def script(strategy: Encounter) -> None:
    """Entry or exit rest for long, a fill is not told, an answer is late."""
    await strategy.side_by_side(
        resting(strategy), exiting(strategy), untold(strategy), answered_late(strategy)
    )


async def resting(strategy: Encounter) -> None:
    """The entry is taken, and nothing comes of it."""
    async with strategy.gateway(run="resting-") as gateway:
        gateway.expect(Waits(), gateway.opens)
        if await gateway.until(lambda: bool(gateway.entries())):
            await gateway.feed(TURNS * max(gateway.footing.turn, 10))


async def exiting(strategy: Encounter) -> None:
    """The position is held, and nothing comes of its exit."""
    async with strategy.gateway(run="exiting-") as gateway:
        gateway.expect(Waits(), gateway.closes, times=99)
        if await gateway.until(lambda: bool(gateway.exits())):
            await gateway.feed(TURNS * max(gateway.footing.turn, 10))


async def untold(strategy: Encounter) -> None:
    """The entry is filled, and only who asks hears of it."""
    async with strategy.gateway(run=UNTOLD) as gateway:
        gateway.expect(Fills(told=False), gateway.opens)
        if await gateway.until(lambda: bool(gateway.entries())):
            await gateway.feed(TURNS * max(gateway.footing.turn, 10))


async def answered_late(strategy: Encounter) -> None:
    """The entry is filled, and told so, before its submit is answered."""
    async with strategy.gateway(Terms(paced=False), run=LATE) as gateway:
        hold = Hold(booked=True)
        gateway.on("POST", "/v1/orders", hold)
        # A bar fills what is open: the fill is told while the answer is held back.
        if await gateway.until(lambda: bool(gateway.books.orders)):
            await gateway.feed(LATE_BARS)
            hold.release()
            await gateway.feed(max(gateway.footing.turn, 10))


@check("DUT-46", occurs="the market turned while an order was pending")
def nothing_is_sent_twice(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        taken = [c for c in run.changes if c.what == "accepted" and c.parent is None]
        if not taken:
            continue
        after = [b for b in run.bars if b.number > taken[0].number]
        if len(after) > 1:
            yield occurred(taken[0].entry, after[-1])
        for change in taken:
            if change.side == footing(transcript)["side"]:
                yield from entered_again(run, change)
            elif not goes_both_ways(transcript):
                yield from left_again(run, change)


def entered_again(run: Run, change: Change) -> Iterator[Finding]:
    """An entry more than it makes without faults, or declares to have open at once."""
    declared = amount(profile(run.transcript).get("max_open_orders")) or 1
    most = max(declared, entries_in_a_row(run.transcript))
    before = [c for c in open_before(run, change.number) if c.side == change.side]
    if len(before) >= most:
        yield finding(
            f"While {told(before[0])} was pending it asked for {change.side} "
            f"{change.amount('quantity')} more.",
            before[0].entry,
            change.entry,
            cause="Does a signal enter, whatever was sent before?",
            key="again",
        )
    elif run.name in (UNTOLD, LATE) and entries_before(run, change.number) >= most:
        held = run.held_before(change.number)
        what = "only who asks heard of it" if run.name == UNTOLD else AHEAD
        yield finding(
            f"An order was filled, and {what}; it held {held} and asked for "
            f"{change.side} {change.amount('quantity')} more.",
            change.entry,
            cause="Does it wait for a message that may be lost, and never ask?"
            if run.name == UNTOLD
            else "Does an order count only once its submit has been answered?",
            key="on top",
        )


AHEAD = "its fill was told before its submit was answered"


def left_again(run: Run, change: Change) -> Iterator[Finding]:
    """An exit from what is not held yet, or from what another exit closes already."""
    before = open_before(run, change.number)
    held = abs(run.held_before(change.number))
    closing = closing_before(run, change)
    if closing and change.amount("quantity") + closing > held:
        yield finding(
            f"It held {held}, and {closing} of it were being closed, when it asked for "
            f"{change.side} {change.amount('quantity')} more.",
            *(c.entry for c in before if c.side == change.side),
            change.entry,
            cause="Does it send its exit on every bar until it has been filled?",
            key="twice out",
        )
    elif not held and any(c.side != change.side for c in before):
        first = next(c for c in before if c.side != change.side)
        yield finding(
            f"While {told(first)} was pending and nothing was held, it asked for "
            f"{change.side} {change.amount('quantity')}.",
            first.entry,
            change.entry,
            cause="Does it take what it ordered for what it holds?",
            key="presumed",
        )


def told(change: Change) -> str:
    """An order, as a finding names it."""
    return f"{change.side} {change.amount('quantity')} {change.symbol}"
