"""Orders of ours that rest at a played broker, and which of its orders they are."""

from conformance.errors import StepFailed
from conformance.evidence.entry import Json
from conformance.judge.at_broker import AT_BROKER
from conformance.peers.played import Placed, Played

QUANTITY = "3"


async def resting_at_broker(
    strategy: Played, case: str, **fields: Json
) -> tuple[Placed, str]:
    """A limit buy of ours that rests, and its id at the broker.

    A note says which is which, and for which case it was placed. StepFailed where it
    is not taken.
    """
    symbol = str(fields.get("symbol", strategy.symbol))
    asked = {
        "order_type": "LIMIT",
        "limit_price": strategy.venue.below(symbol),
        "quantity": QUANTITY,
        **fields,
    }
    placed = await strategy.place(**asked)
    order = await strategy.venue.booked(placed.client_id)
    if not order.live:
        raise StepFailed(f"order {placed.id}", f"at the broker it is {order.status}")
    strategy.note(
        AT_BROKER,
        f"order {placed.id} is the broker's {order.id}",
        case=case,
        order=placed.id,
        broker_order=order.id,
    )
    return placed, order.id
