"""OANDA's documented refusals of an order."""

import json

from conformance.peers.engine.conduct import Status
from conformance.peers.venues.oanda.terms import ACCOUNT
from conformance.peers.venues.words import Reason, Refusal

SOURCE = "developer.oanda.com/rest-live-v20/transaction-df: TransactionRejectReason"
SAID = {
    "INSUFFICIENT_MARGIN": "There is not enough margin to take the order",
    "MARKET_HALTED": "The instrument is halted",
    "INSTRUMENT_NOT_TRADEABLE": "The instrument is not tradeable by the account",
    "UNITS_LIMIT_EXCEEDED": "The units are above the limit of the account",
    "PRICE_PRECISION_EXCEEDED": "The price has more precision than the instrument",
    "CLIENT_ORDER_ID_ALREADY_EXISTS": "The client order id is in use",
    "PENDING_ORDERS_ALLOWED_EXCEEDED": "The account has too many pending orders",
}
TIME = "2026-01-05T00:00:00.000000000Z"


def _refusal(name: str, reason: Reason, code: str, status: int = 400) -> Refusal:
    told = {
        "id": "9001",
        "time": TIME,
        "accountID": ACCOUNT,
        "batchID": "9001",
        "userID": 4242424,
        "type": "MARKET_ORDER_REJECT",
        "rejectReason": code,
    }
    body = {
        "orderRejectTransaction": told,
        "relatedTransactionIDs": ["9001"],
        "lastTransactionID": "9001",
        "errorCode": code,
        "errorMessage": SAID[code],
    }
    return Refusal(
        name, reason, Status(status, json.dumps(body)), SAID[code], SOURCE, (code,)
    )


REFUSALS = (
    _refusal("insufficient-margin", Reason.MARGIN, "INSUFFICIENT_MARGIN"),
    _refusal("market-halted", Reason.HALTED, "MARKET_HALTED"),
    _refusal("unknown-symbol", Reason.SYMBOL, "INSTRUMENT_NOT_TRADEABLE"),
    _refusal("units", Reason.QUANTITY, "UNITS_LIMIT_EXCEEDED"),
    _refusal("price", Reason.PRICE, "PRICE_PRECISION_EXCEEDED"),
    _refusal("duplicate", Reason.DUPLICATE, "CLIENT_ORDER_ID_ALREADY_EXISTS"),
    _refusal("too-many", Reason.OTHER, "PENDING_ORDERS_ALLOWED_EXCEEDED"),
)
