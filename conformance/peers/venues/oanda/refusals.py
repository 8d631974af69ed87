"""OANDA's documented refusals of an order."""

import json

from conformance.peers.engine.conduct import Status
from conformance.peers.venues.words import Reason, Refusal

REJECTS = "developer.oanda.com/rest-live-v20/transaction-df/#TransactionRejectReason"
CANCELS = "developer.oanda.com/rest-live-v20/transaction-df/#OrderCancelReason"


def _rejected(name: str, reason: Reason, word: str, text: str) -> Refusal:
    body = {
        "orderRejectTransaction": {
            "id": "6000",
            "accountID": "101-001-4242424-001",
            "userID": 4242424,
            "batchID": "6000",
            "time": "2026-01-02T03:04:05.000000000Z",
            "type": "MARKET_ORDER_REJECT",
            "reason": "CLIENT_ORDER",
            "rejectReason": word,
        },
        "relatedTransactionIDs": ["6000"],
        "lastTransactionID": "6000",
        "errorCode": word,
        "errorMessage": text,
    }
    return Refusal(name, reason, Status(400, json.dumps(body)), text, REJECTS, (word,))


REFUSALS: tuple[Refusal, ...] = (
    _rejected(
        "insufficient-margin",
        Reason.MARGIN,
        "INSUFFICIENT_MARGIN",
        "The Account had insufficient margin to perform the action specified",
    ),
    _rejected(
        "market-halted",
        Reason.HALTED,
        "MARKET_HALTED",
        "The Order's instrument is halted",
    ),
    _rejected(
        "instrument-unknown",
        Reason.SYMBOL,
        "INSTRUMENT_UNKNOWN",
        "The instrument specified is unknown",
    ),
    _rejected(
        "units-precision",
        Reason.QUANTITY,
        "UNITS_PRECISION_EXCEEDED",
        "The units specified contain more precision than is allowed",
    ),
    _rejected(
        "price-precision",
        Reason.PRICE,
        "PRICE_PRECISION_EXCEEDED",
        "The price specified contains more precision than is allowed",
    ),
    _rejected(
        "client-id-used",
        Reason.DUPLICATE,
        "CLIENT_ORDER_ID_ALREADY_EXISTS",
        "The client Order ID specified is already assigned to another pending Order",
    ),
    _rejected(
        "account-locked",
        Reason.OTHER,
        "ACCOUNT_LOCKED",
        "The Account is locked",
    ),
)
