"""What Binance asks of a request before it looks at its books: key, signature, time
and parameters."""

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.words import Operation

NUMBER = re.compile(r"[0-9]{1,20}")
DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
MOST_WINDOW = 60_000
AHEAD = 1000
"""Milliseconds that a request may be ahead of Binance's clock."""

ORDER = (
    "timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType "
    "stopPrice trailingDelta icebergQty newOrderRespType selfTradePreventionMode "
    "pegPriceType pegOffsetValue pegOffsetType"
)
SPAN = "startTime endTime limit"
NUMBERS = frozenset(
    [
        "orderId",
        "cancelOrderId",
        "startTime",
        "endTime",
        "limit",
        "fromId",
        "trailingDelta",
    ]
)
DECIMALS = frozenset(["quantity", "quoteOrderQty", "price", "stopPrice", "icebergQty"])


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint: what it does, and the parameters that it must and may be sent."""

    operation: Operation
    must: str = ""
    may: str = ""
    signed: bool = True


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "ping"): Endpoint(Operation.OTHER, signed=False),
    ("GET", "time"): Endpoint(Operation.OTHER, signed=False),
    ("GET", "ticker/bookTicker"): Endpoint(Operation.QUOTE, "", "symbol", False),
    ("GET", "klines"): Endpoint(
        Operation.BARS, "symbol interval", f"{SPAN} timeZone", False
    ),
    ("GET", "account"): Endpoint(Operation.ACCOUNT, "", "omitZeroBalances"),
    ("GET", "order"): Endpoint(Operation.ORDER, "symbol", "orderId origClientOrderId"),
    ("GET", "openOrders"): Endpoint(Operation.ORDERS, "", "symbol"),
    ("GET", "allOrders"): Endpoint(Operation.ORDERS, "symbol", f"orderId {SPAN}"),
    ("GET", "myTrades"): Endpoint(Operation.TRADES, "symbol", f"orderId fromId {SPAN}"),
    ("POST", "order"): Endpoint(Operation.SUBMIT, "symbol side type", ORDER),
    ("DELETE", "order"): Endpoint(
        Operation.CANCEL,
        "symbol",
        "orderId origClientOrderId newClientOrderId cancelRestrictions",
    ),
    ("DELETE", "openOrders"): Endpoint(Operation.CANCEL_ALL, "symbol"),
    ("POST", "order/cancelReplace"): Endpoint(
        Operation.REPLACE,
        "symbol side type cancelReplaceMode",
        f"{ORDER} cancelOrderId cancelOrigClientOrderId cancelNewClientOrderId "
        "cancelRestrictions orderRateLimitExceededMode",
    ),
}

EITHER = {
    ("GET", "order"): ("orderId", "origClientOrderId"),
    ("DELETE", "order"): ("orderId", "origClientOrderId"),
    ("POST", "order/cancelReplace"): ("cancelOrderId", "cancelOrigClientOrderId"),
}
"""One of two that must be there."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The key and the secret that a Gateway signs with."""

    key: str
    secret: str


def name_of(target: str) -> str:
    """An endpoint's name: what comes after /api/v3/."""
    path = urlsplit(target).path
    return path.removeprefix("/api/v3/") if path.startswith("/api/v3/") else ""


def endpoint_of(method: str, target: str) -> Endpoint | None:
    """The endpoint that a request is for."""
    return ENDPOINTS.get((method, name_of(target)))


def parameters(target: str, body: str = "") -> dict[str, str]:
    """What was sent, in the query or the body; the query's outranks."""
    query = parse_qsl(urlsplit(target).query, keep_blank_values=True)
    return dict(parse_qsl(body, keep_blank_values=True)) | dict(query)


def fault_of(
    method: str,
    target: str,
    body: str,
    headers: Mapping[str, str],
    credentials: Credentials,
) -> Refuse | None:
    """Why Binance does not even look at a request; None where it does."""
    endpoint = endpoint_of(method, target)
    if endpoint is None:
        return Refuse("This operation is not supported.", "-1020", 404)
    query = urlsplit(target).query
    sent = parameters(target, body)
    if len(parse_qsl(query, keep_blank_values=True)) > len(parameters(target)):
        return _bad("-1101", "Duplicate values for a parameter detected.")
    found = _unsigned(query + body, sent, headers, credentials)
    if endpoint.signed and found is not None:
        return found
    return _incomplete(endpoint, method, name_of(target), sent)


def _unsigned(
    raw: str, sent: Mapping[str, str], headers: Mapping[str, str], own: Credentials
) -> Refuse | None:
    if headers.get("X-MBX-APIKEY") != own.key:
        text = "Invalid API-key, IP, or permissions for action."
        return Refuse(text, "-2015", 401)
    if NUMBER.fullmatch(sent.get("timestamp", "")) is None:
        return _mandatory("timestamp")
    if "signature" not in sent:
        return _mandatory("signature")
    # Over the bytes as they came, not as we would have written them.
    signed = "&".join(p for p in raw.split("&") if not p.startswith("signature="))
    made = hmac.new(own.secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made, sent["signature"].lower()):
        return _bad("-1022", "Signature for this request is not valid.")
    return _untimely(int(sent["timestamp"]), sent.get("recvWindow", "5000"))


def _untimely(stamp: int, window: str) -> Refuse | None:
    if DECIMAL.fullmatch(window) is None or float(window) > MOST_WINDOW:
        text = "'recvWindow' contains unexpected value. Cannot be greater than 60000."
        return _bad("-1102", text)
    now = time.time() * 1000
    sent = stamp / 1000 if stamp > 10**14 else stamp
    if sent >= now + AHEAD:
        text = "Timestamp for this request was 1000ms ahead of the server's time."
        return _bad("-1021", text)
    if now - sent > float(window):
        return _bad("-1021", "Timestamp for this request is outside of the recvWindow.")
    return None


def _incomplete(
    endpoint: Endpoint, method: str, name: str, sent: Mapping[str, str]
) -> Refuse | None:
    must = endpoint.must.split()
    for parameter in must:
        if not sent.get(parameter):
            return _mandatory(parameter)
    known = {*must, *endpoint.may.split()}
    if endpoint.signed:
        known |= {"timestamp", "recvWindow", "signature"}
    read = known & set(sent)
    if len(read) < len(sent):
        text = (
            f"Not all sent parameters were read; read '{len(read)}' parameter(s) but "
            f"was sent '{len(sent)}'."
        )
        return _bad("-1104", text)
    either = EITHER.get((method, name))
    if either is not None and not any(sent.get(one) for one in either):
        first, second = either
        text = f"Param '{first}' or '{second}' must be sent, but both were empty/null!"
        return _bad("-1102", text)
    return _malformed(sent)


def _malformed(sent: Mapping[str, str]) -> Refuse | None:
    for name, value in sent.items():
        if not value:
            return _bad("-1105", f"Parameter '{name}' was empty.")
        if name in NUMBERS and NUMBER.fullmatch(value) is None:
            return _illegal(name, r"^[0-9]{1,20}$")
        if name in DECIMALS and DECIMAL.fullmatch(value) is None:
            return _illegal(name, r"^([0-9]{1,20})(\.[0-9]{1,20})?$")
    return None


def _bad(code: str, text: str) -> Refuse:
    return Refuse(text, code, 400)


def _mandatory(name: str) -> Refuse:
    text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    return _bad("-1102", text)


def _illegal(name: str, legal: str) -> Refuse:
    text = f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    return _bad("-1100", text)
