"""What OANDA's REST answers out of its books; one function an operation.

developer.oanda.com/rest-live-v20: order-ep, trade-ep, position-ep, pricing-ep,
account-ep, instrument-ep, transaction-ep
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.evidence.entry import Json
from conformance.peers.upstream import Answered
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.ledger import Transaction
from conformance.peers.venues.oanda.rendering import (
    account_json,
    candles,
    order_json,
    position_json,
    price_json,
    trade_json,
)
from conformance.peers.venues.oanda.requests import order_fault
from conformance.peers.venues.oanda.terms import ACCOUNT, SYMBOLS, OpenTrade
from conformance.peers.venues.words import Operation
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderStatus
from conformance.venue.order import Order

SECONDS = {
    "M1": 60,
    "M2": 120,
    "M4": 240,
    "M5": 300,
    "M10": 600,
    "M15": 900,
    "M30": 1800,
    "H1": 3600,
    "H2": 7200,
    "H3": 10800,
    "H4": 14400,
    "H6": 21600,
    "H8": 28800,
    "H12": 43200,
    "D": 86400,
    "W": 604800,
    "S5": 5,
    "S10": 10,
    "S15": 15,
    "S30": 30,
}
MOST_CANDLES = 5000
A_PATH = f"/v3/accounts/{ACCOUNT}"
ROUTES: tuple[tuple[str, str, Operation], ...] = (
    ("POST", "orders", Operation.SUBMIT),
    ("GET", "orders|pendingOrders", Operation.ORDERS),
    ("GET", "orders/[^/]+", Operation.ORDER),
    ("PUT", "orders/[^/]+", Operation.REPLACE),
    ("PUT", "orders/[^/]+/cancel", Operation.CANCEL),
    ("GET", "trades|openTrades", Operation.TRADES),
    ("GET", "trades/[^/]+", Operation.POSITION),
    ("PUT", "trades/[^/]+/close", Operation.CLOSE),
    ("GET", "positions|openPositions", Operation.POSITIONS),
    ("GET", "positions/[^/]+", Operation.POSITION),
    ("PUT", "positions/[^/]+/close", Operation.CLOSE),
    ("GET", "summary|", Operation.ACCOUNT),
    ("GET", "pricing", Operation.QUOTE),
    ("GET", "(pricing|transactions)/stream", Operation.STREAM),
    ("GET", "transactions/.*", Operation.OTHER),
)
"""What a request is, by its method and the path below the account."""

CANDLES = re.compile(r"/v3/instruments/([^/]+)/candles")


def operation_of(method: str, target: str) -> Operation:
    """Which operation a request asks for."""
    path = urlsplit(target).path
    if CANDLES.fullmatch(path):
        return Operation.BARS
    below = re.fullmatch(r"/v3/accounts/[^/]+/?(.*)", path)
    if below is None:
        return Operation.OTHER
    for wanted, shape, operation in ROUTES:
        if method == wanted and re.fullmatch(shape, below[1]):
            return operation
    return Operation.OTHER


def refused(status: int, text: str, code: str | None = None, **more: Json) -> Answered:
    """One of OANDA's error bodies."""
    named = {} if code is None else {"errorCode": code}
    return Answered(status, {**more, **named, "errorMessage": text})


Body: TypeAlias = Mapping[str, Json]


