"""How the books read in Binance's words: upper case, milliseconds, eight decimals."""

from datetime import datetime
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.desk import Shape
from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.binance.desk import BinanceDesk
from conformance.peers.venues.binance.symbols import QUOTE, SYMBOLS, base_of
from conformance.protocol.words import OrderStatus, OrderType, Side
from conformance.venue.books import Trade
from conformance.venue.order import Order

STATUS = {
    OrderStatus.PENDING: "NEW",
    OrderStatus.OPEN: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.PENDING_CANCEL: "PENDING_CANCEL",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELLED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.REJECTED: "REJECTED",
}
KIND = {
    OrderType.MARKET: "MARKET",
    OrderType.LIMIT: "LIMIT",
    OrderType.STOP: "STOP_LOSS",
    OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT",
}


def number(value: Decimal) -> str:
    """With eight decimals."""
    return f"{value:.8f}"


def milliseconds(at: datetime) -> int:
    """Since 1970."""
    return int(at.timestamp() * 1000)


def error_json(refusal: Refuse) -> dict[str, Json]:
    """The body of a no; one that a script made up without a code reads -2010."""
    code = refusal.code or ""
    known = code.removeprefix("-").isdigit()
    return {"code": int(code) if known else -2010, "msg": refusal.text}


def report_json(order: Order) -> dict[str, Json]:
    """What every answer about an order holds."""
    terms = order.terms
    kind = "LIMIT_MAKER" if terms.post_only else KIND[terms.order_type]
    found: dict[str, Json] = {
        "symbol": terms.symbol,
        "orderId": int(order.id),
        "orderListId": -1,
        "clientOrderId": terms.client_order_id,
        "price": number(terms.limit_price or Decimal(0)),
        "origQty": number(terms.quantity),
        "executedQty": number(order.filled),
        "origQuoteOrderQty": number(Decimal(0)),
        "cummulativeQuoteQty": number(order.worth),
        "status": STATUS[order.status],
        "timeInForce": str(terms.time_in_force),
        "type": kind,
        "side": str(terms.side),
        "selfTradePreventionMode": "NONE",
    }
    if terms.stop_price is not None:
        found["stopPrice"] = number(terms.stop_price)
    return found


def order_json(order: Order) -> dict[str, Json]:
    """An order that was asked for."""
    at = milliseconds(order.created_at)
    return {
        "stopPrice": number(Decimal(0)),
        **report_json(order),
        "icebergQty": number(Decimal(0)),
        "time": at,
        "updateTime": milliseconds(order.updated_at),
        "isWorking": order.terms.stop_price is None or order.triggered,
        "workingTime": at,
    }


def placed_json(desk: BinanceDesk, order: Order, wanted: str | None) -> Json:
    """An order that was just placed: FULL for MARKET and LIMIT, ACK for any other."""
    at = milliseconds(order.created_at)
    plain = order.terms.stop_price is None and not order.terms.post_only
    kind = wanted or ("FULL" if plain else "ACK")
    if kind == "ACK":
        return {
            "symbol": order.terms.symbol,
            "orderId": int(order.id),
            "orderListId": -1,
            "clientOrderId": order.terms.client_order_id,
            "transactTime": at,
        }
    found = {**report_json(order), "transactTime": at, "workingTime": at}
    if kind == "FULL":
        trades = [t for t in desk.books.trades if t.order_id == order.id]
        found["fills"] = [_fill_json(t) for t in trades]
    return found


def cancelled_json(order: Order) -> dict[str, Json]:
    """An order that was just cancelled."""
    return {
        **report_json(order),
        "origClientOrderId": order.terms.client_order_id,
        "clientOrderId": f"c{order.id}",
        "transactTime": milliseconds(order.updated_at),
    }


def _fill_json(trade: Trade) -> dict[str, Json]:
    return {
        "price": number(trade.price),
        "qty": number(trade.quantity),
        "commission": number(trade.commission),
        "commissionAsset": commission_asset(trade),
        "tradeId": int(trade.id),
    }


def commission_asset(trade: Trade) -> str:
    """What the commission was taken in: what its trade received."""
    return base_of(trade.symbol) if trade.side is Side.BUY else QUOTE


def trade_json(trade: Trade) -> dict[str, Json]:
    """One of the account's trades."""
    return {
        "symbol": trade.symbol,
        "id": int(trade.id),
        "orderId": int(trade.order_id),
        "orderListId": -1,
        "price": number(trade.price),
        "qty": number(trade.quantity),
        "quoteQty": number(trade.quantity * trade.price),
        "commission": number(trade.commission),
        "commissionAsset": commission_asset(trade),
        "time": milliseconds(trade.at),
        "isBuyer": trade.side is Side.BUY,
        "isMaker": False,
        "isBestMatch": True,
    }


def account_json(desk: BinanceDesk) -> dict[str, Json]:
    """The wallet."""
    symbols: tuple[str | None, ...] = (None, *SYMBOLS)
    rates = {
        "maker": Decimal(0),
        "taker": Decimal(0),
        "buyer": desk.books.buyer_rate,
        "seller": desk.books.seller_rate,
    }
    return {
        "makerCommission": 0,
        "takerCommission": 0,
        "buyerCommission": int(rates["buyer"] * 10_000),
        "sellerCommission": int(rates["seller"] * 10_000),
        "commissionRates": {name: number(rate) for name, rate in rates.items()},
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": milliseconds(desk.now()),
        "accountType": "SPOT",
        "balances": [_balance_json(desk, symbol) for symbol in symbols],
        "permissions": ["SPOT"],
        "uid": 354937868,
    }


def _balance_json(desk: BinanceDesk, symbol: str | None) -> dict[str, Json]:
    return {
        "asset": QUOTE if symbol is None else base_of(symbol),
        "free": number(desk.free(symbol)),
        "locked": number(desk.locked(symbol)),
    }


def kline_json(start: int, seconds: int, shape: Shape) -> list[Json]:
    """A bar that begins here and looks like this."""
    volume, close = shape.volume, shape.closed
    return [
        start * 1000,
        number(shape.opened),
        number(shape.high),
        number(shape.low),
        number(close),
        number(volume),
        (start + seconds) * 1000 - 1,
        number(volume * close),
        308,
        number(volume / 2),
        number(volume * close / 2),
        "0",
    ]
