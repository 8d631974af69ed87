"""What became of every order of a session; each fill counts once, however often told.

A fill is told by order events, by trades, by answers, and again after a reconnect. What
is filled of an order is the most that any of these has shown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from conformance.evidence.entry import Json
from conformance.evidence.session import OWN
from conformance.judge.orders import number

ZERO = Decimal(0)
SIGNS = {"BUY": 1, "SELL": -1}
TERMINAL = frozenset({"FILLED", "CANCELLED", "REJECTED", "EXPIRED"})
STOPS = frozenset({"STOP", "STOP_LIMIT", "TRAILING_STOP"})
NOTHING_SAID = frozenset({500, 502, 503, 504})
"""Answers to a submit that leave open what became of it."""
SOON = 600.0
"""Seconds within which an order of which nothing is known is to be looked for."""

RECENT = 50
SENT = frozenset({"submit", "close"})


@dataclass(slots=True, eq=False)
class Order:
    """One order; `at` are seconds since the session began."""

    origin: str
    """"submit", "close" (of a position), "replacement", or "other": nobody asked for
    it here (an exit of a bracket, an order made elsewhere)."""
    symbol: str = ""
    side: str = ""
    kind: str = "MARKET"
    quantity: Decimal = ZERO
    client_id: str = ""
    id: str = ""
    parent: str = ""
    sent: float | None = None
    entry: int = 0
    """The number of the entry that asked for it or first told of it."""
    answered: float | None = None
    status: int | None = None
    """How the request was answered; None where it was not."""
    state: str = ""
    filled: Decimal = ZERO
    worth: Decimal = ZERO
    """Of what is filled: price times quantity, added up."""
    by_trades: Decimal = ZERO
    by_trades_worth: Decimal = ZERO
    maker_worth: Decimal = ZERO
    commission: dict[str, Decimal] = field(default_factory=dict)
    trades: int = 0
    streamed: int = 0
    """Trades of it that the stream told."""
    first_fill: float | None = None
    last_fill: float | None = None
    fill_count: int = 0
    told_filled: Decimal = ZERO
    """The most that an event or an answer told as filled: trades left out."""
    all_heard: bool = True
    """Whether a stream was open from its submit on: then all trades were told."""
    partly: bool = False
    rejected: bool = False
    told: bool = False
    """Whether anything was heard of it beyond the answer."""
    heard: bool = False
    """Whether the stream told of it."""
    looked: bool = False
    """Whether the strategy looked for it while nothing was known of it."""
    guarded: bool = False
    """Whether it asked for a stop loss of its own."""
    opens: bool = False
    """Whether it would open or grow a position, as far as was told when it was sent."""
    at_once: bool = False
    """Whether it is one that is filled as soon as it comes: market, or through it."""
    expected: Decimal | None = None
    """The price at its submit: the quote's middle, else the close of the last bar."""
    terms: tuple[str, ...] = ()
    """What it asked for, without its id: to see that another asked for the same."""

    @property
    def scripted(self) -> bool:
        """Whether it is one of the suite's own."""
        return self.client_id.startswith(OWN)

    @property
    def live(self) -> bool:
        """Whether it may still be filled, as far as was told."""
        if self.state:
            return self.state not in TERMINAL
        if self.status is None or self.status in NOTHING_SAID:
            return self.sent is not None
        return 200 <= self.status < 300

    @property
    def unknown(self) -> bool:
        """Sent, and neither an answer nor anything else says what became of it."""
        if self.told or self.state or self.id:
            return False
        return self.status is None or self.status in NOTHING_SAID

    @property
    def price(self) -> Decimal | None:
        """The mean price of what is filled."""
        whole = self.by_trades == self.filled
        worth = self.by_trades_worth if whole else self.worth
        if not self.filled or not worth:
            return None
        with localcontext(prec=40):
            return worth / self.filled

    @property
    def outcome(self) -> str:
        """In a word, for a plot over time."""
        if self.rejected or self.status == 422:
            return "rejected"
        if self.unknown:
            return "unknown"
        if self.status is not None and not 200 <= self.status < 300:
            return "refused"
        return self.state.lower() or "accepted"


@dataclass(frozen=True, slots=True)
class Fill:
    """A part of an order that was filled; `quantity` is below zero for a sale."""

    order: Order
    quantity: Decimal
    price: Decimal
    at: float
    entry: int


Row = Mapping[str, Json]


