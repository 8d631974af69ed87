"""A broker that grants no stream at the start is asked again."""

from conformance.judge.losses import AGAIN
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import Ability
from conformance.suite.broker.stream_loss import everything_goes_on
from conformance.suite.loss_operation import health_tells_of_the_loss
from conformance.suite.stream_steps import OPENING, SOON, resting

__all__ = ("NEEDS", "everything_goes_on", "health_tells_of_the_loss", "script")

NEEDS = Needs(
    abilities=frozenset({Ability.STREAM}), start=False, seconds=60, environment=SOON
)


async def script(strategy: Played) -> None:
    """The Gateway starts while every stream is answered with 503."""
    venue = strategy.venue
    await venue.lose_streams(None, refused=503)
    await strategy.start()
    stream = await strategy.stream()
    # The third attempt shows that the answer to a first one has been heard.
    await venue.attempted(3)
    await strategy.get("/health")
    venue.grant_streams()
    if not await venue.listened(strategy.pace.patience * OPENING):
        return
    order = await resting(strategy)
    at_broker = (await venue.booked(order.client_id)).id
    strategy.note(AGAIN, f"order {at_broker} is filled", order=at_broker)
    venue.fill(at_broker, str(order.fields["quantity"]), venue.below(strategy.symbol))
    await strategy.announced(stream, order.id, "ORDER_FILLED")
    await strategy.show(order.id)
    await strategy.fence(venue.below(strategy.symbol))
