"""What an order of Binance's asks for, in a Gateway's words."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.venues.binance.placing import TYPES
from conformance.peers.venues.meaning import plain

AT_ONCE = frozenset({"MARKET", "STOP_LOSS"})
"""Types that have no time in force: what is not filled at once expires."""


def meaning(sent: Mapping[str, str]) -> dict[str, Json]:
    """An order's fields; empty where it is none that Binance understands."""
    with suppress(KeyError, ArithmeticError):
        return _order(sent)
    return {}


def _order(sent: Mapping[str, str]) -> dict[str, Json]:
    kind = sent["type"]
    basis = sent.get("trailingDelta")
    at_once = "IOC" if kind in AT_ONCE else "GTC"
    return plain(
        symbol=sent["symbol"],
        side=sent["side"],
        order_type=str(TYPES[kind][0]),
        quantity=sent.get("quantity"),
        limit_price=sent.get("price"),
        stop_price=sent.get("stopPrice"),
        # In hundredths of a percent.
        trailing_distance=None if basis is None else Decimal(basis) / 100,
        trailing_type=None if basis is None else "PERCENT",
        time_in_force=sent.get("timeInForce") or at_once,
        post_only=kind == "LIMIT_MAKER",
        display_quantity=sent.get("icebergQty"),
    )
