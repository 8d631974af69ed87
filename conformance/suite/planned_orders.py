"""Sends an order whose answer from the venue a script has planned, and says so."""

from collections.abc import Mapping

from conformance.judge.venue_answers import PLANNED
from conformance.peers.played import FAR_BELOW, Played


async def send_planned(
    strategy: Played,
    case: str,
    facts: Mapping[str, object],
    *,
    limit: str = FAR_BELOW,
    seconds: float | None = None,
) -> str:
    """Sends a limit buy that rests, whatever is answered; its client order id."""
    body = strategy.order(order_type="LIMIT", limit_price=limit)
    name = str(body["client_order_id"])
    told = f"of the next order at the venue: {case}"
    strategy.note(PLANNED, told, case=case, client_id=name, **facts)
    await strategy.request("POST", "/v1/orders", json=body, seconds=seconds)
    return name
