"""What a body of OANDA's asks for, in a Gateway's words."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation

from conformance.evidence.entry import Json
from conformance.peers.venues.meaning import plain
from conformance.peers.venues.oanda.terms import ORDER_TYPES, TIMES
from conformance.peers.venues.reading import read


def meaning(body: str) -> dict[str, Json]:
    """An order's fields; empty where it is none that OANDA understands."""
    with suppress(ValueError, AttributeError, TypeError, KeyError, InvalidOperation):
        return _order(read(body)["order"])
    return {}


def _order(order: Mapping[str, Json]) -> dict[str, Json]:
    kind = order.get("type", "MARKET")
    units = Decimal(order["units"]) if "units" in order else None
    price, bound = order.get("price"), order.get("priceBound")
    at_limit = kind in {"LIMIT", "TAKE_PROFIT"}
    distance = order.get("distance")
    time = order.get("timeInForce") or ("FOK" if kind == "MARKET" else "GTC")
    return plain(
        symbol=order.get("instrument"),
        side=None if units is None else "BUY" if units > 0 else "SELL",
        order_type=_type(kind, bound),
        quantity=None if units is None else abs(units),
        limit_price=price if at_limit else bound,
        stop_price=None if at_limit else price,
        trailing_distance=distance,
        trailing_type=None if distance is None else "ABSOLUTE",
        time_in_force=str(TIMES[time]),
        reduce_only=order.get("positionFill") == "REDUCE_ONLY" or "tradeID" in order,
        position_id=order.get("tradeID"),
        stop_loss=_price(order.get("stopLossOnFill")),
        take_profit=_price(order.get("takeProfitOnFill")),
    )


def _type(kind: str, bound: Json) -> str:
    """A touched one trades at any price: none of a Gateway's types says that."""
    if kind == "MARKET_IF_TOUCHED":
        return kind
    if kind == "STOP" and bound is not None:
        return "STOP_LIMIT"
    return str(ORDER_TYPES[kind])


def _price(leg: Json) -> Json:
    return leg.get("price") if isinstance(leg, dict) else None
