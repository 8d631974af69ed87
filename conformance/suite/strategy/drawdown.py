"""What a strategy does at its declared drawdown limit, and beyond it."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.entry import Entry
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Run, footing, profile, runs
from conformance.peers.engine.conduct import How
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.by_hand import refusal
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Fills, Rejected
from conformance.peers.strategy.terms import Terms
from conformance.protocol.words import OrderStatus
from conformance.suite.check import check

NEEDS = StrategyNeeds(declared=("drawdown",), seconds=90)

WITHIN, RESTARTED = "within-", "restarted-"
BEYOND = ("beyond-", "rejected-", "part-", "away-")
UNHEARD, REALISED = "unheard-", "trades-"
TRADES = 3
RETURN_SECONDS = 35.0
UNDER, OVER = Decimal("0.8"), Decimal("1.3")
"""How much of the limit is lost: less than all of it, and more."""

AWAY = refusal(503, "PROVIDER_UNAVAILABLE", "the broker is away")


async def script(strategy: Encounter) -> None:
    """Just within the limit; beyond it, with every trouble in the way out."""
    beyond_ = (beyond(strategy, name) for name in BEYOND)
    await strategy.side_by_side(
        within(strategy),
        restarted(strategy),
        unheard(strategy),
        realised(strategy),
        *beyond_,
    )


def loss(strategy: Encounter, share: Decimal) -> Decimal:
    """So much of the limit, as a part of the equity."""
    declared = strategy.profile.drawdown
    assert declared is not None
    return declared.percent / 100 * share


async def entered(gateway: PlayedGateway) -> bool:
    """Whether it holds something, and has seen a bar since."""
    if not await gateway.until(lambda: bool(gateway.held)):
        return False
    await gateway.feed()
    return bool(gateway.held)


async def within(strategy: Encounter) -> None:
    """A loss that it is to bear."""
    async with strategy.gateway(run=WITHIN) as gateway:
        if await entered(gateway):
            gateway.lose(loss(strategy, UNDER))
            gateway.note("lost", share=str(UNDER))
            await gateway.feed(2 * max(gateway.footing.turn, 10))


async def beyond(strategy: Encounter, name: str) -> None:
    """A loss that is too much; the first way out may be barred."""
    async with strategy.gateway(run=name) as gateway:
        if await entered(gateway):
            bar_the_way(gateway, name)
            await lose_too_much(strategy, gateway)
            await gateway.feed(2 * max(gateway.footing.turn, 10))


def bar_the_way(gateway: PlayedGateway, name: str) -> None:
    """What becomes of the first order that closes."""
    if name == "rejected-":
        gateway.expect(Rejected("MARKET_CLOSED"), gateway.closes)
    elif name == "part-":
        part = Fills((Decimal("0.4"),), OrderStatus.CANCELLED)
        gateway.expect(part, gateway.closes)
    elif name == "away-":
        gateway.on("POST", "/v1/orders", AWAY)
        gateway.on("DELETE", "/v1/positions.*", AWAY)


async def lose_too_much(
    strategy: Encounter, gateway: PlayedGateway, share: Decimal | None = None
) -> None:
    """More than the limit is gone; then it has its declared time."""
    gateway.lose(loss(strategy, OVER) if share is None else share)
    gateway.note("lost", share=str(OVER))
    await due(strategy, gateway)


async def due(strategy: Encounter, gateway: PlayedGateway) -> None:
    """Its declared time, or less if all is closed before."""
    declared = strategy.profile.drawdown
    assert declared is not None
    await gateway.within(
        lambda: not gateway.held and not gateway.live_orders(), declared.seconds
    )
    gateway.note("due", "its declared time is over, or all is closed")


async def restarted(strategy: Encounter) -> None:
    """Stopped by its limit, killed, and started again on the same account."""
    async with strategy.gateway(run=RESTARTED) as gateway:
        if not await entered(gateway):
            return
        await lose_too_much(strategy, gateway)
        await gateway.kill()
        gateway.rewind()
        await gateway.attached()
        await gateway.feed(2 * max(gateway.footing.turn, 10))


async def unheard(strategy: Encounter) -> None:
    """The loss falls while its stream is lost: nobody tells it."""
    async with strategy.gateway(Terms(paced=False), run=UNHEARD) as gateway:
        if not await entered(gateway):
            return
        await gateway.digested()
        opened = gateway.stream.opened
        gateway.stream.end(How.RST)
        gateway.provider.lose(loss(strategy, OVER))
        if await gateway.connected(opened + 1, RETURN_SECONDS):
            await gateway.rested()
            gateway.note("lost", share=str(OVER))
            await due(strategy, gateway)
            await gateway.feed(2 * max(gateway.footing.turn, 10))


async def realised(strategy: Encounter) -> None:
    """Each trade takes its part; with the last one of them all is too much."""
    async with strategy.gateway(run=REALISED) as gateway:
        for trade in range(TRADES):
            if not await entered(gateway):
                return
            if trade == TRADES - 1:
                break
            if not await gateway.until(lambda: not gateway.held):
                return
            gateway.lose(loss(strategy, OVER / TRADES))
            gateway.note("realised", trade=trade)
        # Parts of what is left add up to less than parts of the whole.
        await lose_too_much(strategy, gateway, what_is_missing(strategy))
        await gateway.feed(2 * max(gateway.footing.turn, 10))


def what_is_missing(strategy: Encounter) -> Decimal:
    """How much of the equity is to go with the last trade, after the ones before."""
    kept = (1 - loss(strategy, OVER / TRADES)) ** (TRADES - 1)
    return 1 - (1 - loss(strategy, OVER)) / kept


def crossed(run: Run) -> Entry | None:
    """Where more than the limit was lost."""
    if run.name == WITHIN or run.note("due") is None:
        return None
    return run.note("lost")


@check("DUT-70", occurs="more than the drawdown limit was lost while it held something")
def all_is_closed(transcript: Transcript) -> Iterator[Observation]:
    limit = profile(transcript)["drawdown"]
    for run in runs(transcript):
        lost, due = crossed(run), run.note("due")
        if lost is None or due is None:
            continue
        yield occurred(lost, due)
        held = run.held_before(due.number)
        if held:
            yield finding(
                f"It held {held} {limit['seconds']:g} s after more than its limit of "
                f"{limit['percent']} % was lost ({run.name[:-1]}).",
                lost,
                due,
                cause="Does it only stop to open, or give up at the first trouble?",
                key=f"held {run.name}",
            )


@check("DUT-71", occurs="more than the limit was lost, and the market asked to enter")
def nothing_is_opened_any_more(transcript: Transcript) -> Iterator[Observation]:
    enters = footing(transcript)["side"]
    limit = profile(transcript)["drawdown"]
    for run in runs(transcript):
        lost = crossed(run)
        later = [b for b in run.bars if lost is not None and b.number > lost.number]
        if lost is None or len(later) < 5 or run.held_before(later[-1].number):
            continue
        if run.name == RESTARTED and not limit.get("latched", True):
            continue
        yield occurred(lost, later[-1])
        for asked in run.asked:
            if asked.number > lost.number and asked.side == enters:
                again = ", started again" if run.name == RESTARTED else ""
                yield finding(
                    f"More than its limit of {limit['percent']} % was lost"
                    f"{again}, and it asked for {asked.told()} on bar {asked.bar}.",
                    lost,
                    asked.exchange,
                    cause="Is the limit remembered only as long as the program runs?"
                    if run.name == RESTARTED
                    else "Does it close, and go on?",
                    key=f"opened {run.name}",
                )
                break


@check("DUT-72", occurs="less than the drawdown limit was lost")
def a_smaller_loss_changes_nothing(transcript: Transcript) -> Iterator[Observation]:
    enters = footing(transcript)["side"]
    for run in runs(transcript):
        lost = run.note("lost")
        if run.name != WITHIN or lost is None or not run.bars:
            continue
        yield occurred(lost, run.bars[-1])
        entries = [a for a in run.asked if a.number > lost.number and a.side == enters]
        if not entries:
            yield finding(
                f"It lost {UNDER:%} of its limit and entered no more in "
                f"{len([b for b in run.bars if b.number > lost.number])} bars.",
                lost,
                run.bars[-1],
                cause="Is the limit measured from something else than is declared?",
                key="too soon",
            )
