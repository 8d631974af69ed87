"""A cancelled order is cancelled once, says so once, and stays cancelled."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, announcements, asked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs()


async def script(strategy: Played) -> None:
    """Cancels a resting order, twice, and asks for it after each."""
    stream = await strategy.stream()
    order = await strategy.resting(quantity="2")
    await strategy.announced(stream, order.id, "ORDER_CREATED")
    await strategy.cancel(order.id)
    await strategy.announced(stream, order.id, "ORDER_CANCELLED")
    await strategy.show(order.id)
    await strategy.cancel(order.id)
    await strategy.fence()
    await strategy.show(order.id)


@check("MOD-41", occurs="a cancel was answered with success and a fence passed")
def a_cancel_is_announced_once(transcript: Transcript) -> Iterator[Observation]:
    order = next(accepted(transcript), None)
    if order is None:
        return
    cancels = list(asked(transcript, "DELETE", "v1", "orders", order.id))
    told = [
        said
        for said in announcements(transcript, order_id=order.id)
        if said.event == "ORDER_CANCELLED"
    ]
    yield occurred(*cancels)
    if len(told) != 1:
        yield finding(
            f"Announced ORDER_CANCELLED {len(told)} times for order {order.id}, "
            f"which was cancelled once and asked to be cancelled {len(cancels)} times.",
            *cancels,
            *(said.entry for said in told),
            cause="Is a cancelled order cancelled again?",
        )
