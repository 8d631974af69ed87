"""What OANDA refuses of an order request, and under which reason.

developer.oanda.com/rest-live-v20/order-df, transaction-df (TransactionRejectReason)
"""

import re
from collections.abc import Mapping

from conformance.evidence.entry import Json
from conformance.peers.venues.oanda.terms import (
    DEPENDENT,
    ON_FILL,
    ORDER_TYPES,
    SYMBOLS,
    TIMES,
    places,
)

DECIMAL = re.compile(r"-?\d+(\.\d+)?")
FILLS = frozenset({"DEFAULT", "OPEN_ONLY", "REDUCE_FIRST", "REDUCE_ONLY"})
AT_ONCE = frozenset({"FOK", "IOC"})


def order_fault(asked: Json, live_names: frozenset[str]) -> str | None:
    """OANDA's reason against an order request; None where it takes it."""
    if not isinstance(asked, dict):
        return "TYPE_MISSING"
    kind = asked.get("type", "MARKET")
    if kind not in ORDER_TYPES or kind in DEPENDENT:
        return "TYPE_INVALID"
    return (
        _instrument_fault(asked)
        or _price_fault(asked, kind)
        or _time_fault(asked, kind)
        or _client_fault(asked, live_names)
    )


def _instrument_fault(asked: Mapping[str, Json]) -> str | None:
    if asked.get("instrument") not in SYMBOLS:
        return "INSTRUMENT_UNKNOWN" if asked.get("instrument") else "INSTRUMENT_MISSING"
    units = asked.get("units")
    if units is None:
        return "UNITS_MISSING"
    if not isinstance(units, str) or DECIMAL.fullmatch(units) is None:
        return "UNITS_INVALID"
    if not float(units):
        return "UNITS_INVALID"
    digits = units.partition(".")[2].rstrip("0")
    return "UNITS_PRECISION_EXCEEDED" if digits and len(digits) > 1 else None


def _price_fault(asked: Mapping[str, Json], kind: str) -> str | None:
    price = asked.get("price")
    if kind != "MARKET" and price is None:
        return "PRICE_MISSING"
    given = [price] if kind != "MARKET" else []
    hanging = (asked.get(name) for name in ON_FILL)
    given += [h.get("price") for h in hanging if isinstance(h, dict) and "price" in h]
    for each in given:
        if not isinstance(each, str) or DECIMAL.fullmatch(each) is None:
            return "PRICE_INVALID"
        if float(each) <= 0:
            return "PRICE_INVALID"
        if len(each.partition(".")[2].rstrip("0")) > places(asked["instrument"]):
            return "PRICE_PRECISION_EXCEEDED"
    return None


def _time_fault(asked: Mapping[str, Json], kind: str) -> str | None:
    time = asked.get("timeInForce", "FOK" if kind == "MARKET" else "GTC")
    if time not in TIMES or (kind == "MARKET" and time not in AT_ONCE):
        return "TIME_IN_FORCE_INVALID"
    if time == "GTD" and not asked.get("gtdTime"):
        return "TIME_IN_FORCE_GTD_TIMESTAMP_MISSING"
    if asked.get("positionFill", "DEFAULT") not in FILLS:
        return "POSITION_FILL_INVALID"
    return None


def _client_fault(asked: Mapping[str, Json], live: frozenset[str]) -> str | None:
    extensions = asked.get("clientExtensions")
    if extensions is None:
        return None
    name = extensions.get("id") if isinstance(extensions, dict) else extensions
    if not isinstance(name, str) or not 0 < len(name) <= 128:
        return "CLIENT_ORDER_ID_INVALID"
    return "CLIENT_ORDER_ID_ALREADY_EXISTS" if name in live else None
