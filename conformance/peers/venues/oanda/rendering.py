"""How OANDA's books read in its REST answers; every decimal is a string."""

from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from conformance.evidence.entry import Json
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.terms import (
    ACCOUNT,
    OpenTrade,
    half_spread,
    stamp,
)
from conformance.peers.venues.oanda.transactions import order_fields
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus
from conformance.venue.books import START_BALANCE
from conformance.venue.order import Order

LIQUIDITY = 10_000_000
ENDED = frozenset({OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED})


def order_json(desk: OandaDesk, order: Order) -> dict[str, Json]:
    """One order, in the state that it is in."""
    details = desk.details[order.id]
    told: dict[str, Json] = {
        "id": order.id,
        "createTime": stamp(order.created_at),
        "type": details.kind,
        **order_fields(order, details),
        "state": "PENDING",
    }
    if details.replaces is not None:
        told["replacesOrderID"] = details.replaces
    if order.filled:
        told |= {
            "fillingTransactionID": details.fills[-1],
            "filledTime": stamp(order.updated_at),
        }
        if details.opened:
            told["tradeOpenedID"] = details.opened
        if details.closed:
            told["tradeClosedIDs"] = list(details.closed)
    if order.status is OrderStatus.FILLED:
        told["state"] = "FILLED"
    elif order.status in ENDED:
        told |= {
            "state": "CANCELLED",
            "cancellingTransactionID": details.cancel,
            "cancelledTime": stamp(order.updated_at),
        }
        if details.replaced_by is not None:
            told["replacedByOrderID"] = details.replaced_by
    return told


def trade_json(desk: OandaDesk, trade: OpenTrade) -> dict[str, Json]:
    """One trade."""
    told: dict[str, Json] = {
        "id": trade.id,
        "instrument": trade.symbol,
        "price": text_of(trade.price),
        "openTime": stamp(trade.opened),
        "state": "OPEN" if trade.units else "CLOSED",
        "initialUnits": text_of(trade.initial),
        "currentUnits": text_of(trade.units),
        "realizedPL": text_of(trade.realized),
        "financing": text_of(trade.financing),
        "dividendAdjustment": "0.0000",
    }
    if trade.units:
        price = desk.prices[trade.symbol]
        told["unrealizedPL"] = text_of(trade.units * (price - trade.price))
    if trade.closed is not None:
        told["closeTime"] = stamp(trade.closed)
    if trade.closing:
        told["closingTransactionIDs"] = list(trade.closing)
    return told


def position_json(desk: OandaDesk, symbol: str) -> dict[str, Json]:
    """Both sides of what is held of an instrument; a side without units is there."""
    trades = desk.open_trades(symbol)
    return {
        "instrument": symbol,
        "pl": text_of(sum(_realized(desk, symbol), Decimal(0))),
        "unrealizedPL": text_of(desk.unrealized(symbol)),
        "long": _side(desk, symbol, [t for t in trades if t.units > 0]),
        "short": _side(desk, symbol, [t for t in trades if t.units < 0]),
    }


def _realized(desk: OandaDesk, symbol: str) -> list[Decimal]:
    return [t.realized for t in desk.trades.values() if t.symbol == symbol]


def _side(desk: OandaDesk, symbol: str, trades: list[OpenTrade]) -> dict[str, Json]:
    units = sum((t.units for t in trades), Decimal(0))
    worth = sum((t.units * t.price for t in trades), Decimal(0))
    told: dict[str, Json] = {
        "units": text_of(units),
        "pl": "0.0000",
        "unrealizedPL": text_of(units * desk.prices[symbol] - worth),
    }
    if trades:
        told |= {
            "averagePrice": text_of(round(worth / units, 10)),
            "tradeIDs": [t.id for t in trades],
        }
    return told


