"""A broker whose connections just end is asked for its streams again."""

from conformance.peers.engine.conduct import How
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.broker.stream_loss import (
    everything_goes_on,
    loss_and_return_are_told,
    what_was_missed_is_told,
)
from conformance.suite.stream_steps import SOON, begin, change_meanwhile, go_on, noticed

__all__ = (
    "NEEDS",
    "everything_goes_on",
    "loss_and_return_are_told",
    "script",
    "what_was_missed_is_told",
)

NEEDS = Needs(abilities=frozenset({Ability.STREAM}), seconds=60, environment=SOON)


async def script(strategy: Played) -> None:
    """Nothing is said at the end, and the streams may be opened again at once."""
    begun = await begin(strategy)
    since = len(begun.stream.heard)
    await strategy.venue.lose_streams(How.FIN)
    await change_meanwhile(strategy, begun)
    await noticed(strategy, begun.stream, since)
    await go_on(strategy, begun, since, missed=True)
