"""What a body of Alpaca's asks for, in a Gateway's words."""

from conformance.evidence.entry import Json
from conformance.peers.venues.alpaca.requests import body_of
from conformance.peers.venues.meaning import plain

SAME = ("symbol", "limit_price", "stop_price")
UPPER = ("side", "time_in_force")


def meaning(body: str) -> dict[str, Json]:
    """An order's fields; empty where it is none."""
    order = body_of(body)
    if not order or "type" not in order:
        return {}
    percent, distance = order.get("trail_percent"), order.get("trail_price")
    trails = None if percent is None and distance is None else "ABSOLUTE"
    return plain(
        **{name: order.get(name) for name in SAME},
        **{name: str(order[name]).upper() for name in UPPER if name in order},
        order_type=str(order["type"]).upper(),
        quantity=order.get("qty"),
        trailing_distance=distance if percent is None else percent,
        trailing_type=trails if percent is None else "PERCENT",
        display_quantity=_within(order, "advanced_instructions", "display_qty"),
        stop_loss=_within(order, "stop_loss", "stop_price"),
        take_profit=_within(order, "take_profit", "limit_price"),
    )


def _within(order: dict[str, Json], name: str, part: str) -> Json:
    found = order.get(name)
    return found.get(part) if isinstance(found, dict) else None
