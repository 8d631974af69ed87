"""How the books read in Saxo's words: Pascal case, JSON numbers, Uics."""

from collections.abc import Mapping
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.venues.saxo.instruments import INSTRUMENTS
from conformance.peers.venues.saxo.requests import PERCENT
from conformance.protocol.words import (
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
    TrailingType,
)
from conformance.venue.books import Books, Position, Trade
from conformance.venue.order import Order, Terms

STATUS = {
    OrderStatus.PENDING: "Working",
    OrderStatus.OPEN: "Working",
    OrderStatus.PARTIALLY_FILLED: "Working",
    OrderStatus.PENDING_CANCEL: "Working",
    OrderStatus.FILLED: "FinalFill",
    OrderStatus.CANCELLED: "Cancelled",
    OrderStatus.EXPIRED: "Expired",
    OrderStatus.REJECTED: "Rejected",
}
TYPES = {
    "Market": OrderType.MARKET,
    "Limit": OrderType.LIMIT,
    "Stop": OrderType.STOP,
    "StopIfTraded": OrderType.STOP,
    "StopLimit": OrderType.STOP_LIMIT,
    "TrailingStop": OrderType.TRAILING_STOP,
    "TrailingStopIfTraded": OrderType.TRAILING_STOP,
}
TYPE = {
    OrderType.MARKET: "Market",
    OrderType.LIMIT: "Limit",
    OrderType.STOP: "StopIfTraded",
    OrderType.STOP_LIMIT: "StopLimit",
    OrderType.TRAILING_STOP: "TrailingStopIfTraded",
}
DURATIONS = {
    "DayOrder": TimeInForce.DAY,
    "GoodTillCancel": TimeInForce.GTC,
    "ImmediateOrCancel": TimeInForce.IOC,
    "FillOrKill": TimeInForce.FOK,
}
DURATION = {value: name for name, value in DURATIONS.items()}
CURRENCY = "USD"
HALF_SPREAD = Decimal("0.01")


def number(value: Decimal | None) -> float | None:
    """A JSON number."""
    return None if value is None else float(value)


def decimal(value: Json) -> Decimal | None:
    """What a JSON number says."""
    return None if value is None else Decimal(str(value))


def terms_of(asked: Mapping[str, Json], symbol: str) -> Terms:
    """What an order asks for."""
    kind = TYPES[asked["OrderType"]]
    price = decimal(asked.get("OrderPrice"))
    limit = price if kind is OrderType.LIMIT else None
    distance = "TrailingStopDistanceToMarket"
    percent = PERCENT if PERCENT in asked else None
    if kind is OrderType.STOP_LIMIT:
        limit = decimal(asked["StopLimitPrice"])
    return Terms(
        symbol=symbol,
        side=Side.BUY if asked["BuySell"] == "Buy" else Side.SELL,
        order_type=kind,
        quantity=Decimal(str(asked["Amount"])),
        limit_price=limit,
        stop_price=None if kind in {OrderType.LIMIT, OrderType.MARKET} else price,
        trailing_distance=decimal(asked.get(percent or distance)),
        trailing_type=TrailingType.PERCENT if percent else None,
        time_in_force=DURATIONS[asked["OrderDuration"]["DurationType"]],
        client_order_id=asked.get("ExternalReference"),
    )


def order_json(order: Order, related: list[Order], status: str | None) -> Json:
    """One order with every key that it has on the stream; `status` as it was made."""
    terms = order.terms
    instrument = INSTRUMENTS[terms.symbol]
    stops = terms.order_type is OrderType.STOP_LIMIT
    price = terms.stop_price if terms.stop_price is not None else terms.limit_price
    return {
        "OrderId": order.id,
        "Uic": instrument.uic,
        "AssetType": instrument.asset_type,
        "BuySell": terms.side.capitalize(),
        "OpenOrderType": TYPE[terms.order_type],
        "Amount": number(terms.quantity),
        "FilledAmount": number(order.filled),
        "Price": number(price),
        "StopPrice": number(terms.limit_price) if stops else None,
        "TrailingStopDistanceToMarket": number(terms.trailing_distance),
        "AverageFillPrice": number(order.average_price),
        "Status": status or STATUS[order.status],
        "Duration": {"DurationType": DURATION[terms.time_in_force]},
        "ExternalReference": terms.client_order_id,
        "RelatedOpenOrders": [related_json(o) for o in related],
    }


