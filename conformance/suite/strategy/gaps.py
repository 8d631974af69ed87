"""What a strategy does whose account changed while its stream was lost."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.judge.strategy.comparison import adds, reverses
from conformance.judge.strategy.runs import Run, footing, profile, runs
from conformance.peers.engine.conduct import How
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.outcomes import Fills, Waits
from conformance.peers.strategy.terms import Terms
from conformance.protocol.words import OrderStatus
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True, seconds=90)

LIVE = Terms(paced=False)
RETURN_SECONDS = 35.0
SHARE = Decimal("0.4")


async def script(strategy: Encounter) -> None:
    """Filled, filled in part, cancelled or closed in the gap; nothing is told of it."""
    await strategy.side_by_side(
        entry(strategy, "filled-", fill),
        entry(strategy, "part-", fill_part),
        entry(strategy, "cancelled-", cancel),
        position(strategy),
    )


async def entry(
    strategy: Encounter, name: str, change: Callable[[PlayedGateway], None]
) -> None:
    """Something becomes of its entry while nobody listens."""
    async with strategy.gateway(LIVE, run=name) as gateway:
        gateway.expect(Waits(), gateway.opens)
        if await gateway.until(lambda: bool(gateway.live_orders())):
            await gap(gateway, change)


async def position(strategy: Encounter) -> None:
    """Its position is closed by somebody else while nobody listens."""
    async with strategy.gateway(LIVE, run="closed-") as gateway:
        if await gateway.until(lambda: bool(gateway.held)):
            await gateway.digested()
            await gap(gateway, lambda each: each.close_elsewhere())


def fill(gateway: PlayedGateway) -> None:
    """All of it."""
    settle(gateway, Fills())


def fill_part(gateway: PlayedGateway) -> None:
    """Some of it, and the rest is cancelled."""
    settle(gateway, Fills((SHARE,), OrderStatus.CANCELLED))


def cancel(gateway: PlayedGateway) -> None:
    """None of it."""
    for order in gateway.live_orders():
        gateway.provider.finish(order, OrderStatus.CANCELLED)


def settle(gateway: PlayedGateway, outcome: Fills) -> None:
    """What becomes of every order that is open."""
    for order in gateway.live_orders():
        gateway.provider.outcomes[order.id] = outcome
        gateway.provider.attempt(order)
        if order.live and outcome.then is not None:
            gateway.provider.finish(order, outcome.then)


async def gap(gateway: PlayedGateway, change: Callable[[PlayedGateway], None]) -> None:
    """The stream is lost, something happens, and the strategy comes back."""
    gateway.note("gap", "the stream is lost")
    opened = gateway.stream.opened
    gateway.stream.refuse = 503
    gateway.stream.end(How.RST)
    change(gateway)
    gateway.market.next += 1
    gateway.stream.refuse = None
    if await gateway.connected(opened + 1, RETURN_SECONDS):
        gateway.note("back", "it is back")
        await gateway.rested()
        await gateway.feed(2 * max(gateway.footing.turn, 10))


@check("DUT-62", occurs="the account changed in a gap, and the market went on after it")
def orders_fit_the_true_position(transcript: Transcript) -> Iterator[Observation]:
    enters = footing(transcript)["side"]
    for run in runs(transcript):
        back = run.note("back")
        later = [b for b in run.bars if back is not None and b.number > back.number]
        if back is None or not later:
            continue
        yield occurred(back, later[-1])
        yield from misfits(run, back.number, enters)


def misfits(run: Run, number: int, enters: str) -> Iterator[Observation]:
    """The first order after the gap that does not fit what is held."""
    for change in run.changes:
        if change.number < number or change.what != "accepted" or change.parent:
            continue
        held = run.held_before(change.number)
        more = change.amount("quantity") > abs(held)
        on_top = change.side == enters and held != 0 and not adds(run.transcript)
        beyond = change.side != enters and more and not reverses(run.transcript)
        if on_top or beyond:
            yield finding(
                f"In the gap its order or position had changed ({run.name[:-1]}); it "
                f"held {held} and asked for {change.side} "
                f"{change.amount('quantity')}.",
                change.entry,
                cause="Is what is held not read again once it is back?",
                key=run.name,
            )
        return
    held = run.held * (1 if enters == "BUY" else -1)
    if held > 0:
        yield finding(
            f"In the gap its entry was filled ({run.name[:-1]}); {run.held} were held "
            f"and no order came in two turns of the market.",
            run.changes[-1].entry,
            cause="Does it believe that its order is still open, or gone?",
            key=f"left {run.name}",
        )


@check("DUT-63", occurs="bars were missed in a gap")
def missed_bars_are_fetched(transcript: Transcript) -> Iterator[Observation]:
    if not profile(transcript).get("backfill"):
        raise NotApplicable("it does not declare that it needs every bar (backfill)")
    for run in runs(transcript):
        gap_, back = run.note("gap"), run.note("back")
        if gap_ is None or back is None:
            continue
        yield occurred(gap_, back)
        read = [e for e in run.asks("GET", "bars") if e.request.number > gap_.number]
        if not read:
            yield finding(
                "A bar was missed in the gap, and it read none afterwards.",
                gap_,
                back,
                cause="Does it count the bars that it is told?",
                key="no backfill",
            )
