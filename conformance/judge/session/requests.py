"""What the strategy asked for in a session, and what the answers show."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange
from conformance.judge.orders import number
from conformance.judge.positions import signed
from conformance.judge.session.holdings import ALL
from conformance.judge.session.orders import Order

if TYPE_CHECKING:
    from conformance.judge.session.folding import Story

ZERO = Decimal(0)
STATE = frozenset({"orders", "positions"})
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Requests:
    """The exchanges of a session: each is let go of as soon as it is answered."""

    def __init__(self, story: "Story") -> None:
        self._story = story
        self.waiting: dict[Json, Entry] = {}
        self._orders: dict[Json, Order] = {}

    def forget(self) -> None:
        """The tap was away: no answer will come."""
        self.waiting.clear()
        self._orders.clear()

    def sent(self, entry: Entry) -> bool:
        """Something was asked; whether it belongs into the record."""
        self.waiting[entry.data["exchange"]] = entry
        if entry.data.get("own"):
            return False
        new = self._story.forms.request(entry)
        write = str(entry.data["method"]) in WRITES
        if write:
            self._sends(entry)
        return new or write

    def _sends(self, entry: Entry) -> None:
        story, order = self._story, self._order(Exchange(entry, None), entry)
        if order is None:
            return
        story.orders.send(order)
        story.troubles.acted(order.symbol)
        self._orders[entry.data["exchange"]] = order
        if order.origin == "submit":
            story.doubles.sent(order, story.alone)

    def _order(self, exchange: Exchange, entry: Entry) -> Order | None:
        """The order that a request asks for; None where it asks for none."""
        tail, sent = exchange.segments, exchange.sent
        body = sent if isinstance(sent, dict) else {}
        if exchange.method == "POST" and tail[-1:] == ("orders",):
            return self._submit(body, entry)
        if exchange.method == "DELETE" and tail[-2:-1] == ("positions",):
            symbol = self._story.position_ids.get(tail[-1], tail[-1])
            held = self._story.holdings.of(symbol).quantity
            quantity = number(body, "quantity") or abs(held)
            side = "SELL" if held > 0 else "BUY"
            return self._stamped(
                Order("close", symbol, side, quantity=quantity), None, entry
            )
        return None

    def _submit(self, body: dict[str, Json], entry: Entry) -> Order:
        client = body.get("client_order_id")
        order = Order(
            "submit",
            str(body.get("symbol") or ""),
            str(body.get("side") or "").upper(),
            str(body.get("order_type") or "MARKET").upper(),
            number(body, "quantity") or ZERO,
            client if isinstance(client, str) else "",
        )
        order.guarded = body.get("stop_loss") is not None
        names = sorted(n for n in body if n != "client_order_id")
        order.terms = tuple(f"{n}={body[n]}" for n in names)
        held = self._story.holdings.of(order.symbol).quantity
        against = held * (1 if order.side == "BUY" else -1) < 0
        order.opens = not against and body.get("reduce_only") is not True
        return self._stamped(order, number(body, "limit_price"), entry)

    def _stamped(self, order: Order, limit: Decimal | None, entry: Entry) -> Order:
        order.sent, order.entry = entry.at, entry.number
        order.all_heard = self._story.streams.connected
        price = self._story.prices.of(order.symbol, entry.at)
        order.at_once = order.kind == "MARKET" or _crosses(order, limit, price)
        order.expected = price if order.at_once else None
        return order

    def answered(self, entry: Entry) -> bool:
        """Something was answered; whether it belongs into the record."""
        request = self.waiting.pop(entry.data["exchange"], None)
        if request is None:
            return False
        new = self._story.forms.answer(request, entry)
        exchange = Exchange(request, entry)
        order = self._orders.pop(entry.data["exchange"], None)
        status = int(entry.data["status"])
        if order is not None:
            self._became(order, status, exchange.body, entry)
        elif status == 200 and exchange.method == "DELETE":
            self._closed_all(exchange, entry)
        elif status == 200:
            self._read(exchange, entry)
        if not request.data.get("own"):
            self._went(exchange, status, entry)
        return new or exchange.method in WRITES

    def _became(
        self, order: Order, status: int | None, body: Json, entry: Entry
    ) -> None:
        story = self._story
        story.changes += 1
        order = story.orders.answer(order, status, body, entry.at)
        story.cover.take(order, entry.at, entry.number)

    def _closed_all(self, exchange: Exchange, entry: Entry) -> None:
        """All positions were closed: an order for each; or an order was cancelled."""
        if exchange.segments[-1:] != ("positions",):
            self._read(exchange, entry)
        elif isinstance(exchange.body, list):
            for row in (r for r in exchange.body if isinstance(r, dict)):
                order = Order("close", sent=exchange.request.at, entry=entry.number)
                self._story.orders.send(order)
                self._became(order, 200, row, entry)

    def _went(self, exchange: Exchange, status: int | None, entry: Entry) -> None:
        """Whether a change that was asked for met an error, or one was got over."""
        story, what = self._story, f"{exchange.method} {exchange.path}"
        if status is not None and status < 500:
            story.troubles.asked(what)
            if exchange.method == "GET" and {*exchange.segments} & STATE:
                story.orders.looked(entry.at)
            if exchange.method == "GET" and "orders" in exchange.segments:
                story.doubles.looked()
        elif exchange.method in WRITES:
            story.troubles.failed(what, status, entry.at, entry.number)

    def lost(self, entry: Entry) -> bool:
        """No answer came; whether that belongs into the record."""
        request = self.waiting.pop(entry.data["exchange"], None)
        if request is None:
            return False
        order = self._orders.pop(entry.data["exchange"], None)
        if order is not None:
            self._became(order, None, None, entry)
        if not request.data.get("own"):
            self._went(Exchange(request, None), None, entry)
        return str(request.data["method"]) in WRITES

    def _read(self, exchange: Exchange, entry: Entry) -> None:
        """An answer that shows orders, trades, positions or the account."""
        story, names, body = self._story, exchange.segments, exchange.body
        listed = body if isinstance(body, list) else [body]
        rows = [row for row in listed if isinstance(row, dict)]
        if "orders" in names:
            self._orders_shown(exchange, rows, entry)
        elif names[-1:] == ("trades",):
            known = story.orders.by_id
            for row in rows:
                # Of an order that was made before the session nothing is known.
                if str(row.get("order_id")) in known:
                    story.trade_told(row, entry, live=False)
        elif names[-1:] == ("account",) and rows:
            story.account_told(rows[0], entry)
        elif "positions" in names:
            self._positions_shown(exchange, rows, entry)
        elif names[-1:] == ("health",) and rows:
            story.health_told(rows[0])
        elif "quotes" in names and rows:
            story.prices.quote(rows[0], entry.at, entry.number)

    def _orders_shown(
        self, exchange: Exchange, rows: list[dict[str, Any]], entry: Entry
    ) -> None:
        for row in rows:
            order = row if exchange.method == "GET" else row.get("order")
            if isinstance(order, dict) and "filled_quantity" in order:
                replaced = row.get("previous_order_id")
                self._order_shown(order, replaced is not None, entry)

    def _order_shown(self, row: dict[str, Any], replaced: bool, entry: Entry) -> None:
        story = self._story
        if not story.orders.knows(row):
            # What was filled of it before anybody looked was not filled here.
            order = story.orders.meet(row, entry.number)
            order.origin = "replacement" if replaced else order.origin
            story.cover.take(order, entry.at, entry.number)
            return
        order, fill = story.orders.tell(row, entry.at, entry.number, live=False)
        story.filled(order, fill, entry, live=False)

    def _positions_shown(
        self, exchange: Exchange, rows: list[dict[str, Any]], entry: Entry
    ) -> None:
        story, last = self._story, exchange.segments[-1]
        if exchange.method == "PATCH":
            symbol = story.position_ids.get(last, last)
            if any(row.get("stop_loss") for row in rows):
                story.cover.exits_set(symbol, entry.at, entry.number)
            story.troubles.acted(symbol)
        if exchange.method != "GET" or last != "positions":
            return
        held: dict[str, Decimal] = {}
        for row in rows:
            symbol = str(row.get("symbol"))
            story.position_ids[str(row.get("id"))] = symbol
            held[symbol] = held.get(symbol, ZERO) + signed(row)
        names = dict(exchange.query)
        if set(names) <= {"symbol"}:
            asked, only = exchange.request.at, names.get("symbol", ALL)
            shown = story.holdings.shown(held, asked, entry.at, entry.number, only)
            for symbol in shown:
                story.moved(symbol, entry)


def _crosses(order: Order, limit: Decimal | None, price: Decimal | None) -> bool:
    """Whether a limit order is to be filled at once, by the price at its submit."""
    if order.kind != "LIMIT" or limit is None or price is None:
        return False
    return limit >= price if order.side == "BUY" else limit <= price
