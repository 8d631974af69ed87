"""What a strategy does while an order of its own is pending."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import amount, footing, profile, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.outcomes import Fills, Waits
from conformance.suite.check import check

NEEDS = StrategyNeeds()

TURNS = 2
"""So many turns of the market the order pends: it is asked to enter and to leave."""


async def script(strategy: Encounter) -> None:
    """An entry that rests for long, and one that fills with nothing told of it."""
    await strategy.side_by_side(resting(strategy), untold(strategy))


async def resting(strategy: Encounter) -> None:
    """The entry is taken, and nothing comes of it."""
    async with strategy.gateway(run="resting-") as gateway:
        gateway.expect(Waits(), gateway.opens)
        if await gateway.until(lambda: bool(gateway.entries())):
            await gateway.feed(TURNS * max(gateway.footing.turn, 10))


async def untold(strategy: Encounter) -> None:
    """The entry is filled, and only who asks hears of it."""
    async with strategy.gateway(run="untold-") as gateway:
        gateway.expect(Fills(told=False), gateway.opens)
        if await gateway.until(lambda: bool(gateway.entries())):
            await gateway.feed(TURNS * max(gateway.footing.turn, 10))


@check("DUT-46", occurs="the market turned while an order was pending")
def nothing_is_sent_twice(transcript: Transcript) -> Iterator[Observation]:
    most = amount(profile(transcript).get("max_open_orders")) or 1
    enters = footing(transcript)["side"]
    for run in runs(transcript):
        first = next((c for c in run.changes if c.what == "accepted"), None)
        if first is None:
            continue
        after = [b for b in run.bars if b.number > first.number]
        live: dict[str, object] = {}
        for change in run.changes:
            if change.what == "accepted" and change.parent is None:
                same = change.side == first.side
                held = run.held_before(change.number)
                if live and same and len(live) >= most:
                    yield finding(
                        f"While {first.side} {first.amount('quantity')} "
                        f"{first.symbol} was pending it asked for {change.side} "
                        f"{change.amount('quantity')} more.",
                        first.entry,
                        change.entry,
                        cause="Does a signal enter, whatever was sent before?",
                        key="again",
                    )
                elif live and not same and not held and change.side != enters:
                    yield finding(
                        f"While {first.side} {first.amount('quantity')} "
                        f"{first.symbol} was pending and nothing was held, it asked "
                        f"for {change.side} {change.amount('quantity')}.",
                        first.entry,
                        change.entry,
                        cause="Does it take what it ordered for what it holds?",
                        key="presumed",
                    )
                live[change.order] = change
            if change.what in ("cancelled", "expired", "rejected") or (
                change.what == "filled"
                and change.amount("filled") >= change.amount("quantity")
            ):
                live.pop(change.order, None)
        if len(after) > 1:
            yield occurred(first.entry, after[-1])
