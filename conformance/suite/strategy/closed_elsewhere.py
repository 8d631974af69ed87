"""What a strategy does when its position changes and it was not the one who did it."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.suite.check import check

NEEDS = StrategyNeeds(closes=True)

CODES = ("POSITION_UNPROTECTED", "OCO_DOUBLE_EXIT")

REACTION_SECONDS = 5.0
"""How long a strategy may take to do anything at all about it."""


async def script(strategy: Encounter) -> None:
    """Closed by somebody else, whole and in part; and unprotected."""
    await strategy.side_by_side(
        closed(strategy, "whole", Decimal(1)),
        closed(strategy, "part", Decimal("0.5")),
        *(unprotected(strategy, code) for code in CODES),
    )


async def entered(gateway: PlayedGateway) -> bool:
    """Whether it holds something, and was told so."""
    if not await gateway.until(lambda: bool(gateway.held)):
        return False
    await gateway.digested()
    return True


async def closed(strategy: Encounter, name: str, share: Decimal) -> None:
    """Somebody else closes the position, or half of it, and the strategy is told."""
    async with strategy.gateway(run=f"{name}-") as gateway:
        if not await entered(gateway):
            return
        gateway.note("elsewhere", share=str(share))
        gateway.close_elsewhere(share)
        await gateway.digested()
        await gateway.feed(gateway.footing.patience)


async def unprotected(strategy: Encounter, code: str) -> None:
    """The strategy is told that its position has no exit, or was closed twice."""
    name = code.lower().replace("_", "-")
    async with strategy.gateway(run=f"{name}-") as gateway:
        if not await entered(gateway):
            return
        gateway.note("told", code=code)
        told = f"{code} on {gateway.market.symbol}"
        gateway.tell({"type": "error", "code": code, "message": told})
        before = len(gateway.recorder.entries)
        await gateway.wait(lambda: reacted(gateway, before), REACTION_SECONDS)


def reacted(gateway: PlayedGateway, before: int) -> bool:
    """Whether a request or a line has come."""
    later = gateway.recorder.entries[before:]
    return any(str(e.kind) in ("request", "log") for e in later)


@check("DUT-55", occurs="it was told that its position is not as it should be")
def it_reacts(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        told = run.note("told")
        if told is None:
            continue
        code = str(told.data["facts"]["code"])
        yield occurred(told)
        lines = [e for e in run.printed if e.number > told.number]
        asked = [e for e in run.exchanges if e.request.number > told.number]
        if not lines and not asked:
            yield finding(
                f"It was told {code} while it held {run.held_before(told.number)}, and "
                f"neither asked nor printed anything within {REACTION_SECONDS:g} s.",
                told,
                cause="Are messages of the type error passed over?",
                key="passed over",
            )