def related_json(order: Order) -> Json:
    """A related order, in the names that the public examples have."""
    terms = order.terms
    return {
        "Amount": number(terms.quantity),
        "Duration": {"DurationType": DURATION[terms.time_in_force]},
        "OpenOrderType": TYPE[terms.order_type],
        "OrderId": order.id,
        "OrderPrice": number(
            terms.stop_price if terms.stop_price is not None else terms.limit_price
        ),
        "Status": STATUS[order.status],
    }


def balance_json(
    books: Books, prices: Mapping[str, Decimal], utilisation: Decimal | None
) -> Json:
    """The account."""
    held = books.open_positions()
    profit = sum((p.unrealized(prices[p.symbol]) for p in held), Decimal(0))
    used = sum((abs(p.quantity) * prices[p.symbol] for p in held), Decimal(0)) / 30
    total = books.balance + profit
    share = used / total * 100 if utilisation is None else utilisation
    return {
        "CashBalance": number(books.balance),
        "Currency": CURRENCY,
        "MarginAvailableForTrading": number(total - used),
        "MarginAvailable": number(total - used),
        "MarginUsedByCurrentPositions": number(-used),
        "MarginUtilizationPct": number(share),
        "TotalValue": number(total),
        "UnrealizedPositionsValue": number(profit),
    }


def position_json(position: Position, price: Decimal) -> Json:
    """A net position; its prices are in the view, as the reference has them."""
    instrument = INSTRUMENTS[position.symbol]
    return {
        "NetPositionId": f"{instrument.ticker}__{instrument.asset_type}",
        "NetPositionBase": {
            "Amount": number(position.quantity),
            "AssetType": instrument.asset_type,
            "Uic": instrument.uic,
            "CanBeClosed": True,
        },
        "NetPositionView": {
            "AverageOpenPrice": number(position.entry_price),
            "CurrentPrice": number(price),
            "ProfitLossOnTrade": number(position.unrealized(price)),
        },
    }


def closed_json(trade: Trade, opened: Decimal, amount: Decimal) -> Json:
    """What a trade closed of a position that was opened at this price.

    In the names of the reference's ClosedPositionResponse, with no id but the unique
    one.
    """
    instrument = INSTRUMENTS[trade.symbol]
    profit = number(amount * (trade.price - opened) * -trade.side.sign)
    opener = Side.SELL if trade.side is Side.BUY else Side.BUY
    cost = number(-trade.commission)
    at = trade.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "ClosedPositionUniqueId": f"{trade.order_id}-{trade.id}",
        "NetPositionId": f"{instrument.ticker}__{instrument.asset_type}",
        "ClosedPosition": {
            "AccountId": "192134INET",
            "Amount": number(amount * opener.sign),
            "AssetType": instrument.asset_type,
            "BuyOrSell": opener.capitalize(),
            "ClientId": "654321",
            "ClosedProfitLoss": profit,
            "ClosedProfitLossInBaseCurrency": profit,
            "ClosingMarketValue": 0.0,
            "ClosingMarketValueInBaseCurrency": 0.0,
            "ClosingMethod": "Fifo",
            "ClosingPositionId": trade.id,
            "ClosingPrice": number(trade.price),
            "CostClosing": cost,
            "CostClosingInBaseCurrency": cost,
            "ExecutionTimeClose": at,
            "ExecutionTimeOpen": at,
            "OpeningPositionId": trade.order_id,
            "OpenPrice": number(opened),
            "Uic": instrument.uic,
        },
    }


def quote_json(bid: Decimal | None, ask: Decimal | None) -> dict[str, Json]:
    """A quote; what there is not is not told, and neither is a middle then."""
    sides = {"Bid": bid, "Ask": ask}
    told: dict[str, Json] = {
        name: number(price) for name, price in sides.items() if price is not None
    }
    for name, price in sides.items():
        told[f"PriceType{name}"] = "NoMarket" if price is None else "Tradable"
    if bid is not None and ask is not None:
        told["Mid"] = number((bid + ask) / 2)
    return told
