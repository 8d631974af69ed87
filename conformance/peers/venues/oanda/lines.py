"""Which fields OANDA's documents ask of a line, and of which type; ours are held to it.

developer.oanda.com/rest-live-v20/transaction-df, pricing-common-df, transaction-ep
"""

from collections.abc import Mapping

from conformance.evidence.entry import Json

TEXT = ("id", "time", "accountID", "batchID", "type")
"""What every transaction carries; `userID` is a number."""

ORDER = ("instrument", "units", "timeInForce", "positionFill", "reason")
PRICED = (*ORDER, "price", "triggerCondition")
HANGING = ("tradeID", "timeInForce", "triggerCondition", "reason")

WANTED: Mapping[str, tuple[str, ...]] = {
    "MARKET_ORDER": ORDER,
    "LIMIT_ORDER": PRICED,
    "STOP_ORDER": PRICED,
    "MARKET_IF_TOUCHED_ORDER": PRICED,
    "TAKE_PROFIT_ORDER": (*HANGING, "price"),
    "STOP_LOSS_ORDER": (*HANGING, "price"),
    "TRAILING_STOP_LOSS_ORDER": (*HANGING, "distance"),
    "ORDER_FILL": (
        "orderID",
        "instrument",
        "units",
        "price",
        "reason",
        "pl",
        "financing",
        "commission",
        "accountBalance",
    ),
    "ORDER_CANCEL": ("orderID", "reason"),
    "ORDER_CANCEL_REJECT": ("orderID", "rejectReason"),
    "DAILY_FINANCING": ("financing", "accountBalance"),
    "MARGIN_CALL_ENTER": (),
    "MARGIN_CALL_EXIT": (),
    "MARGIN_CALL_EXTEND": (),
}
"""The text fields of each type of transaction that we write."""

NEVER: Mapping[str, tuple[str, ...]] = {"ORDER_CANCEL": ("instrument", "units")}
"""Fields that a type has not."""


def line_fault(stream: str, line: Mapping[str, Json]) -> str | None:
    """What OANDA's documents do not allow of a line; None where they allow it."""
    if line.get("type") == "HEARTBEAT":
        return _texts(line, ("time",))
    return _price_fault(line) if stream == "pricing" else transaction_fault(line)


def transaction_fault(line: Mapping[str, Json]) -> str | None:
    """What is wrong with a transaction."""
    kind = str(line.get("type"))
    wanted = WANTED.get(kind)
    if kind.endswith("_ORDER_REJECT"):
        wanted = ("rejectReason",)
    if wanted is None:
        return f"OANDA has no transaction of type {kind!r}"
    present = [name for name in NEVER.get(kind, ()) if name in line]
    if present:
        return f"{kind} has no {present[0]}"
    if kind == "MARGIN_CALL_EXTEND" and not isinstance(
        line.get("extensionNumber"), int
    ):
        return "extensionNumber is no integer"
    return _texts(line, (*TEXT, *wanted))


def _texts(line: Mapping[str, Json], names: tuple[str, ...]) -> str | None:
    wrong = [name for name in names if not isinstance(line.get(name), str)]
    return f"{wrong[0]} is no string" if wrong else None


def _price_fault(line: Mapping[str, Json]) -> str | None:
    if line.get("type") != "PRICE":
        return f"the stream of prices has no {line.get('type')!r}"
    for name in ("bids", "asks"):
        rungs = line.get(name)
        if not isinstance(rungs, list) or not all(_rung(rung) for rung in rungs):
            return f"{name} are no list of prices with liquidity"
    return _texts(line, ("instrument", "time"))


def _rung(rung: Json) -> bool:
    if not isinstance(rung, dict):
        return False
    return isinstance(rung.get("price"), str) and isinstance(rung.get("liquidity"), int)
