"""What a strategy does when its position changes and it was not the one who did it."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.strategy.runs import Run, runs
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
        if not await gateway.wait(lambda: reacted(gateway, before), REACTION_SECONDS):
            # It may act when it is asked to decide, and not before.
            gateway.note("bar")
            await gateway.feed()


def reacted(gateway: PlayedGateway, before: int) -> bool:
    """Whether a request or a line has come; other runs are written down beside it."""
    later = gateway.recorder.entries[before:]
    mine = (e for e in later if e.data.get("run") == gateway.run)
    return any(str(e.kind) in ("request", "log") for e in mine)


@check("DUT-55", occurs="it was told that its position is not as it should be")
def it_reacts(transcript: Transcript) -> Iterator[Observation]:
    for run in runs(transcript):
        told = run.note("told")
        if told is None:
            continue
        code = str(told.data["facts"]["code"])
        yield occurred(told)
        bar = run.note("bar")
        # Many print something on every bar: that says nothing of the message.
        until = run.entries[-1].number if bar is None else bar.number
        lines = [e for e in run.printed if told.number < e.number <= until]
        asked = [e for e in run.exchanges if told.number < e.request.number <= until]
        if not lines and not asked and not attended(run, until):
            yield finding(
                f"It was told {code} while it held {run.held_before(told.number)}, and "
                f"neither asked nor printed anything within {REACTION_SECONDS:g} s, "
                f"nor read or closed anything on the next bar.",
                told,
                cause="Are messages of the type error passed over?",
                key="passed over",
            )


def attended(run: Run, number: int) -> bool:
    """Whether it read or traded later; who reads its equity on each bar did not."""
    about = ("orders", "positions")
    later = (e for e in run.exchanges if e.request.number > number)
    return any(name in e.segments for e in later for name in about)
