"""What each broker's own words say of its positions, its account and its fills."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.broker_market import UNREADABLE, decimal
from conformance.judge.ledger import Traded, trades_told
from conformance.judge.orders import number
from conformance.judge.venue import Booked

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Held:
    """One position as a broker shows it, short below zero; None is not told there."""

    quantity: Decimal
    entry: Decimal | None
    price: Decimal | None
    profit: Decimal | None


def positions_of(provider: str, answer: Json) -> tuple[Held, ...]:
    """The open positions in an answer of this broker's."""
    read = _POSITIONS.get(provider)
    try:
        rows = () if read is None else tuple(read(answer))
    except UNREADABLE:
        return ()
    return tuple(row for row in rows if row.quantity)


def _oanda(answer: Json) -> Iterator[Held]:
    for row in answer.get("positions") or [answer["position"]]:
        for side in (row["long"], row["short"]):
            names = ("averagePrice", "unrealizedPL")
            entry, profit = (decimal(side.get(name)) for name in names)
            yield Held(decimal(side["units"]) or ZERO, entry, None, profit)


def _saxo(answer: Json) -> Iterator[Held]:
    for row in answer["Data"]:
        names = ("AverageOpenPrice", "CurrentPrice", "ProfitLossOnTrade")
        figures = (decimal(row["NetPositionView"].get(name)) for name in names)
        yield Held(decimal(row["NetPositionBase"]["Amount"]) or ZERO, *figures)


def _alpaca(answer: Json) -> Iterator[Held]:
    for row in answer if isinstance(answer, list) else [answer]:
        names = ("avg_entry_price", "current_price", "unrealized_pl")
        figures = (decimal(row.get(name)) for name in names)
        yield Held(decimal(row["qty"]) or ZERO, *figures)


CASH = frozenset({"USDT", "BUSD", "USDC", "TUSD", "USD", "EUR", "GBP"})
"""What a balance of is money and no position."""


def _binance(answer: Json) -> Iterator[Held]:
    """A spot account has balances: nothing is said of what they were bought at."""
    for row in answer["balances"]:
        if row["asset"] not in CASH:
            amounts = (decimal(row[name]) or ZERO for name in ("free", "locked"))
            yield Held(sum(amounts, ZERO), None, None, None)


_POSITIONS: Mapping[str, Callable[[Json], Iterator[Held]]] = {
    "binance_spot": _binance,
    "oanda": _oanda,
    "saxo": _saxo,
    "alpaca": _alpaca,
}


ACCOUNT: Mapping[str, Mapping[str, str]] = {
    "oanda": {
        "balance": "balance",
        "equity": "NAV",
        "unrealized_pnl": "unrealizedPL",
        "margin_used": "marginUsed",
        "margin_available": "marginAvailable",
    },
    "saxo": {
        "balance": "CashBalance",
        "equity": "TotalValue",
        "unrealized_pnl": "UnrealizedPositionsValue",
        "margin_used": "MarginUsedByCurrentPositions",
        "margin_available": "MarginAvailable",
    },
    "alpaca": {"equity": "equity"},
}
"""By broker: how it names what the Gateway's account tells, where it has a word."""


def account_of(provider: str, answer: Json) -> dict[str, Decimal]:
    """The account's figures in an answer of this broker's, by the Gateway's names."""
    row = answer.get("account", answer) if isinstance(answer, dict) else {}
    names = ACCOUNT.get(provider, {})
    told = {mine: decimal(row.get(its)) for mine, its in names.items()}
    found = {name: value for name, value in told.items() if value is not None}
    if provider == "saxo" and "margin_used" in found:
        # Saxo writes what is used below zero.
        found["margin_used"] = abs(found["margin_used"])
    return found


def shown_as(transcript: Transcript, fill: Booked) -> list[Traded]:
    """The trades that were told and are this fill: no two of a script are alike."""
    data = fill.entry.data
    wanted = (data["symbol"], data["side"], fill.number("fill"), fill.number("price"))
    return [
        traded
        for traded in trades_told(transcript)
        if _terms(traded.trade) == wanted and traded.told > fill.entry.number
    ]


def _terms(trade: Mapping[str, Json]) -> tuple[Json, ...]:
    row = dict(trade)
    figures = (number(row, "quantity"), number(row, "price"))
    return (row.get("symbol"), row.get("side"), *figures)
