"""What a body of Saxo's asks for, in a Gateway's words."""

import json
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.venues.meaning import plain
from conformance.peers.venues.saxo.instruments import instrument_of
from conformance.peers.venues.saxo.rendering import DURATIONS, TYPES
from conformance.peers.venues.saxo.requests import PERCENT

UNREADABLE = (ValueError, AttributeError, TypeError, KeyError, RecursionError)


def meaning(body: str) -> dict[str, Json]:
    """An order's fields; empty where it is none that Saxo understands."""
    with suppress(*UNREADABLE):
        # A JSON number is read as it was written, not as the nearest double.
        return _order(json.loads(body, parse_float=Decimal))
    return {}


def _order(order: Mapping[str, Json]) -> dict[str, Json]:
    kind = str(TYPES[order["OrderType"]])
    price, percent = order.get("OrderPrice"), order.get(PERCENT)
    distance = order.get("TrailingStopDistanceToMarket")
    by_amount = None if distance is None else "ABSOLUTE"
    at_limit = kind == "LIMIT"
    instrument = instrument_of(order.get("Uic"), order.get("AssetType"))
    exits = {row["OrderType"]: row.get("OrderPrice") for row in order.get("Orders", ())}
    stops = (name for name in exits if name.startswith("Stop"))
    return plain(
        symbol=None if instrument is None else instrument.symbol,
        side=str(order["BuySell"]).upper(),
        order_type=kind,
        quantity=order["Amount"],
        limit_price=price if at_limit else order.get("StopLimitPrice"),
        stop_price=None if at_limit else price,
        trailing_distance=distance if percent is None else percent,
        trailing_type=by_amount if percent is None else "PERCENT",
        time_in_force=str(DURATIONS[order["OrderDuration"]["DurationType"]]),
        stop_loss=exits.get(next(stops, "")),
        take_profit=exits.get("Limit"),
    )
