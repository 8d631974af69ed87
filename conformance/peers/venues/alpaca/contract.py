"""What an answer of ours must hold, by Alpaca's public document."""

from collections.abc import Mapping

from conformance.evidence.entry import Json

ORDER = (
    "id client_order_id created_at updated_at submitted_at filled_at expired_at "
    "canceled_at failed_at replaced_at replaced_by replaces asset_id symbol "
    "asset_class notional qty filled_qty filled_avg_price order_class order_type type "
    "side time_in_force limit_price stop_price status extended_hours legs"
)
POSITION = (
    "asset_id symbol exchange asset_class avg_entry_price qty side market_value "
    "cost_basis unrealized_pl unrealized_plpc current_price lastday_price change_today"
)
REQUIRED: Mapping[str, str] = {
    "account": "id account_number status currency cash portfolio_value buying_power",
    "submit": ORDER,
    "replace": ORDER,
    "order": ORDER,
    "orders": ORDER,
    "close": ORDER,
    "cancel-all": "id status",
    "close-all": "symbol status body",
    "position": POSITION,
    "positions": POSITION,
    "activities": (
        "id activity_type transaction_time type price qty side symbol leaves_qty "
        "order_id cum_qty"
    ),
    "stock-quote": "symbol quote",
    "stock-bars": "symbol bars next_page_token",
    "coin-quotes": "quotes",
    "coin-bars": "bars",
}
TEXTS = frozenset(
    ["id", "qty", "filled_qty", "price", "cash", "buying_power", "symbol"]
)
"""Fields that are JSON texts, amounts among them."""


def answer_fault(name: str, status: int, body: Json) -> str | None:
    """What is wrong with an answer of ours, if anything is."""
    if status >= 400:
        return None if "message" in body else "message is missing"
    if status == 204:
        return "there is a body" if body is not None else None
    rows = body if isinstance(body, list) else [body]
    required = REQUIRED.get(name, "").split()
    return next((f for f in (_lacks(r, required) for r in rows) if f), None)


def _lacks(row: Mapping[str, Json], required: list[str]) -> str | None:
    for name in required:
        if name not in row:
            return f"{name} is missing"
        if name in TEXTS and not isinstance(row[name], str):
            return f"{name} is no text"
    return None
