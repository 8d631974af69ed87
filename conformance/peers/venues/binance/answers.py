"""What Binance answers out of its books; one function an endpoint."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Refuse
from conformance.peers.upstream import Answered
from conformance.peers.venues.binance.desk import BinanceDesk
from conformance.peers.venues.binance.rendering import (
    account_json,
    cancelled_json,
    error_json,
    kline_json,
    milliseconds,
    number,
    order_json,
    placed_json,
    trade_json,
)
from conformance.peers.venues.binance.symbols import SYMBOLS
from conformance.venue.order import Order

INTERVALS = {
    "1s": 1,
    **{f"{n}m": n * 60 for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": n * 3600 for n in (1, 2, 4, 6, 8, 12)},
    **{f"{n}d": n * 86400 for n in (1, 3)},
    "1w": 604800,
    "1M": 30 * 86400,
}
DAY = 86_400_000
HALF_SPREAD = Decimal("0.01")
UNKNOWN_ORDER = Refuse("Unknown order sent.", "-2011", 400)

Sent = Mapping[str, str]


def refusal(no: Refuse) -> Answered:
    """How a no is answered."""
    return Answered(no.status, error_json(no))


def answer(desk: BinanceDesk, method: str, name: str, sent: Sent) -> Answered:
    """What is answered to a request that is whole."""
    if name == "ping":
        return Answered(200, {})
    if name == "time":
        return Answered(200, {"serverTime": milliseconds(desk.now())})
    symbol = sent.get("symbol")
    if symbol is not None and not desk.known(symbol):
        return refusal(Refuse("Invalid symbol.", "-1121", 400))
    if method == "POST":
        place = _submit if name == "order" else _cancel_replace
        return place(desk, sent)
    if method == "DELETE":
        cancel = _cancel if name == "order" else _cancel_all
        return cancel(desk, sent)
    return _read(desk, name, sent)


def _read(desk: BinanceDesk, name: str, sent: Sent) -> Answered:
    reads: Mapping[str, Callable[[BinanceDesk, Sent], Answered]] = {
        "order": _order,
        "klines": _klines,
        "ticker/bookTicker": _ticker,
        "allOrders": lambda desk, sent: _past(_orders(desk, sent), sent),
        "myTrades": lambda desk, sent: _past(_trades(desk, sent), sent),
    }
    if name in reads:
        return reads[name](desk, sent)
    if name == "account":
        return Answered(200, account_json(desk))
    return Answered(200, [order_json(o) for o in desk.live(sent.get("symbol"))])


def _past(rows: list[dict[str, Json]], sent: Sent) -> Answered:
    """Those of a span of time, the newest."""
    start, end = int(sent.get("startTime", 0)), int(sent.get("endTime", 0))
    if start and end and end - start > DAY:
        text = "More than 24 hours between startTime and endTime."
        return refusal(Refuse(text, "-1127", 400))
    found = [r for r in rows if start <= r["time"] <= (end or r["time"])]
    return Answered(200, found[-min(int(sent.get("limit", 500)), 1000) :])


# --- orders ---


def _submit(desk: BinanceDesk, sent: Sent) -> Answered:
    no = desk.refusal(sent)
    if no is not None:
        return refusal(no)
    order = desk.place(sent)
    return Answered(200, placed_json(desk, order, sent.get("newOrderRespType")))


def _order(desk: BinanceDesk, sent: Sent) -> Answered:
    found = _named(desk, sent)
    if found is None:
        return refusal(Refuse("Order does not exist.", "-2013", 400))
    return Answered(200, order_json(found))


def _named(desk: BinanceDesk, sent: Sent) -> Order | None:
    client = sent.get("origClientOrderId")
    return desk.find(sent["symbol"], sent.get("orderId"), client)


def _cancel(desk: BinanceDesk, sent: Sent) -> Answered:
    found = _named(desk, sent)
    no = _uncancelled(desk, found)
    if no is not None or found is None:
        return refusal(no or UNKNOWN_ORDER)
    return Answered(200, cancelled_json(found))


def _uncancelled(desk: BinanceDesk, order: Order | None) -> Refuse | None:
    """Cancels an order; the no where that cannot be."""
    if order is None or not order.live:
        return UNKNOWN_ORDER
    if not desk.withdraw(order):
        text = "This account may not place or cancel orders."
        return Refuse(text, "-2011", 400)
    return None


def _cancel_all(desk: BinanceDesk, sent: Sent) -> Answered:
    live = desk.live(sent["symbol"])
    if not live:
        return refusal(UNKNOWN_ORDER)
    return Answered(200, [cancelled_json(o) for o in live if desk.withdraw(o)])


def _cancel_replace(desk: BinanceDesk, sent: Sent) -> Answered:
    """Filters first, then the cancel, then the new order."""
    names = ("cancelOrderId", "cancelOrigClientOrderId")
    old = desk.find(sent["symbol"], *(sent.get(name) for name in names))
    new_no = desk.refusal(sent, besides=old)
    if new_no is not None and new_no.code == "-1013":
        return refusal(new_no)
    cancel_no = _uncancelled(desk, old)
    if cancel_no is not None and sent["cancelReplaceMode"] == "STOP_ON_FAILURE":
        return _halves(error_json(cancel_no), None)
    done: Json = None if old is None else cancelled_json(old)
    cancelled = done if cancel_no is None else error_json(cancel_no)
    if new_no is not None:
        return _halves(cancelled, error_json(new_no))
    placed = desk.place(sent)
    wanted = sent.get("newOrderRespType")
    return _halves(cancelled, placed_json(desk, placed, wanted))


def _halves(cancelled: Json, placed: Json) -> Answered:
    """The answer to a cancel-replace by what became of its two halves."""
    well = "code" not in cancelled, placed is not None and "code" not in placed
    results = ["SUCCESS" if done else "FAILURE" for done in well]
    data = {
        "cancelResult": results[0],
        "newOrderResult": "NOT_ATTEMPTED" if placed is None else results[1],
        "cancelResponse": cancelled,
        "newOrderResponse": placed,
    }
    if all(well):
        return Answered(200, data)
    if any(well):
        told = Refuse("Order cancel-replace partially failed.", "-2021", 409)
    else:
        told = Refuse("Order cancel-replace failed.", "-2022", 400)
    found = refusal(told)
    return replace(found, body={**found.body, "data": data})


# --- what was, and what the market does ---


def _orders(desk: BinanceDesk, sent: Sent) -> list[dict[str, Json]]:
    least = int(sent.get("orderId", 0))
    found = desk.books.orders.values()
    named = [o for o in found if o.terms.symbol == sent["symbol"]]
    return [order_json(o) for o in named if int(o.id) >= least]


def _trades(desk: BinanceDesk, sent: Sent) -> list[dict[str, Json]]:
    least, wanted = int(sent.get("fromId", 0)), sent.get("orderId")
    return [
        trade_json(t)
        for t in desk.books.trades
        if t.symbol == sent["symbol"]
        and int(t.id) >= least
        and wanted in (None, t.order_id)
    ]


def _ticker(desk: BinanceDesk, sent: Sent) -> Answered:
    symbol = sent.get("symbol")
    if symbol is None:
        return Answered(200, [_ticker_json(desk, one) for one in SYMBOLS])
    return Answered(200, _ticker_json(desk, symbol))


def _ticker_json(desk: BinanceDesk, symbol: str) -> Json:
    found = desk.quoted(symbol, HALF_SPREAD)
    return {
        "symbol": symbol,
        "bidPrice": number(found.bid or Decimal(0)),
        "bidQty": number(Decimal(31)),
        "askPrice": number(found.ask or Decimal(0)),
        "askQty": number(Decimal(9)),
    }


def _klines(desk: BinanceDesk, sent: Sent) -> Answered:
    """The newest bars of a flat market, oldest first."""
    seconds = INTERVALS.get(sent["interval"])
    if seconds is None:
        return refusal(Refuse("Invalid interval.", "-1120", 400))
    now = milliseconds(desk.now()) // 1000
    end = min(int(sent.get("endTime", now * 1000)) // 1000, now)
    last = end - end % seconds
    wanted = min(int(sent.get("limit", 500)), 1000)
    begin = int(sent.get("startTime", 0)) / 1000
    starts = [last - seconds * i for i in reversed(range(wanted))]
    close = desk.prices[sent["symbol"]]
    high, low = close * Decimal("1.01"), close * Decimal("0.99")
    shape = desk.shape(sent["symbol"], high, low, 1000)
    return Answered(200, [kline_json(s, seconds, shape) for s in starts if s >= begin])
