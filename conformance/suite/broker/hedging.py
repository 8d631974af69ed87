"""On an account that hedges, both sides of an instrument are told apart."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.capabilities import claims
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.judge.positions import holdings, signed
from conformance.judge.venue import booked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.broker_orders import traded
from conformance.suite.check import check
from conformance.suite.gateway.capabilities import (
    the_position_mode_is_the_claimed_one,
)

__all__ = ("NEEDS", "script", "the_position_mode_is_the_claimed_one")

NEEDS = Needs(start=False, abilities=frozenset({Ability.HEDGING}))

BOUGHT, SOLD = Decimal(2), Decimal(1)


async def script(strategy: Played) -> None:
    """Buys two and sells one of a symbol, whose sides the broker keeps apart."""
    venue = strategy.venue
    venue.hedge()
    await strategy.start()
    await strategy.get("/v1/capabilities")
    await traded(strategy, strategy.symbol, str(BOUGHT))
    await traded(strategy, strategy.symbol, str(SOLD), "SELL")
    await strategy.positions()
    await strategy.get("/v1/positions")


@check("LED-54", occurs="two were bought and one sold on an account that hedges")
def both_sides_are_told_apart(transcript: Transcript) -> Iterator[Observation]:
    claim, told = claims(transcript)
    mode = told.get("position_mode")
    if claim is None or mode is None:
        return
    if mode != "HEDGING":
        raise NotApplicable(f"the Gateway claims the position mode {mode}")
    if len(list(booked(transcript, "filled"))) < len((BOUGHT, SOLD)):
        return
    for holding in holdings(transcript, transcript.header.symbols[0]):
        yield occurred(holding.exchange)
        held = sorted(signed(position) for position in holding.positions)
        if held != [-SOLD, BOUGHT]:
            shown = ", ".join(map(str, held)) or "nothing"
            yield finding(
                f"{BOUGHT} {holding.symbol} were bought and {SOLD} sold on an account "
                f"that hedges; the positions are told as {shown}.",
                holding.exchange,
            )