def account_json(desk: OandaDesk) -> dict[str, Json]:
    """The account's summary."""
    ledger = desk.ledger
    used, equity = desk.margin_used(), desk.equity()
    commission = sum((t.commission for t in ledger.trades), Decimal(0))
    worth = (abs(p.quantity) * desk.prices[p.symbol] for p in ledger.open_positions())
    live = desk.live()
    return {
        "id": ACCOUNT,
        "alias": "Primary",
        "currency": desk.currency,
        "createdByUserID": 4242424,
        "createdTime": "2020-01-02T03:04:05.000000000Z",
        "marginRate": "0.02",
        "hedgingEnabled": desk.hedging,
        "balance": text_of(ledger.balance),
        "NAV": text_of(equity),
        "unrealizedPL": text_of(desk.unrealized()),
        "pl": text_of(ledger.balance - START_BALANCE + commission),
        "resettablePL": text_of(ledger.balance - START_BALANCE + commission),
        "commission": text_of(commission),
        "financing": text_of(
            sum((t.financing for t in desk.trades.values()), Decimal(0))
        ),
        "marginUsed": text_of(used),
        "marginAvailable": text_of(max(equity - used, Decimal(0))),
        "positionValue": text_of(sum(worth, Decimal(0))),
        "marginCloseoutUnrealizedPL": text_of(desk.unrealized()),
        "marginCloseoutNAV": text_of(equity),
        "marginCloseoutMarginUsed": text_of(used),
        "marginCloseoutPercent": text_of(
            round(used / equity / 2, 5) if equity > 0 else Decimal(1)
        ),
        "withdrawalLimit": text_of(max(equity - used, Decimal(0))),
        "openTradeCount": len(desk.open_trades()),
        "openPositionCount": len(ledger.open_positions()),
        "pendingOrderCount": len(live),
        "lastTransactionID": ledger.last,
    }


def price_json(
    symbol: str,
    bid: Decimal | None,
    ask: Decimal | None,
    at: datetime,
    tradeable: bool = True,
) -> dict[str, Json]:
    """One quote, as the stream and REST tell it; a side may have nobody on it."""
    there = [price for price in (bid, ask) if price is not None] or [Decimal(0)]
    return {
        "type": "PRICE",
        "instrument": symbol,
        "time": stamp(at),
        "status": "tradeable" if tradeable else "non-tradeable",
        "tradeable": tradeable,
        "bids": _rungs(bid),
        "asks": _rungs(ask),
        "closeoutBid": text_of(there[0]),
        "closeoutAsk": text_of(there[-1]),
    }


def _rungs(price: Decimal | None) -> list[Json]:
    if price is None:
        return []
    return [{"price": text_of(price), "liquidity": LIQUIDITY}]


def quote_json(desk: OandaDesk, symbol: str) -> dict[str, Json]:
    """Where an instrument trades now."""
    found = desk.quoted(symbol, half_spread(symbol))
    open_ = symbol not in desk.halted
    return price_json(symbol, found.bid, found.ask, found.at, open_)


def candles_json(
    desk: OandaDesk, symbol: str, seconds: int, count: int, end: datetime
) -> list[Json]:
    """Whole bars of a flat market, oldest first, the last of them still open."""
    price, reach = desk.prices[symbol], half_spread(symbol)
    # A bar that begins at the very end is not among them.
    last = (ceil(end.timestamp()) - 1) // seconds * seconds
    first = datetime.fromtimestamp(last, end.tzinfo) - timedelta(
        seconds=seconds * (count - 1)
    )
    starts = (first + timedelta(seconds=seconds * i) for i in range(count))
    now = desk.now()
    shape = desk.shape(symbol, price + reach, price - reach, 100)
    mid = {
        "o": text_of(shape.opened),
        "h": text_of(shape.high),
        "l": text_of(shape.low),
        "c": text_of(shape.closed),
    }
    return [
        {
            "time": stamp(start),
            "volume": int(shape.volume),
            "complete": start + timedelta(seconds=seconds) <= now,
            "mid": mid,
        }
        for start in starts
    ]