class Clerk:
    """Answers for one desk."""

    def __init__(self, desk: OandaDesk) -> None:
        self.desk = desk

    def answer(self, method: str, target: str, body: str | None) -> Answered:
        """What a well-behaved OANDA answers."""
        split = urlsplit(target)
        query = dict(parse_qsl(split.query))
        bars = CANDLES.fullmatch(split.path)
        if bars is not None:
            return self._bars(unquote(bars[1]), query)
        parts = [unquote(p) for p in split.path.split("/")[4:]]
        asked = json.loads(body) if body else {}
        asked = asked if isinstance(asked, dict) else {}
        operation = operation_of(method, target)
        act: Callable[[], Answered] | None = {
            Operation.SUBMIT: lambda: self._submit(asked.get("order")),
            Operation.ORDERS: lambda: self._orders(query, parts[0]),
            Operation.ORDER: lambda: self._order(parts[1]),
            Operation.REPLACE: lambda: self._replace(parts[1], asked.get("order")),
            Operation.CANCEL: lambda: self._cancel(parts[1]),
            Operation.TRADES: lambda: self._trades(query),
            Operation.POSITION: lambda: self._one(parts),
            Operation.POSITIONS: self._positions,
            Operation.CLOSE: lambda: self._close(parts, asked),
            Operation.ACCOUNT: lambda: self._account(parts),
            Operation.QUOTE: lambda: self._quote(query),
            Operation.OTHER: lambda: self._transactions(parts, query),
        }.get(operation)
        return refused(404, "The path is not known") if act is None else act()

    # --- orders ---

    def find(self, name: str) -> Order | None:
        """An order by its id, or by @ and the client's id."""
        if name.startswith("@"):
            return self.desk.ledger.by_client_id(name[1:])
        return self.desk.ledger.orders.get(name)

    def _submit(self, asked: Json) -> Answered:
        live = (o.terms.client_order_id for o in self.desk.live())
        fault = order_fault(asked, frozenset(n for n in live if n))
        if fault is None and asked["instrument"] in self.desk.unknown_symbols:
            fault = "INSTRUMENT_NOT_TRADEABLE"
        if fault is not None:
            return self._rejected(asked, fault)
        with self.desk.holding() as lines:
            self.desk.begin(self.desk.place(asked))
        return self._made(201, lines)

    def _rejected(self, asked: Json, code: str) -> Answered:
        given = asked if isinstance(asked, dict) else {}
        kind = f"{given.get('type', 'MARKET')}_ORDER_REJECT"
        told = self.desk.write(kind, rejectReason=code, reason="CLIENT_ORDER")
        text = f"The order was rejected: {code}"
        return refused(
            400, text, code, orderRejectTransaction=told, **self._last([told])
        )

    def _made(self, status: int, lines: list[Transaction]) -> Answered:
        """What an order, a replacement or a close brought, told once it is answered."""
        body: dict[str, Json] = {}
        for line in lines:
            kind = str(line["type"])
            hanging = line.get("reason") == "ON_FILL"
            name = {
                "ORDER_FILL": "orderFillTransaction",
                "ORDER_CANCEL": "orderCancelTransaction",
            }.get(kind, "orderCreateTransaction")
            if not hanging:
                body.setdefault(name, line)
        return Answered(status, {**body, **self._last(lines)}, self._told(lines))

    def _told(self, lines: list[Transaction]) -> Callable[[], object]:
        return lambda: [self.desk.say(line) for line in lines]

    def _last(self, lines: list[Transaction]) -> dict[str, Json]:
        return {
            "relatedTransactionIDs": [str(line["id"]) for line in lines],
            "lastTransactionID": self.desk.ledger.last,
        }

    def _orders(self, query: Mapping[str, str], name: str) -> Answered:
        symbol, state = query.get("instrument"), query.get("state", "PENDING")
        rows = [order_json(self.desk, o) for o in self.desk.ledger.orders.values()]
        rows = [
            row
            for row in reversed(rows)
            if symbol in (None, row.get("instrument"))
            and (state == "ALL" or row["state"] == state)
        ]
        rows = rows[: min(int(query.get("count", "50")), 500)]
        return self._shown(orders=rows)

    def _shown(self, **told: Json) -> Answered:
        return Answered(200, {**told, "lastTransactionID": self.desk.ledger.last})

    def _order(self, name: str) -> Answered:
        order = self.find(name)
        if order is None:
            return refused(
                404, "The order ID specified does not exist", "NO_SUCH_ORDER"
            )
        return self._shown(order=order_json(self.desk, order))

    def _cancel(self, name: str) -> Answered:
        order = self.find(name)
        with self.desk.holding() as lines:
            if order is not None and self.desk.withdraw(order):
                return self._made(200, lines)
        told = self.desk.write(
            "ORDER_CANCEL_REJECT", orderID=name, rejectReason="ORDER_DOESNT_EXIST"
        )
        text = "The order ID specified does not exist"
        known = {"orderCancelRejectTransaction": told, **self._last([told])}
        return refused(404, text, "ORDER_DOESNT_EXIST", **known)

    def _replace(self, name: str, asked: Json) -> Answered:
        old = self.find(name)
        if old is None or not old.live:
            text = "The order ID specified does not exist"
            return refused(404, text, "ORDER_DOESNT_EXIST")
        fault = order_fault(asked, frozenset())
        if fault is not None:
            return self._rejected(asked, fault)
        with self.desk.holding() as lines:
            new = self.desk.place(asked, reason="REPLACEMENT", replaces=old.id)
            self.desk.details[old.id].replaced_by = new.id
            self.desk.end(old, OrderStatus.CANCELLED, "CLIENT_REQUEST_REPLACED")
            self.desk.begin(new)
        return self._made(201, lines)

    # --- trades and positions ---

    def _trades(self, query: Mapping[str, str]) -> Answered:
        found = self.desk.open_trades(query.get("instrument"))
        return self._shown(trades=[trade_json(self.desk, t) for t in reversed(found)])

    def _one(self, parts: list[str]) -> Answered:
        if parts[0] == "positions":
            if parts[1] not in SYMBOLS:
                return refused(404, "The instrument specified does not exist")
            return self._shown(position=position_json(self.desk, parts[1]))
        trade = self.desk.trades.get(parts[1])
        if trade is None:
            return refused(
                404, "The trade ID specified does not exist", "NO_SUCH_TRADE"
            )
        return self._shown(trade=trade_json(self.desk, trade))

    def _positions(self) -> Answered:
        held = dict.fromkeys(t.symbol for t in self.desk.open_trades())
        return self._shown(positions=[position_json(self.desk, s) for s in held])

    def _close(self, parts: list[str], asked: Body) -> Answered:
        if parts[0] == "trades":
            trade = self.desk.trades.get(parts[1])
            if trade is None or not trade.units:
                return refused(404, "The trade does not exist", "TRADE_DOESNT_EXIST")
            return self._closed([trade], asked.get("units", "ALL"), "TRADE_CLOSE")
        trades = self.desk.open_trades(parts[1])
        long = [t for t in trades if t.units > 0]
        short = [t for t in trades if t.units < 0]
        for side, name in ((long, "longUnits"), (short, "shortUnits")):
            amount = asked.get(name, "NONE")
            if amount != "NONE" and side:
                prefix = name.removesuffix("Units")
                made = self._closed(side, amount, "POSITION_CLOSEOUT")
                return _prefixed(made, prefix)
        code = "CLOSEOUT_POSITION_DOESNT_EXIST"
        return refused(404, "The position to close does not exist", code)

    def _closed(self, trades: list[OpenTrade], amount: Json, reason: str) -> Answered:
        held = sum((t.units for t in trades), Decimal(0))
        wanted = abs(held) if amount == "ALL" else Decimal(str(amount))
        if not 0 < wanted <= abs(held):
            code = "CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE"
            return self._rejected({"type": "MARKET"}, code)
        units = -wanted if held > 0 else wanted
        asked = {
            "type": "MARKET",
            "instrument": trades[0].symbol,
            "units": text_of(units),
            "timeInForce": "FOK",
            "positionFill": "REDUCE_ONLY",
        }
        trade = trades[0].id if reason == "TRADE_CLOSE" else None
        with self.desk.holding() as lines:
            self.desk.begin(self.desk.place(asked, reason=reason, trade=trade))
        return self._made(200, lines)

    # --- the account and the market ---

    def _account(self, parts: list[str]) -> Answered:
        return self._shown(account=account_json(self.desk))

    def _quote(self, query: Mapping[str, str]) -> Answered:
        names = [n for n in query.get("instruments", "").split(",") if n]
        wrong = [n for n in names if n not in SYMBOLS]
        if wrong or not names:
            return refused(400, f"Invalid Instrument {', '.join(wrong)}")
        rows = [price_json(self.desk, name) for name in names]
        return Answered(200, {"prices": rows, "time": rows[0]["time"]})

    def _bars(self, symbol: str, query: Mapping[str, str]) -> Answered:
        kind = query.get("granularity", "S5")
        if symbol not in SYMBOLS or kind not in SECONDS:
            return refused(400, "Invalid value specified for 'instrument'")
        wanted = min(int(query.get("count", "500")), MOST_CANDLES)
        rows = candles(self.desk, symbol, SECONDS[kind], wanted)
        return Answered(
            200, {"instrument": symbol, "granularity": kind, "candles": rows}
        )

    def _transactions(self, parts: list[str], query: Mapping[str, str]) -> Answered:
        """transactions/{id}, /sinceid?id=, /idrange?from=&to="""
        known = self.desk.ledger.transactions
        if parts[:1] != ["transactions"] or len(parts) != 2:
            return refused(404, "The path is not known")
        if parts[1] in {"sinceid", "idrange"}:
            first = int(query["id"]) + 1 if "id" in query else int(query["from"])
            last = int(query.get("to", self.desk.ledger.last))
            rows = [t for n, t in known.items() if first <= int(n) <= last]
            return self._shown(transactions=rows)
        if parts[1] not in known:
            return refused(404, "The transaction does not exist")
        return self._shown(transaction=known[parts[1]])


def _prefixed(made: Answered, prefix: str) -> Answered:
    """A close of a position names which side its transactions are of."""
    body = {
        f"{prefix}{n[0].upper()}{n[1:]}" if n.startswith("order") else n: value
        for n, value in made.body.items()
    }
    return Answered(made.status, body, made.then)
