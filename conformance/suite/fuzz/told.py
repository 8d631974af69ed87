"""Which answers to generated requests show that a Gateway understood them at all."""

from conformance.evidence.exchange import Exchange
from conformance.suite.gateway.invariants_contract import is_an_answer


def is_envelope(exchange: Exchange) -> bool:
    status, body = exchange.status or 0, exchange.body
    return status >= 400 and isinstance(body, dict) and {"code", "message"} <= {*body}


def is_told(exchange: Exchange) -> bool:
    """A success of the declared shape, or an error in the envelope."""
    return is_envelope(exchange) or is_success(exchange) or _is_plain(exchange)


def is_success(exchange: Exchange) -> bool:
    return 200 <= (exchange.status or 0) < 300 and is_an_answer(exchange)


def _is_plain(exchange: Exchange) -> bool:
    """The metrics, which are text."""
    response = exchange.response
    told = "" if response is None else str(response.data["body"])
    return exchange.path.endswith("/metrics") and "# TYPE " in told
