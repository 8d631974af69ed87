"""How large the orders of a strategy are."""

import math
from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.judge.strategy.runs import Asked, amount, profile, runs
from conformance.peers.scene import StrategyNeeds
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.terms import Terms
from conformance.suite.check import check

NEEDS = StrategyNeeds()

EQUITIES = (Decimal(50_000), Decimal(100_000), Decimal(200_000))
LOOSE = Decimal("0.1")
"""By how much of it a quantity may miss what its equity asks for."""


async def script(strategy: Encounter) -> None:
    """The same market with half the equity, and with twice."""
    await strategy.side_by_side(*(entry(strategy, equity) for equity in EQUITIES))


async def entry(strategy: Encounter, equity: Decimal) -> None:
    """Up to the first entry."""
    terms = Terms(balance=equity)
    async with strategy.gateway(terms, run=f"equity-{equity}-") as gateway:
        await gateway.until(lambda: bool(gateway.entries()))


@check("DUT-44", occurs="it entered with different equities")
def size_follows_equity(transcript: Transcript) -> Iterator[Observation]:
    if profile(transcript).get("sizing") == "fixed":
        raise NotApplicable("it declares that its size is fixed")
    first: dict[Decimal, Asked] = {}
    for run in runs(transcript):
        if run.asked and run.asked[0].quantity is not None:
            first[Decimal(run.name.split("-")[1])] = run.asked[0]
    if len(first) < len(EQUITIES):
        return
    yield occurred(*(asked.exchange for asked in first.values()))
    sizes = {equity: asked.quantity or Decimal(0) for equity, asked in first.items()}
    lot = amount(profile(transcript).get("lot")) or step_of(tuple(sizes.values()))
    smallest, *more = EQUITIES
    unit = sizes[smallest]
    for equity in more:
        times = equity / smallest
        wanted, got = unit * times, sizes[equity]
        # What was rounded down to a lot is missing as often as the equity is larger.
        if abs(got - wanted) > max(LOOSE * wanted, lot * times):
            yield finding(
                f"With an equity of {smallest} it asked for {unit}, with {equity} for "
                f"{got}.",
                first[smallest].exchange,
                first[equity].exchange,
                cause='Is the size a constant (sizing = "fixed" in the profile)?',
                key="constant",
            )


def step_of(sizes: tuple[Decimal, ...]) -> Decimal:
    """The largest step that all sizes lie on, where they differ; else nothing."""
    if len(set(sizes)) == 1:
        return Decimal(0)
    ratios = [size.as_integer_ratio() for size in sizes]
    below = math.lcm(*(bottom for _, bottom in ratios))
    return Decimal(math.gcd(*(top * below // bottom for top, bottom in ratios))) / below
