"""What Binance takes of an order: the parameters of its type, its symbol's filters."""

import re
from collections.abc import Mapping
from decimal import Decimal
from uuid import uuid4

from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.binance.symbols import SYMBOLS
from conformance.protocol.words import OrderType, Side, TimeInForce
from conformance.venue.order import Terms

TYPES: Mapping[str, tuple[OrderType, str]] = {
    "MARKET": (OrderType.MARKET, "quantity"),
    "LIMIT": (OrderType.LIMIT, "timeInForce quantity price"),
    "LIMIT_MAKER": (OrderType.LIMIT, "quantity price"),
    "STOP_LOSS": (OrderType.STOP, "quantity stopPrice"),
    "STOP_LOSS_LIMIT": (OrderType.STOP_LIMIT, "timeInForce quantity price stopPrice"),
}
"""Each type, and what it must be sent."""

UNSUPPORTED = {
    "TAKE_PROFIT": "Take profit orders are not supported for this symbol.",
    "TAKE_PROFIT_LIMIT": "Take profit limit orders are not supported for this symbol.",
}

TRIED = ["timeInForce", "quantity", "price", "stopPrice"]
NOT_TAKEN = {
    "icebergQty": "Iceberg orders are not supported for this symbol.",
    "quoteOrderQty": "Quote order qty market orders are not support for this symbol.",
    "trailingDelta": "Trailing stop orders are not supported for this symbol.",
    "pegPriceType": "Pegged orders are not supported for this symbol.",
}
CLIENT_ID = re.compile(r"[a-zA-Z0-9-_]{1,36}")


def fault_of(sent: Mapping[str, str]) -> Refuse | None:
    """What no order may look like, whatever its symbol."""
    kind = sent["type"]
    if sent["side"] not in {"BUY", "SELL"}:
        return Refuse("Invalid side.", "-1117", 400)
    if kind not in TYPES and kind not in UNSUPPORTED:
        return Refuse("Invalid orderType.", "-1116", 400)
    if kind in UNSUPPORTED or any(name in sent for name in NOT_TAKEN):
        return None
    return _parameters_fault(kind, sent)


def _parameters_fault(kind: str, sent: Mapping[str, str]) -> Refuse | None:
    """What the type asks for that is not there, and what is there against it."""
    must = TYPES[kind][1].split()
    for name in must:
        if name not in sent:
            text = (
                f"Mandatory parameter '{name}' was not sent, was empty/null, or "
                "malformed."
            )
            return Refuse(text, "-1102", 400)
    for name in TRIED:
        if name in sent and name not in must:
            text = f"Parameter '{name}' sent when not required."
            return Refuse(text, "-1106", 400)
    if sent.get("timeInForce", "GTC") not in {"GTC", "IOC", "FOK"}:
        return Refuse("Invalid timeInForce.", "-1115", 400)
    return None


def refused(sent: Mapping[str, str], market: Decimal) -> Refuse | None:
    """The no to an order that is well written, where its symbol trades at `market`."""
    client_id = sent.get("newClientOrderId", "x")
    if CLIENT_ID.fullmatch(client_id) is None:
        text = (
            "Illegal characters found in parameter 'newClientOrderId'; legal range is "
            "'^[a-zA-Z0-9-_]{1,36}$'."
        )
        return Refuse(text, "-1100", 400)
    told = UNSUPPORTED.get(sent["type"]) or next(
        (text for name, text in NOT_TAKEN.items() if name in sent), None
    )
    if told is not None:
        return Refuse(told, "-2010", 400)
    return _filtered(sent, market)


def _filtered(sent: Mapping[str, str], market: Decimal) -> Refuse | None:
    filters = SYMBOLS[sent["symbol"]]
    quantity = Decimal(sent["quantity"])
    prices = [Decimal(sent[n]) for n in ("price", "stopPrice") if n in sent]
    for price in prices:
        found = filters.price_fault(price)
        if found is not None:
            return found
    worth = quantity * (prices[0] if prices else market)
    return filters.quantity_fault(quantity) or filters.notional_fault(worth)


def terms_of(sent: Mapping[str, str]) -> Terms:
    """What an order asks for."""

    def decimal(name: str) -> Decimal | None:
        return Decimal(sent[name]) if name in sent else None

    return Terms(
        symbol=sent["symbol"],
        side=Side(sent["side"]),
        order_type=TYPES[sent["type"]][0],
        quantity=Decimal(sent["quantity"]),
        limit_price=decimal("price"),
        stop_price=decimal("stopPrice"),
        time_in_force=TimeInForce(sent.get("timeInForce", "GTC")),
        client_order_id=sent.get("newClientOrderId") or uuid4().hex[:22],
        post_only=sent["type"] == "LIMIT_MAKER",
    )
