"""Whether a strategy's own kill switch leaves nothing behind, and stays off."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Run, footing, profile, runs
from conformance.peers.engine.conduct import Hold, How
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Fills
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds(declared=("kill_switch",), seconds=90)

STICKY = "sticky-"
AWAY_SECONDS = 1.0


async def script(strategy: Encounter) -> None:
    """At rest, half filled, with an order on its way, while away; and afterwards."""
    await strategy.side_by_side(
        at_rest(strategy),
        half_filled(strategy),
        on_its_way(strategy),
        while_away(strategy),
        out_of_reach(strategy),
        sticky(strategy),
    )


async def pulled(strategy: Encounter, gateway: PlayedGateway) -> None:
    """The switch is pulled, and has its declared time."""
    switch = strategy.profile.kill_switch
    assert switch is not None
    gateway.note("pulled", "the kill switch is pulled")
    await gateway.pull(switch)
    await gateway.within(
        lambda: not gateway.held and not gateway.live_orders(), switch.seconds
    )
    gateway.note("due", "its declared time is over, or all is closed")


async def at_rest(strategy: Encounter) -> None:
    """It holds a position."""
    async with strategy.gateway(run="at-rest-") as gateway:
        if await gateway.until(lambda: bool(gateway.held)):
            await gateway.feed()
            await pulled(strategy, gateway)


async def half_filled(strategy: Encounter) -> None:
    """A part of its entry is filled, the rest is open."""
    async with strategy.gateway(run="half-filled-") as gateway:
        gateway.expect(Fills((Decimal("0.4"),)), gateway.opens)
        if await gateway.until(lambda: bool(gateway.held)):
            await pulled(strategy, gateway)


async def on_its_way(strategy: Encounter) -> None:
    """Its entry is booked and not answered, and is filled afterwards."""
    async with strategy.gateway(Terms(paced=False), run="on-its-way-") as gateway:
        hold = Hold(booked=True)
        gateway.on("POST", "/v1/orders", hold)
        feeding = gateway.beside(gateway.until(lambda: bool(gateway.live_orders())))
        if await gateway.wait(lambda: bool(gateway.live_orders()), 20):
            pulling = gateway.beside(pulled(strategy, gateway))
            await gateway.wait(lambda: False, 0.2)
            gateway.provider.meet()
            hold.release()
            await pulling
        hold.release()
        await feeding


async def while_away(strategy: Encounter) -> None:
    """Its stream is lost; requests get through."""
    async with strategy.gateway(Terms(paced=False), run="while-away-") as gateway:
        if await gateway.until(lambda: bool(gateway.held)):
            gateway.stream.refuse = 503
            gateway.stream.end(How.RST)
            await pulled(strategy, gateway)


async def out_of_reach(strategy: Encounter) -> None:
    """Nobody listens when it is pulled; soon after somebody does."""
    async with strategy.gateway(Terms(paced=False), run="out-of-reach-") as gateway:
        if await gateway.until(lambda: bool(gateway.held)):
            await gateway.digested()
            await gateway.leave()
            coming = gateway.beside(returning(gateway))
            await pulled(strategy, gateway)
            await coming


async def returning(gateway: PlayedGateway) -> None:
    """It listens again after a second."""
    await gateway.quiet(AWAY_SECONDS)
    await gateway.come_back()


async def sticky(strategy: Encounter) -> None:
    """It is started again, and the market asks it to enter."""
    async with strategy.gateway(run=STICKY) as gateway:
        if not await gateway.until(lambda: bool(gateway.held)):
            return
        await pulled(strategy, gateway)
        if not gateway.ended:
            await gateway.kill()
        gateway.rewind()
        gateway.note("again", "it is started again")
        await gateway.attached()
        await gateway.feed(2 * max(gateway.footing.turn, 10))


@check("DUT-75", occurs="its kill switch was pulled while something was open")
def nothing_is_left(transcript: Transcript) -> Iterator[Observation]:
    seconds = profile(transcript)["kill_switch"]["seconds"]
    for run in runs(transcript):
        pulled_, due = run.note("pulled"), run.note("due")
        if pulled_ is None or due is None:
            continue
        yield occurred(pulled_, due)
        held = run.held_before(due.number)
        live = open_orders(run, due.number)
        if held or live:
            what = f"{held} held" if held else f"the order {live[0]} open"
            yield finding(
                f"{seconds:g} s after its kill switch was pulled ({run.name[:-1]}) it "
                f"had {what}.",
                pulled_,
                due,
                cause="Is what is filled later, or open, not looked for?",
                key=run.name,
            )


def open_orders(run: Run, number: int) -> list[str]:
    """The orders that had not ended when an entry was written."""
    live: list[str] = []
    for change in run.changes:
        if change.number >= number:
            break
        full = change.what == "filled" and (
            change.amount("filled") >= change.amount("quantity")
        )
        if change.what == "accepted":
            live.append(change.order)
        elif (full or change.what != "filled") and change.order in live:
            live.remove(change.order)
    return live


@check("DUT-76", occurs="it was started again after its kill switch was pulled")
def it_stays_stopped(transcript: Transcript) -> Iterator[Observation]:
    enters = footing(transcript)["side"]
    for run in runs(transcript):
        again = run.note("again")
        later = [b for b in run.bars if again is not None and b.number > again.number]
        if again is None or len(later) < 5:
            continue
        yield occurred(again, later[-1])
        for asked in run.asked:
            if asked.number > again.number and asked.side == enters:
                yield finding(
                    f"Its kill switch had been pulled; started again it asked for "
                    f"{asked.told()} on bar {asked.bar}.",
                    again,
                    asked.exchange,
                    cause="Is the switch forgotten when the program ends?",
                    key="resumed",
                )
                break
