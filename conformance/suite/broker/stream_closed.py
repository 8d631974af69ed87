"""A broker that ends its streams in good order is asked for them again."""

from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.broker.stream_loss import (
    everything_goes_on,
    loss_and_return_are_told,
)
from conformance.suite.stream_steps import SOON, begin, go_on, noticed

__all__ = (
    "NEEDS",
    "everything_goes_on",
    "loss_and_return_are_told",
    "script",
)

NEEDS = Needs(abilities=frozenset({Ability.STREAM}), seconds=60, environment=SOON)

GOING_AWAY = 1001


async def script(strategy: Played) -> None:
    """The streams are closed, and may be opened again at once."""
    begun = await begin(strategy)
    since = len(begun.stream.heard)
    await strategy.venue.lose_streams(GOING_AWAY)
    await noticed(strategy, begun.stream, since)
    await go_on(strategy, begun, since)
