"""Binance's documented refusals of an order."""

import json

from conformance.peers.engine.conduct import Status
from conformance.peers.venues.words import Reason, Refusal

SOURCE = "https://developers.binance.com/docs/binance-spot-api-docs/errors"


def _refusal(name: str, reason: Reason, code: int, text: str, part: str) -> Refusal:
    return Refusal(
        name=name,
        reason=reason,
        answer=Status(
            400,
            json.dumps({"code": code, "msg": text}),
            {"content-type": "application/json"},
        ),
        said=text,
        source=f"{SOURCE}#{part}",
        codes=(str(code),),
    )


ENGINE = "other-errors"
FILTERS = "filter-failures"

REFUSALS = (
    _refusal(
        "insufficient-balance",
        Reason.MARGIN,
        -2010,
        "Account has insufficient balance for requested action.",
        ENGINE,
    ),
    _refusal("market-closed", Reason.CLOSED, -2010, "Market is closed.", ENGINE),
    _refusal(
        "unknown-symbol", Reason.SYMBOL, -1121, "Invalid symbol.", "-1121-bad_symbol"
    ),
    _refusal("lot-size", Reason.QUANTITY, -1013, "Filter failure: LOT_SIZE", FILTERS),
    _refusal(
        "price-filter", Reason.PRICE, -1013, "Filter failure: PRICE_FILTER", FILTERS
    ),
    _refusal("duplicate", Reason.DUPLICATE, -2010, "Duplicate order sent.", ENGINE),
    _refusal("notional", Reason.OTHER, -1013, "Filter failure: NOTIONAL", FILTERS),
)
