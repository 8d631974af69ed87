"""The live figures of a session, folded entry by entry: what the status line shows."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import TypeVar

from conformance.evidence.entry import Json, Kind, Party
from conformance.evidence.exchange import parsed
from conformance.peers.tap.fills import ZERO, Fill, Fills, number

ORDERS = "/v1/orders"
PENDING = 1_000
"""Submits whose answer may still come."""

SYMBOLS = 10_000
LATEST = 50
DAY = 86_400.0
HUNDRED_PERCENT_BPS = 10_000

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Submit:
    """An order that was sent, and the price that could be expected then."""

    at: float
    symbol: str
    side: str
    quoted: Decimal | None


@dataclass(slots=True)
class Figures:
    """What was counted so far."""

    entries: int = 0
    messages: int = 0
    """Of the stream, both ways."""
    requests: int = 0
    orders: int = 0
    accepted: int = 0
    rejected: int = 0
    unanswered: int = 0
    fills: int = 0
    round_trips: int = 0
    streams: int = 0
    """Opened so far."""
    connected: int = 0
    """Open now."""
    refused: int = 0
    reconnects: int = 0
    outcomes: deque[bool] = field(default_factory=lambda: deque(maxlen=LATEST))
    """Of the latest orders: whether it was rejected."""
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=LATEST))
    """Milliseconds from a submit to its answer."""
    slippages: deque[Decimal] = field(default_factory=lambda: deque(maxlen=LATEST))
    """Basis points against the middle of the quote at the submit, as a session is
    judged by; positive is worse."""
    traded: deque[float] = field(default_factory=lambda: deque(maxlen=1_000_000))
    """When orders met their first fill, in the last day."""
    held: dict[str, Decimal] = field(default_factory=dict)
    """Position by symbol, those of nothing left out."""
    alone_since: float | None = 0.0
    """Since when no strategy is connected; None while one is."""
    heard_at: float = 0.0
    """When the Gateway last said something on a stream."""


class Counting:
    """Folds entries; memory is bounded."""

    def __init__(self) -> None:
        self.figures = Figures()
        self._fills = Fills()
        self._submits: OrderedDict[int, Submit] = OrderedDict()
        self._by_order: OrderedDict[str, Submit] = OrderedDict()
        self._early: OrderedDict[str, Fill] = OrderedDict()
        """First fills that came before their order's answer."""
        self._quotes: OrderedDict[str, Decimal] = OrderedDict()
        """By symbol: the middle of its quote, or its last close."""

    def fold(
        self, at: float, party: Party, kind: Kind, data: Mapping[str, Json]
    ) -> None:
        """Takes the next entry."""
        self.figures.entries += 1
        if data.get("own"):
            return
        match kind:
            case Kind.REQUEST:
                self._request(at, data)
            case Kind.RESPONSE:
                self._response(data)
            case Kind.NO_RESPONSE:
                submit = self._submits.pop(data["exchange"], None)
                self.figures.unanswered += submit is not None
            case Kind.OPENED:
                self._opened(at)
            case Kind.REFUSED:
                self.figures.refused += 1
            case Kind.CLOSED:
                self._closed(at)
            case Kind.MESSAGE:
                self._message(at, party, data)

    def read_positions(self, rows: Json) -> None:
        """What the tap itself read of the positions outweighs what it folded."""
        if not isinstance(rows, list):
            return
        held: dict[str, Decimal] = {}
        for row in islice((r for r in rows if isinstance(r, dict)), SYMBOLS):
            quantity = number(row.get("quantity")) or ZERO
            sign = -1 if str(row.get("side")).upper() == "SHORT" else 1
            symbol = str(row.get("symbol"))
            held[symbol] = held.get(symbol, ZERO) + sign * abs(quantity)
        self.figures.held = {s: q for s, q in held.items() if q}

    # --- REST ---

    def _request(self, at: float, data: Mapping[str, Json]) -> None:
        self.figures.requests += 1
        path = str(data["target"]).partition("?")[0]
        if data["method"] != "POST" or not path.endswith(ORDERS):
            return
        self.figures.orders += 1
        body = parsed(data.get("body"))
        asked = body if isinstance(body, dict) else {}
        symbol, side = str(asked.get("symbol")), str(asked.get("side")).upper()
        market = str(asked.get("order_type")).upper() == "MARKET"
        quoted = self._quotes.get(symbol) if market else None
        submit = Submit(at, symbol, side, quoted)
        _keep(self._submits, data["exchange"], submit, PENDING)

    def _response(self, data: Mapping[str, Json]) -> None:
        submit = self._submits.pop(data["exchange"], None)
        if submit is None:
            return
        self.figures.latencies.append(float(data["milliseconds"]))
        status = int(data["status"])
        if status >= 500:
            self.figures.unanswered += 1
        elif status >= 400:
            self._rejected()
        else:
            self._accepted(submit, parsed(data.get("body")))

    def _accepted(self, submit: Submit, body: Json) -> None:
        self.figures.accepted += 1
        self.figures.outcomes.append(False)
        name = body.get("id") if isinstance(body, dict) else None
        if not isinstance(name, str):
            return
        early = self._early.pop(name, None)
        if early is not None:
            self._slipped(submit, early)
        else:
            _keep(self._by_order, name, submit, PENDING)

    def _rejected(self) -> None:
        self.figures.rejected += 1
        self.figures.outcomes.append(True)

    # --- the stream ---

    def _opened(self, at: float) -> None:
        figures = self.figures
        figures.heard_at = at
        # One strategy beside another is no reconnect.
        figures.reconnects += figures.streams > 0 and figures.connected == 0
        figures.streams += 1
        figures.connected += 1
        figures.alone_since = None

    def _closed(self, at: float) -> None:
        self.figures.connected = max(0, self.figures.connected - 1)
        if not self.figures.connected:
            self.figures.alone_since = at

    def _message(self, at: float, party: Party, data: Mapping[str, Json]) -> None:
        self.figures.messages += 1
        if party is not Party.GATEWAY:
            return
        self.figures.heard_at = at
        message = parsed(data.get("text"))
        if not isinstance(message, dict):
            return
        match message.get("type"):
            case "quote":
                self._quote(message.get("quote"))
            case "candle":
                self._candle(message.get("bar"))
            case "trade":
                self._filled(at, self._fills.trade_told(message.get("trade")))
            case "order":
                self._order(at, message)

    def _order(self, at: float, message: Mapping[str, Json]) -> None:
        row = message.get("order")
        if message.get("event") == "ORDER_REJECTED" and self._fills.rejected(row):
            self._rejected()
        self._filled(at, self._fills.order_told(row))

    def _quote(self, row: Json) -> None:
        if not isinstance(row, dict):
            return
        bid, ask = number(row.get("bid")), number(row.get("ask"))
        if bid is not None and ask is not None:
            _keep(self._quotes, str(row.get("symbol")), (bid + ask) / 2, SYMBOLS)

    def _candle(self, row: Json) -> None:
        close = number(row.get("close")) if isinstance(row, dict) else None
        if close is not None:
            _keep(self._quotes, str(row.get("symbol")), close, SYMBOLS)

    def _filled(self, at: float, fill: Fill | None) -> None:
        if fill is None:
            return
        figures = self.figures
        figures.fills += 1
        self._held(fill)
        if not fill.first:
            return
        figures.traded.append(at)
        submit = self._by_order.pop(fill.order, None)
        if submit is not None:
            self._slipped(submit, fill)
        else:
            _keep(self._early, fill.order, fill, PENDING)

    def _held(self, fill: Fill) -> None:
        held = self.figures.held
        before = held.get(fill.symbol, ZERO)
        after = before + (-fill.quantity if fill.side == "SELL" else fill.quantity)
        # Through nothing to the other side: one trip has ended, the next begun.
        ended = before != 0 and (after == 0 or (after > 0) != (before > 0))
        self.figures.round_trips += ended
        if after:
            held[fill.symbol] = after
        else:
            held.pop(fill.symbol, None)

    def _slipped(self, submit: Submit, fill: Fill) -> None:
        if not submit.quoted or fill.price is None:
            return
        worse = fill.price - submit.quoted
        worse = -worse if submit.side == "SELL" else worse
        self.figures.slippages.append(worse / submit.quoted * HUNDRED_PERCENT_BPS)


def trades_of_a_day(figures: Figures, now: float) -> int:
    """How many orders met their first fill within the last day."""
    while figures.traded and figures.traded[0] < now - DAY:
        figures.traded.popleft()
    return len(figures.traded)


def _keep(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
