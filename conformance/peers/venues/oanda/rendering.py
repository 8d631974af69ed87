"""What OANDA's REST shows of its books: orders, trades, positions, the account, prices.

developer.oanda.com/rest-live-v20: order-df, trade-df, position-df, account-df,
pricing-common-df, instrument-df
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.terms import (
    ACCOUNT,
    OpenTrade,
    half_spread,
    places,
    stamp,
)
from conformance.peers.venues.oanda.transactions import order_fields
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus
from conformance.venue.order import Order

STATES = {OrderStatus.FILLED: "FILLED"}
LIQUIDITY = 10_000_000


def order_json(desk: OandaDesk, order: Order) -> Json:
    """An order; once it has ended it names the transaction that ended it."""
    details = desk.details[order.id]
    state = "PENDING" if order.live else STATES.get(order.status, "CANCELLED")
    told: dict[str, Json] = {
        "id": order.id,
        "createTime": stamp(order.created_at),
        "type": details.kind,
        "state": state,
        **order_fields(order, details),
    }
    if details.fills:
        told |= {"fillingTransactionID": details.fills[-1]}
        told |= {"filledTime": stamp(order.updated_at)}
        told |= {} if details.opened is None else {"tradeOpenedID": details.opened}
        told |= {"tradeClosedIDs": details.closed} if details.closed else {}
    if details.cancel is not None:
        told |= {"cancellingTransactionID": details.cancel}
        told |= {"cancelledTime": stamp(order.updated_at)}
    replaced = (details.replaces, details.replaced_by)
    for name, other in zip(
        ("replacesOrderID", "replacedByOrderID"), replaced, strict=True
    ):
        told |= {} if other is None else {name: other}
    return told


def trade_json(desk: OandaDesk, trade: OpenTrade) -> Json:
    """A trade, open or closed."""
    profit = trade.units * (desk.prices[trade.symbol] - trade.price)
    told: dict[str, Json] = {
        "id": trade.id,
        "instrument": trade.symbol,
        "price": text_of(trade.price),
        "openTime": stamp(trade.opened),
        "initialUnits": text_of(trade.initial),
        "initialMarginRequired": "0.0000",
        "state": "OPEN" if trade.units else "CLOSED",
        "currentUnits": text_of(trade.units),
        "realizedPL": text_of(trade.realized),
        "financing": text_of(trade.financing),
        "dividendAdjustment": "0.0000",
        "unrealizedPL": text_of(profit),
        "marginUsed": "0.0000",
    }
    if trade.closed is not None:
        told |= {
            "closeTime": stamp(trade.closed),
            "closingTransactionIDs": trade.closing,
        }
    return told


def position_json(desk: OandaDesk, symbol: str) -> Json:
    """Both sides of an instrument; a side without trades has 0 units."""
    trades = desk.open_trades(symbol)
    long = _side(desk, [t for t in trades if t.units > 0])
    short = _side(desk, [t for t in trades if t.units < 0])
    return {
        "instrument": symbol,
        "pl": "0.0000",
        "unrealizedPL": text_of(desk.unrealized(symbol)),
        "resettablePL": "0.0000",
        "financing": text_of(sum((t.financing for t in trades), Decimal(0))),
        "commission": "0.0000",
        "long": long,
        "short": short,
    }


def _side(desk: OandaDesk, trades: list[OpenTrade]) -> Json:
    units = sum((t.units for t in trades), Decimal(0))
    told: dict[str, Json] = {
        "units": text_of(units),
        "pl": "0.0000",
        "resettablePL": "0.0000",
        "financing": text_of(sum((t.financing for t in trades), Decimal(0))),
        "unrealizedPL": text_of(
            sum(
                (t.units * (desk.prices[t.symbol] - t.price) for t in trades),
                Decimal(0),
            )
        ),
    }
    if units:
        worth = sum((t.units * t.price for t in trades), Decimal(0))
        told |= {
            "averagePrice": text_of(worth / units),
            "tradeIDs": [t.id for t in trades],
        }
    return told


def account_json(desk: OandaDesk) -> Json:
    """The account's summary."""
    equity, used = desk.equity(), desk.margin_used()
    held = desk.ledger.open_positions()
    return {
        "id": ACCOUNT,
        "alias": "Primary",
        "currency": "USD",
        "createdByUserID": 4242424,
        "createdTime": "2020-01-06T00:00:00.000000000Z",
        "hedgingEnabled": False,
        "marginRate": "0.02",
        "balance": text_of(desk.ledger.balance),
        "NAV": text_of(equity),
        "unrealizedPL": text_of(desk.unrealized()),
        "marginUsed": text_of(used),
        "marginAvailable": text_of(max(equity - used, Decimal(0))),
        "positionValue": text_of(used * 50),
        "openTradeCount": len(desk.open_trades()),
        "openPositionCount": len(held),
        "pendingOrderCount": len(desk.live()),
        "lastTransactionID": desk.ledger.last,
    }


def price_json(
    desk: OandaDesk,
    symbol: str,
    bid: Decimal | None = None,
    ask: Decimal | None = None,
) -> dict[str, Json]:
    """A price of the stream; REST's is the same."""
    middle, half = desk.prices[symbol], half_spread(symbol)
    bid = middle - half if bid is None else bid
    ask = middle + half if ask is None else ask
    return {
        "type": "PRICE",
        "instrument": symbol,
        "time": stamp(desk.now()),
        "status": "non-tradeable" if symbol in desk.halted else "tradeable",
        "tradeable": symbol not in desk.halted,
        "bids": [{"price": text_of(bid), "liquidity": LIQUIDITY}],
        "asks": [{"price": text_of(ask), "liquidity": LIQUIDITY}],
        "closeoutBid": text_of(bid),
        "closeoutAsk": text_of(ask),
    }


def candles(desk: OandaDesk, symbol: str, seconds: int, wanted: int) -> list[Json]:
    """The newest bars of a flat market, oldest first; the last one is still open."""
    now = int(datetime.now(UTC).timestamp())
    last = datetime.fromtimestamp(now - now % seconds, UTC)
    price = f"{desk.prices[symbol]:.{places(symbol)}f}"
    return [
        {
            "complete": back > 0,
            "volume": 7,
            "time": stamp(last - timedelta(seconds=seconds * back)),
            "mid": dict.fromkeys(("o", "h", "l", "c"), price),
        }
        for back in reversed(range(wanted))
    ]
