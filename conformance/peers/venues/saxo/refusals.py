"""Saxo's documented refusals of an order."""

import json

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Status
from conformance.peers.venues.words import Reason, Refusal

CODES = "https://www.developer.saxo/openapi/referencedocs/trade/v2/orders/patch__trade"
SHAPE = "https://www.developer.saxo/openapi/learn/order-placement-return-codes"


def refused(code: str, message: str) -> Json:
    """The body of a refused order."""
    return {"ErrorInfo": {"ErrorCode": code, "Message": message}}


def _refusal(reason: Reason, code: str, message: str) -> Refusal:
    answer = Status(
        400,
        json.dumps(refused(code, message)),
        {"content-type": "application/json"},
    )
    return Refusal(code, reason, answer, message, f"{SHAPE} and {CODES}", (code,))


REFUSALS = (
    _refusal(Reason.OTHER, "ClientExposureLimitation", "Exposure would be exceeded"),
)
"""Those whose code is on Saxo's own page of codes; the others are not known."""
