"""Which HTTP status each error code is told with."""

from collections.abc import Mapping

STATUS: Mapping[str, int] = {
    "INVALID_REQUEST": 400,
    "INVALID_VALUE": 400,
    "VALIDATION_ERROR": 400,
    "UNAUTHORIZED": 401,
    "ORDER_NOT_FOUND": 404,
    "POSITION_NOT_FOUND": 404,
    "SYMBOL_NOT_FOUND": 404,
    "OCO_GROUP_NOT_FOUND": 404,
    "ORDER_NOT_MODIFIABLE": 409,
    "RESET_COOLDOWN": 409,
    "ORDER_REJECTED": 422,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
    "UNSUPPORTED_OPERATION": 501,
    "PROVIDER_ERROR": 502,
    "SHUTTING_DOWN": 503,
    "PROVIDER_UNAVAILABLE": 503,
}
"""openapi.json, ErrorCode and the responses that use it."""
