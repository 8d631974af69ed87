"""The judge's own books: trades as they were told, folded into positions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.orders import asked, messages_of_type, number
from conformance.judge.positions import Holding, holdings
from conformance.protocol.instants import NotAnInstant, instant_of

ZERO = Decimal(0)
CLOSE = Decimal("1e-9")
"""How far two prices or sums may differ, in parts of the larger: divisions round."""


@dataclass(frozen=True, slots=True)
class Traded:
    """One trade as an answer or a message told it; `trade` is the raw JSON."""

    trade: dict[str, Json]
    where: Entry | Exchange
    asked: int
    told: int

    @property
    def id(self) -> str:
        return str(self.trade.get("id"))

    @property
    def order_id(self) -> str:
        return str(self.trade.get("order_id"))


def trades_told(transcript: Transcript) -> Iterator[Traded]:
    """Every telling of every trade, by REST and by stream."""
    for exchange in asked(transcript, "GET", "v1", "trades"):
        response = exchange.response
        if response is None or exchange.status != 200:
            continue
        for trade in rows(exchange):
            yield Traded(trade, exchange, exchange.request.number, response.number)
    for entry, message in messages_of_type(transcript, "trade"):
        told = message.get("trade")
        if isinstance(told, dict):
            yield Traded(told, entry, entry.number, entry.number)


def rows(exchange: Exchange) -> tuple[dict[str, Json], ...]:
    """The objects of a list that was answered."""
    body = exchange.body if isinstance(exchange.body, list) else []
    return tuple(row for row in body if isinstance(row, dict))


@dataclass(frozen=True, slots=True)
class TradeList:
    """One list of trades with nothing left out of what it covers."""

    exchange: Exchange
    trades: tuple[dict[str, Json], ...]

    def of(self, name: str, value: str) -> tuple[dict[str, Json], ...]:
        """The trades whose field has this value."""
        return tuple(t for t in self.trades if t.get(name) == value)


FEW = 50
"""Rows below which no list was cut to a length of the Gateway's own."""

CUTTING = frozenset({"limit", "since", "until"})


@remembered
def whole_lists(transcript: Transcript, name: str, value: str) -> Iterator[TradeList]:
    """The lists that leave out no trade whose field has this value."""
    for exchange in asked(transcript, "GET", "v1", "trades"):
        filters = dict(exchange.query)
        if exchange.status != 200 or CUTTING & set(filters):
            continue
        others = {n: v for n, v in filters.items() if n != name}
        listed = rows(exchange)
        if not others and filters.get(name, value) == value and len(listed) < FEW:
            yield TradeList(exchange, listed)


def quantity_of(trades: Iterable[dict[str, Json]]) -> Decimal:
    """The sum of the trades' quantities."""
    return sum((number(t, "quantity") or ZERO for t in trades), ZERO)


def mean_price(trades: Sequence[dict[str, Json]]) -> Decimal | None:
    """The mean price, weighted by quantity; None where nothing was traded."""
    quantity = quantity_of(trades)
    if not quantity:
        return None
    with localcontext(prec=60):
        worth = sum((_worth(t) for t in trades), ZERO)
        return worth / quantity


def _worth(trade: dict[str, Json]) -> Decimal:
    return (number(trade, "quantity") or ZERO) * (number(trade, "price") or ZERO)


def near(one: Decimal, other: Decimal) -> bool:
    """Whether two figures are the same but for rounding."""
    with localcontext(prec=60):
        return abs(one - other) <= CLOSE * max(abs(one), abs(other))


@dataclass(frozen=True, slots=True)
class Book:
    """A position folded from trades: signed quantity, entry price, realized profit."""

    quantity: Decimal = ZERO
    entry: Decimal = ZERO
    realized: Decimal = ZERO

    def after(self, trade: dict[str, Json]) -> "Book":
        """The position after one more trade: it grows, shrinks or turns round."""
        size, price = number(trade, "quantity") or ZERO, number(trade, "price") or ZERO
        moved = size if trade.get("side") == "BUY" else -size
        quantity = self.quantity + moved
        with localcontext(prec=60):
            if self.quantity * moved >= 0:
                worth = self.quantity * self.entry + moved * price
                return Book(quantity, worth / quantity if quantity else ZERO)
            closed = min(abs(moved), abs(self.quantity)).copy_sign(self.quantity)
            realized = self.realized + closed * (price - self.entry)
            turned = quantity * self.quantity < 0
            return Book(quantity, price if turned else self.entry, realized)


def folded(trades: Iterable[dict[str, Json]]) -> Book:
    """The position that trades of one symbol add up to, in the order of their times."""
    book = Book()
    for trade in in_time(trades):
        book = book.after(trade)
    return book


def in_time(trades: Iterable[dict[str, Json]]) -> list[dict[str, Json]]:
    """The trades from the first to the last; lists are told in either order."""
    listed = list(trades)
    times = [_time(trade) for trade in listed]
    if len(times) > 1 and times[0] > times[-1]:
        listed.reverse()
    return sorted(listed, key=_time)


def _time(trade: dict[str, Json]) -> float:
    try:
        return instant_of(trade.get("timestamp")).timestamp()
    except NotAnInstant:
        return 0.0


@dataclass(frozen=True, slots=True)
class Squared:
    """Positions of a symbol, between two lists of its trades that are the same."""

    holding: Holding
    trades: TradeList
    again: TradeList

    @property
    def book(self) -> Book:
        """What the trades add up to."""
        return folded(self.trades.trades)

    @property
    def where(self) -> tuple[Exchange, Exchange]:
        return self.trades.exchange, self.holding.exchange


def squared(transcript: Transcript, symbol: str) -> Iterator[Squared]:
    """Every place where trades and positions of a symbol were told at one moment."""
    lists = [
        TradeList(one.exchange, one.of("symbol", symbol))
        for one in whole_lists(transcript, "symbol", symbol)
    ]
    for holding in holdings(transcript, symbol):
        at = holding.exchange.request.number
        before = [one for one in lists if one.exchange.request.number < at]
        after = [one for one in lists if one.exchange.request.number > at]
        if before and after and before[-1].trades == after[0].trades:
            yield Squared(holding, before[-1], after[0])
