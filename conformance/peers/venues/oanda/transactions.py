"""What OANDA's transactions say of orders, fills, cancels and financing."""

from collections.abc import Sequence
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.venues.oanda.ledger import Settled
from conformance.peers.venues.oanda.terms import (
    DEPENDENT,
    ON_FILL,
    Details,
    OpenTrade,
    units_of,
)
from conformance.protocol.money import text_of
from conformance.venue.books import Trade
from conformance.venue.order import Order

NOTHING = "0.0000"
CLOSES = {
    "TRADE_CLOSE": "MARKET_ORDER_TRADE_CLOSE",
    "POSITION_CLOSEOUT": "MARKET_ORDER_POSITION_CLOSEOUT",
    "MARGIN_CLOSEOUT": "MARKET_ORDER_MARGIN_CLOSEOUT",
}


def order_fields(order: Order, details: Details) -> dict[str, Json]:
    """What an order and the transaction that made it have in common."""
    asked = details.asked
    told: dict[str, Json]
    market = details.kind == "MARKET"
    time = asked.get("timeInForce") or ("FOK" if market else "GTC")
    if details.kind in DEPENDENT:
        told = {"tradeID": details.trade, "timeInForce": time}
    else:
        told = {
            "instrument": order.terms.symbol,
            "units": units_of(order.terms),
            "timeInForce": time,
            "positionFill": asked.get("positionFill") or "DEFAULT",
        }
    copied = ("price", "distance", "gtdTime", "priceBound", "clientExtensions")
    names = (*copied, *ON_FILL, "tradeClientExtensions", "guaranteed")
    told |= {name: asked[name] for name in names if asked.get(name) is not None}
    if details.kind != "MARKET":
        told["triggerCondition"] = asked.get("triggerCondition") or "DEFAULT"
    return told


def create_fields(order: Order, details: Details) -> dict[str, Json]:
    """The transaction that makes an order."""
    told = {**order_fields(order, details), "reason": details.reason}
    if details.replaces is not None:
        told["replacesOrderID"] = details.replaces
    if details.reason == "ON_FILL":
        told["orderFillTransactionID"] = details.trade
    units = text_of(order.terms.quantity)
    if details.reason == "TRADE_CLOSE":
        told["tradeClose"] = {"tradeID": details.trade, "units": units}
    if details.reason == "MARGIN_CLOSEOUT":
        told["marginCloseout"] = {"reason": "MARGIN_CHECK_VIOLATION"}
    if details.reason == "POSITION_CLOSEOUT":
        long = order.terms.side.sign < 0
        name = "longPositionCloseout" if long else "shortPositionCloseout"
        told[name] = {"instrument": order.terms.symbol, "units": units}
    return told


def fill_fields(
    order: Order, details: Details, trade: Trade, settled: Settled, balance: Decimal
) -> dict[str, Json]:
    """The transaction of a fill."""
    price = text_of(trade.price)
    told: dict[str, Json] = {
        **_order_named(order),
        "instrument": trade.symbol,
        "units": units_of(order.terms, trade.quantity),
        "requestedUnits": units_of(order.terms),
        "price": price,
        "fullVWAP": price,
        "gainQuoteHomeConversionFactor": "1",
        "lossQuoteHomeConversionFactor": "1",
        "reason": CLOSES.get(details.reason, f"{details.kind}_ORDER"),
        "pl": text_of(settled.profit),
        "financing": NOTHING,
        "commission": text_of(trade.commission),
        "guaranteedExecutionFee": NOTHING,
        "accountBalance": text_of(balance),
        "halfSpreadCost": NOTHING,
    }
    if settled.opened is not None:
        told["tradeOpened"] = {
            "tradeID": settled.opened.id,
            "units": text_of(settled.opened.units),
            "price": price,
            "guaranteedExecutionFee": NOTHING,
        }
    taken = [(_taken(*one, price), one[0] in settled.closed) for one in settled.taken]
    if closed := [row for row, done in taken if done]:
        told["tradesClosed"] = closed
    for row in (row for row, done in taken if not done):
        told["tradeReduced"] = row
    return told


def _taken(old: OpenTrade, part: Decimal, profit: Decimal, price: str) -> Json:
    return {
        "tradeID": old.id,
        "units": text_of(part),
        "price": price,
        "realizedPL": text_of(profit),
        "financing": NOTHING,
        "guaranteedExecutionFee": NOTHING,
    }


def cancel_fields(order: Order, details: Details, reason: str) -> dict[str, Json]:
    """The transaction of a cancel, which names no instrument."""
    told = {**_order_named(order), "reason": reason}
    if details.replaced_by is not None:
        told["replacedByOrderID"] = details.replaced_by
    return told


def _order_named(order: Order) -> dict[str, Json]:
    name = order.terms.client_order_id
    return {"orderID": order.id, **({"clientOrderID": name} if name else {})}


def financing_fields(
    symbol: str, amount: Decimal, balance: Decimal, shares: Sequence[OpenTrade]
) -> dict[str, Json]:
    """What a DAILY_FINANCING of one instrument has of its own."""
    each = [{"tradeID": t.id, "financing": text_of(amount)} for t in shares]
    return {
        "financing": text_of(amount),
        "accountBalance": text_of(balance),
        "accountFinancingMode": "DAILY",
        "positionFinancings": [
            {
                "instrument": symbol,
                "financing": text_of(amount),
                "openTradeFinancings": each,
            }
        ],
    }
