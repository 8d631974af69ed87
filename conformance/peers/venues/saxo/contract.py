"""What an answer and a message of ours must hold, by Saxo's public reference."""

from collections.abc import Mapping, Sequence

from conformance.evidence.entry import Json
from conformance.peers.venues.saxo.requests import path_of

ORDER = (
    *("OrderId", "Uic", "AssetType", "BuySell", "OpenOrderType", "Amount"),
    *("FilledAmount", "Status", "Duration"),
)
REQUIRED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("GET", "/ref/v1/instruments"): ("Identifier", "AssetType", "Symbol"),
    ("GET", "/port/v1/clients/me"): ("ClientKey",),
    ("GET", "/port/v1/balances/me"): ("CashBalance", "Currency", "TotalValue"),
    ("GET", "/port/v1/orders/me"): ORDER,
    ("GET", "/port/v1/netpositions/me"): ("NetPositionId", "NetPositionBase"),
    ("GET", "/port/v1/closedpositions"): ("ClosedPosition", "ClosedPositionUniqueId"),
    ("GET", "/trade/v1/infoprices"): ("Uic", "AssetType", "Quote"),
    ("GET", "/chart/v3/charts"): ("Time", "OpenBid", "CloseAsk"),
    ("POST", "/trade/v2/orders"): ("OrderId",),
    ("PATCH", "/trade/v2/orders"): ("OrderId",),
    ("POST", "/trade/v2/orders/precheck"): ("PreCheckResult",),
}
SUBSCRIBED = ("ContextId", "ReferenceId", "Snapshot")
CONTROLS = frozenset({"_heartbeat", "_disconnect", "_resetsubscriptions"})
REASONS = frozenset(
    {"NoNewData", "SubscriptionTemporarilyDisabled", "SubscriptionPermanentlyDisabled"}
)
LONGEST_REFERENCE = 50


def answer_fault(method: str, target: str, status: int, body: Json) -> str | None:
    """What is wrong with an answer of ours, if anything is."""
    if status >= 400:
        return _refusal_fault(status, body)
    path = path_of(target)
    if path.endswith("/subscriptions"):
        return _lacks(body, SUBSCRIBED)
    wanted = REQUIRED.get((method, path), ())
    rows = body["Data"] if isinstance(body, dict) and "Data" in body else [body]
    return next((f for f in (_lacks(r, wanted) for r in rows) if f), None)


def message_fault(reference: str, payload: Json) -> str | None:
    """What is wrong with a message of the stream, if anything is."""
    if len(reference) > LONGEST_REFERENCE:
        return f"the reference id is longer than {LONGEST_REFERENCE} characters"
    if not reference.startswith("_"):
        return None if isinstance(payload, (dict, list)) else "the payload is no data"
    if reference not in CONTROLS:
        return f"there is no control message {reference}"
    if not isinstance(payload, list) or not payload:
        return "a control message is a list"
    if any(row.get("ReferenceId") != reference for row in payload):
        return "a control message names another"
    beats = [b for row in payload for b in row.get("Heartbeats", [])]
    wrong = [b for b in beats if b.get("Reason") not in REASONS]
    return "a heartbeat has no known reason" if wrong else None


def _refusal_fault(status: int, body: Json) -> str | None:
    if status == 401:
        return None
    told = body.get("ErrorInfo", body) if isinstance(body, dict) else {}
    return _lacks(told, ("ErrorCode", "Message"))


def _lacks(row: Mapping[str, Json], names: Sequence[str]) -> str | None:
    return next((f"{name} is missing" for name in names if name not in row), None)
