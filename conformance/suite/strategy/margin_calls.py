"""What a strategy does that is called for margin."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.comparison import bar_to_enter
from conformance.judge.strategy.runs import footing, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.suite.check import check

NEEDS = StrategyNeeds()

CALLED, LIQUIDATED = "called-", "liquidated-"


async def script(strategy: Encounter) -> None:
    """It is called for margin; and its position is taken from it."""
    await strategy.side_by_side(called(strategy), liquidated(strategy))


async def called(strategy: Encounter) -> None:
    """A warning and a call while it holds, and then more signals to enter."""
    async with strategy.gateway(run=CALLED) as gateway:
        if not await gateway.until(lambda: bool(gateway.held)):
            return
        for event in ("MARGIN_WARNING", "MARGIN_CALL"):
            gateway.tell(
                {"type": "account", "event": event, "account": account(gateway)}
            )
            await gateway.digested()
        gateway.note("called", "it was called for margin")
        await gateway.feed(2 * max(gateway.footing.turn, 10))


async def liquidated(strategy: Encounter) -> None:
    """The venue closes its position, and says so."""
    async with strategy.gateway(run=LIQUIDATED) as gateway:
        if not await gateway.until(lambda: bool(gateway.held)):
            return
        gateway.close_elsewhere()
        told = f"the position in {gateway.market.symbol} was liquidated"
        gateway.tell({"type": "error", "code": "LIQUIDATION", "message": told})
        await gateway.digested()
        gateway.note("called", "its position was liquidated")
        await gateway.feed(2 * max(gateway.footing.turn, 10))


def account(gateway: PlayedGateway) -> object:
    """The account as the Gateway tells it."""
    provider = gateway.provider
    return provider.rendering.account(provider.books, provider.prices)


@check("DUT-73", occurs="it was called for margin, and the market asked it to enter")
def it_does_not_enter_again(transcript: Transcript) -> Iterator[Observation]:
    enters = footing(transcript)["side"]
    for run in runs(transcript):
        mark = run.note("called")
        again = None if mark is None else bar_to_enter(run, mark.number)
        if mark is None or again is None:
            continue
        yield occurred(mark, again)
        for asked in run.asked:
            if asked.number > mark.number and asked.side == enters:
                what = "called for margin" if run.name == CALLED else "liquidated"
                yield finding(
                    f"It was {what}, and asked for {asked.told()} on bar {asked.bar}.",
                    mark,
                    asked.exchange,
                    cause="Are account and error messages passed over?",
                    key=run.name,
                )
                break
