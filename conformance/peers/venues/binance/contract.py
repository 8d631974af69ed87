"""What an answer of ours must hold, by Binance's public document."""

from collections.abc import Mapping

from conformance.evidence.entry import Json

REPORT = [
    "symbol",
    "orderId",
    "orderListId",
    "clientOrderId",
    "price",
    "origQty",
    "executedQty",
    "origQuoteOrderQty",
    "cummulativeQuoteQty",
    "status",
    "timeInForce",
    "type",
    "side",
    "selfTradePreventionMode",
]
ORDER = [*REPORT, "stopPrice", "icebergQty", "time", "updateTime", "isWorking"]
CANCELLED = [*REPORT, "origClientOrderId", "transactTime"]
ACK = ["symbol", "orderId", "orderListId", "clientOrderId", "transactTime"]

REQUIRED: Mapping[tuple[str, str], list[str]] = {
    ("GET", "account"): [
        "commissionRates",
        "canTrade",
        "updateTime",
        "accountType",
        "balances",
        "permissions",
    ],
    ("GET", "order"): ORDER,
    ("GET", "openOrders"): ORDER,
    ("GET", "allOrders"): ORDER,
    ("POST", "order"): ACK,
    ("DELETE", "order"): CANCELLED,
    ("DELETE", "openOrders"): CANCELLED,
    ("POST", "order/cancelReplace"): [
        "cancelResult",
        "newOrderResult",
        "cancelResponse",
        "newOrderResponse",
    ],
    ("GET", "myTrades"): [
        "symbol",
        "id",
        "orderId",
        "orderListId",
        "price",
        "qty",
        "quoteQty",
        "commission",
        "commissionAsset",
        "time",
        "isBuyer",
        "isMaker",
        "isBestMatch",
    ],
    ("GET", "ticker/bookTicker"): [
        "symbol",
        "bidPrice",
        "bidQty",
        "askPrice",
        "askQty",
    ],
    ("GET", "time"): ["serverTime"],
}

NUMBERS = frozenset(
    ["orderId", "orderListId", "id", "time", "updateTime", "transactTime", "code"]
)
"""Fields that are JSON numbers; amounts are texts."""


def answer_fault(method: str, name: str, status: int, body: Json) -> str | None:
    """What is wrong with an answer of ours, if anything is."""
    if status >= 400:
        return _lacks(body, ["code", "msg"])
    if name == "klines":
        short = [row for row in body if len(row) != 12]
        return "a kline has not twelve fields" if short else None
    required = REQUIRED.get((method, name), [])
    rows = body if isinstance(body, list) else [body]
    return next((f for f in (_lacks(r, required) for r in rows) if f), None)


def _lacks(row: Mapping[str, Json], required: list[str]) -> str | None:
    for name in required:
        if name not in row:
            return f"{name} is missing"
        if (name in NUMBERS) != (type(row[name]) is int) and name in NUMBERS:
            return f"{name} is no number"
    return None
