"""Alpaca's documented refusals of an order."""

import json

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Status
from conformance.peers.venues.words import Reason, Refusal

ORDERS = "https://docs.alpaca.markets/docs/orders-at-alpaca"
POST_ORDER = "https://docs.alpaca.markets/reference/postorder"
GUIDE = "https://alpaca.markets/learn/how-to-fix-common-trading-api-errors-at-alpaca"


def _refusal(
    name: str,
    reason: Reason,
    status: int,
    code: int,
    text: str,
    source: str,
    **more: Json,
) -> Refusal:
    body = {"code": code, "message": text, **more}
    headers = {"content-type": "application/json"}
    return Refusal(
        name,
        reason,
        Status(status, json.dumps(body), headers),
        text,
        source,
        (str(code),),
    )


REFUSALS = (
    _refusal(
        "insufficient-buying-power",
        Reason.MARGIN,
        403,
        40310000,
        "insufficient buying power",
        POST_ORDER,
        buying_power="100000",
        cost_basis="48640000",
    ),
    _refusal(
        "insufficient-quantity",
        Reason.QUANTITY,
        403,
        40310000,
        "insufficient qty available for order (requested: 5, available: 2)",
        GUIDE,
        available="2",
        existing_qty="2",
        held_for_orders="0",
    ),
    _refusal(
        "unknown-asset",
        Reason.SYMBOL,
        422,
        42210000,
        'asset "NOSUCH" not found',
        POST_ORDER,
    ),
    _refusal(
        "sub-penny",
        Reason.PRICE,
        422,
        42210000,
        "invalid limit_price 290.123. sub-penny increment does not fulfill minimum "
        "pricing criteria",
        ORDERS,
    ),
    _refusal(
        "duplicate-client-id",
        Reason.DUPLICATE,
        422,
        40010001,
        "client_order_id must be unique",
        ORDERS,
    ),
    _refusal(
        "fraction-not-day",
        Reason.OTHER,
        422,
        42210000,
        "fractional orders must be DAY orders",
        "https://docs.alpaca.markets/docs/fractional-trading",
    ),
)
