"""Folds a session's entries, one by one, into everything that is judged of it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.session import SessionHead
from conformance.judge.orders import number
from conformance.judge.session.account import QUIET, Account
from conformance.judge.session.forms import Forms
from conformance.judge.session.holdings import Holdings
from conformance.judge.session.orders import Fill, Order, Orders
from conformance.judge.session.presence import Span, Spans, Streams
from conformance.judge.session.prices import Prices
from conformance.judge.session.requests import Requests
from conformance.judge.session.safety import Cover
from conformance.judge.session.troubles import Doubles, Troubles
from conformance.protocol.instants import instant_of, text_of

ZERO = Decimal(0)


class Story:
    """A session so far; `take` returns whether the entry belongs into its record."""

    def __init__(self, head: SessionHead, alone: bool = False) -> None:
        self.head = head
        self.began: datetime = instant_of(head.began)
        self.alone = alone
        """Whether one open order at the most is declared."""
        self.prices = Prices()
        self.orders = Orders()
        self.holdings = Holdings()
        self.account = Account(self.instant)
        self.cover = Cover(self.holdings)
        self.streams = Streams()
        self.unattended = Spans("no strategy was connected")
        self.exposed = Spans("a position stood")
        self.gaps: list[Span] = []
        self.forms = Forms()
        self.troubles = Troubles()
        self.doubles = Doubles()
        self.platforms: tuple[str, ...] = head.platforms
        self.health: Mapping[str, Json] = head.health or {}
        self.first = self.end = 0.0
        self.entries = 0
        self.changes = 0
        """Counts what moves orders or positions."""
        self.position_ids: dict[str, str] = {}
        self.requests = Requests(self)
        self._made = ZERO
        self._last_fill = float("-inf")
        self._stretches = 0
        self._odd: set[str] = set()
        self._stopped: Span | None = None
        self._does: Mapping[Kind, Callable[[Entry], bool]] = {
            Kind.MESSAGE: self._message,
            Kind.REQUEST: self.requests.sent,
            Kind.RESPONSE: self.requests.answered,
            Kind.NO_RESPONSE: self.requests.lost,
            Kind.OPENED: self._opened,
            Kind.CLOSED: self._closed,
            Kind.NOTE: self._note,
        }

    def instant(self, at: float) -> str:
        """RFC 3339 of a moment."""
        return text_of(self.began + timedelta(seconds=at))

    def take(self, entry: Entry) -> bool:
        """The next entry."""
        if not self.entries:
            self.first = entry.at
        self.entries += 1
        self.end = max(self.end, entry.at)
        for symbol in self.holdings.settle(entry.at, self.orders.all_heard):
            self.moved(symbol, entry)
        does = self._does.get(entry.kind)
        return does(entry) if does is not None else True

    # --- the stream ---

    def _message(self, entry: Entry) -> bool:
        from_server = entry.party is Party.GATEWAY
        message, new = self.forms.message(entry, from_server)
        if not from_server or not isinstance(message, dict):
            return new
        kind = message.get("type")
        if kind in ("quote", "candle"):
            return self._price(str(kind), message, entry) or new
        return self._event(str(kind), message, entry) or new

    def _price(self, kind: str, message: Mapping[str, Json], entry: Entry) -> bool:
        row = message.get("quote" if kind == "quote" else "bar")
        if not isinstance(row, dict):
            return False
        if kind == "quote":
            self.prices.quote(row, entry.at, entry.number)
        else:
            self.prices.bar(row, entry.at, entry.number)
        if kind in self._odd or not _is_odd(kind, row):
            return False
        self._odd.add(kind)
        return True

    def _event(self, kind: str, message: Mapping[str, Json], entry: Entry) -> bool:
        row = message.get(kind)
        if kind == "order" and isinstance(row, dict):
            self._order(row, entry)
            return True
        if kind == "trade" and isinstance(row, dict):
            self.trade_told(row, entry)
            return True
        if kind == "account" and isinstance(row, dict):
            self.account_told(row, entry)
        elif kind == "position" and isinstance(row, dict):
            self.position_ids[str(row.get("id"))] = str(row.get("symbol"))
        elif kind == "financing":
            self.account.finance(message)
            amount = number(dict(message), "amount")
            self._made += amount or ZERO
        elif kind == "error":
            self.troubles.told(message, entry.at, entry.number)
        return kind not in ("account", "position", "ping")

    def _order(self, row: Mapping[str, Json], entry: Entry) -> None:
        self.changes += 1
        order, fill = self.orders.tell(row, entry.at, entry.number)
        self.filled(order, fill, entry)

    def trade_told(
        self, row: Mapping[str, Json], entry: Entry, live: bool = True
    ) -> None:
        """A trade was told; `live`: by the stream."""
        order, fill, new = self.orders.trade(row, entry.at, entry.number, live)
        if new:
            self.changes += 1
            self._made -= number(dict(row), "commission") or ZERO
        self.filled(order, fill, entry, live)

    def filled(
        self, order: Order, fill: Fill | None, entry: Entry, live: bool = True
    ) -> None:
        """An order was told, and some of it filled; `live`: by the stream."""
        if fill is not None:
            if not fill.price:
                price = self.prices.of(order.symbol, entry.at) or ZERO
                fill = Fill(order, fill.quantity, price, fill.at, fill.entry)
            self._made -= fill.quantity * fill.price
            self._last_fill = entry.at
            self.holdings.fill(fill, live)
        self.cover.take(order, entry.at, entry.number)
        if fill is not None:
            self.moved(order.symbol, entry)

    def moved(self, symbol: str, entry: Entry) -> None:
        """What is held of a symbol is another than before."""
        self.cover.look(symbol, entry.at, entry.number)
        self._look(symbol, entry)

    def _look(self, symbol: str, entry: Entry) -> None:
        held, at, number_ = self.holdings.of(symbol).quantity, entry.at, entry.number
        self.exposed.set(symbol, held, bool(held), at, number_)
        alone = bool(held) and not self.streams.connected
        self.unattended.set(symbol, held, alone, at, number_)

    def account_told(self, row: Mapping[str, Json], entry: Entry) -> None:
        """The account was told."""
        self.account.take(row, entry.at, entry.number)
        if self.holdings.flat and entry.at - self._last_fill > QUIET:
            self.account.at_rest(self._made, entry.number)

    # --- what is around it ---

    def _opened(self, entry: Entry) -> bool:
        was = self.streams.connected
        self.streams.opened(str(entry.data["stream"]), entry.at)
        if not was and self.streams.losses:
            self.holdings.unseen(recorded=True)
            self.account.restart()
        self._look_all(entry)
        return True

    def _closed(self, entry: Entry) -> bool:
        self.streams.closed(str(entry.data["stream"]), entry.at, entry.number)
        if not self.streams.connected:
            self.orders.unheard()
        self._look_all(entry)
        return True

    def _look_all(self, entry: Entry) -> None:
        for symbol in tuple(self.holdings.symbols):
            self._look(symbol, entry)

    def _note(self, entry: Entry) -> bool:
        name, facts = entry.data.get("name"), entry.data.get("facts") or {}
        if name == "stretch-began":
            self._stretch(entry, facts)
        elif name == "recording-stopped":
            self._stopped = Span(entry.at, None, why=str(facts.get("reason") or ""))
            self.gaps.append(self._stopped)
            self._blind(entry.at)
        elif name == "recording-resumed":
            self._resumed(entry)
        elif name == "health" and facts.get("platforms"):
            self.health = facts
            self._named(facts["platforms"])
        return True

    def health_told(self, row: Mapping[str, Json]) -> None:
        """The tap asked for `/health`: a Gateway may be another than at the start."""
        providers = row.get("providers")
        rows = providers if isinstance(providers, list) else []
        self._named([p.get("platform") for p in rows if isinstance(p, dict)])
        self.health = self.health or row

    def _named(self, platforms: Iterable[Json]) -> None:
        told = (*self.platforms, *(str(p) for p in platforms if p))
        self.platforms = tuple(dict.fromkeys(told))

    def _stretch(self, entry: Entry, facts: Mapping[str, Json]) -> None:
        self._stretches += 1
        if self._stretches == 1:
            return
        seconds = float(facts.get("gap_seconds") or 0)
        began = max(entry.at - seconds, 0.0)
        self.gaps.append(Span(began, entry.at, why="the tap was away"))
        self._blind(began)
        self.streams.all_gone(began, entry.number)
        self.orders.unheard()
        self.requests.forget()
        self._look_all(entry)

    def _resumed(self, entry: Entry) -> None:
        if self._stopped is not None:
            self._stopped.ended, self._stopped = entry.at, None
        self._look_all(entry)

    def _blind(self, at: float) -> None:
        """From here on something went by unseen."""
        self.holdings.unseen(recorded=False)
        self.account.restart()
        self.cover.cut(at)
        self.unattended.cut(at)
        self.exposed.cut(at)


def _is_odd(kind: str, row: dict[str, Json]) -> bool:
    """Whether a price contradicts itself."""
    if kind == "quote":
        bid, ask = number(row, "bid"), number(row, "ask")
        return bid is not None and ask is not None and bid > ask
    names = ("low", "open", "close", "high")
    low, start, end, high = (number(row, name) for name in names)
    if low is None or start is None or end is None or high is None:
        return False
    return not (low <= min(start, end) and max(start, end) <= high)