class Orders:
    """All orders of a session, found by their ids."""

    def __init__(self) -> None:
        self.all: list[Order] = []
        self.by_id: dict[str, Order] = {}
        self.by_client: dict[str, Order] = {}
        self.fills = 0
        self._unended: list[Order] = []
        self._trades: set[str] = set()

    def send(self, order: Order) -> Order:
        """The strategy asked for one."""
        self.all.append(order)
        self._unended.append(order)
        if order.client_id:
            self.by_client[order.client_id] = order
        return order

    def answer(self, order: Order, status: int | None, body: Json, at: float) -> Order:
        """How a request was answered; the order that it is about from here on."""
        order.status, order.answered = status, at
        row = body if isinstance(body, dict) else {}
        told = row.get("id")
        if status is None or not 200 <= status < 300 or not isinstance(told, str):
            return order
        known = self.by_id.get(told)
        if known is not None and known is not order and known.origin == "other":
            order = self._adopted(known, order)
        order.id = order.id or told
        self.by_id[told] = order
        self._changed(order, str(row.get("status") or ""))
        return order

    def _adopted(self, known: Order, asked: Order) -> Order:
        """Its events came before its answer: they are one order."""
        for name in ("origin", "sent", "entry", "answered", "status", "client_id"):
            setattr(known, name, getattr(asked, name))
        for name in ("guarded", "opens", "at_once", "expected", "terms"):
            setattr(known, name, getattr(asked, name))
        self.all.remove(known)
        self.all[self.all.index(asked)] = known
        if known.client_id:
            self.by_client[known.client_id] = known
        return known

    def tell(
        self, row: Row, at: float, entry: int, live: bool = True
    ) -> tuple[Order, Fill | None]:
        """An event or an answer told an order; the fill that is new in it."""
        order = self._found(row, entry)
        order.told = True
        order.heard = order.heard or live
        order.symbol = order.symbol or str(row.get("symbol") or "")
        order.side = order.side or str(row.get("side") or "")
        order.kind = str(row.get("order_type") or order.kind)
        order.parent = order.parent or str(row.get("parent_order_id") or "")
        order.quantity = number(dict(row), "quantity") or order.quantity
        self._changed(order, str(row.get("status") or ""))
        filled = number(dict(row), "filled_quantity") or ZERO
        order.told_filled = max(order.told_filled, filled)
        if ZERO < filled < order.quantity:
            order.partly = True
        return order, self._filled(order, filled, row, at, entry)

    def knows(self, row: Row) -> bool:
        """Whether an order was sent or told before."""
        client = str(row.get("client_order_id"))
        return str(row.get("id")) in self.by_id or client in self.by_client

    def meet(self, row: Row, entry: int) -> Order:
        """An order is shown that nobody sent or told here: it was there before."""
        order = self._found(row, entry)
        order.symbol, order.side = str(row.get("symbol")), str(row.get("side"))
        order.kind = str(row.get("order_type"))
        order.quantity = number(dict(row), "quantity") or ZERO
        order.filled = number(dict(row), "filled_quantity") or ZERO
        order.state, order.told = str(row.get("status") or ""), True
        return order

    def _found(self, row: Row, entry: int) -> Order:
        told, client = str(row.get("id")), row.get("client_order_id")
        order = self.by_id.get(told)
        if order is None and isinstance(client, str):
            sent = self.by_client.get(client)
            order = sent if sent is not None and not sent.id else None
        if order is None:
            order = Order("other", entry=entry)
            order.client_id = client if isinstance(client, str) else ""
            self.all.append(order)
            self._unended.append(order)
        order.id = order.id or told
        self.by_id[told] = order
        return order

    def _changed(self, order: Order, state: str) -> None:
        if order.state in TERMINAL or not state:
            return
        order.state = state
        order.rejected = order.rejected or state == "REJECTED"

    def _filled(
        self, order: Order, filled: Decimal, row: Row, at: float, entry: int
    ) -> Fill | None:
        new = filled - order.filled
        if new <= 0:
            return None
        average = number(dict(row), "average_fill_price")
        with localcontext(prec=40):
            price = ZERO if average is None else (average * filled - order.worth) / new
        return self._apply(order, new, price, at, entry)

    def looked(self, at: float) -> None:
        """The strategy asked how it stands: what is not shown then is not there."""
        self._unended = [order for order in self._unended if order.live]
        for order in self._unended:
            soon = at - (order.sent or 0.0) <= SOON
            order.looked = order.looked or (order.unknown and soon)

    def unheard(self) -> None:
        """No stream is open: trades of what is live may go by untold."""
        self._unended = [order for order in self._unended if order.live]
        for order in self._unended:
            order.all_heard = False

    def trade(
        self, row: Row, at: float, entry: int, live: bool = True
    ) -> tuple[Order, Fill | None, bool]:
        """A trade was told: its order, the new fill in it, whether it is a new one."""
        told = str(row.get("id"))
        order = self.by_id.get(str(row.get("order_id")))
        if order is None:
            order = self._found({"id": row.get("order_id")}, entry)
        if told in self._trades:
            return order, None, False
        self._trades.add(told)
        quantity = number(dict(row), "quantity") or ZERO
        price = number(dict(row), "price") or ZERO
        order.streamed += live
        self._charged(order, row, quantity * price)
        order.told = True
        order.heard = order.heard or live
        order.symbol = order.symbol or str(row.get("symbol") or "")
        order.side = order.side or str(row.get("side") or "")
        order.by_trades += quantity
        order.by_trades_worth += quantity * price
        new = min(order.by_trades - order.filled, quantity)
        fill = self._apply(order, new, price, at, entry) if new > 0 else None
        return order, fill, True

    def _charged(self, order: Order, row: Row, worth: Decimal) -> None:
        order.trades += 1
        if row.get("is_maker") is True:
            order.maker_worth += worth
        commission = number(dict(row), "commission")
        if commission is not None:
            currency = str(row.get("commission_currency") or "")
            before = order.commission.get(currency, ZERO)
            order.commission[currency] = before + commission

    def _apply(
        self, order: Order, new: Decimal, price: Decimal, at: float, entry: int
    ) -> Fill:
        self.fills += 1
        order.fill_count += 1
        order.filled += new
        order.worth += new * price
        if order.first_fill is None:
            order.first_fill = at
        order.last_fill = at
        return Fill(order, SIGNS.get(order.side, 0) * new, price, at, entry)

    def all_heard(self, symbol: str) -> bool:
        """Whether the stream told of every order of a symbol that was taken lately."""
        recent = (o for o in self.all[-RECENT:] if o.symbol in ("", symbol))
        taken = (o for o in recent if o.status is None or 200 <= o.status < 300)
        return all(o.heard for o in taken)

    def sent(self) -> Iterator[Order]:
        """The orders of the strategy, those of the suite's own left out."""
        return (o for o in self.all if o.origin in SENT and not o.scripted)
