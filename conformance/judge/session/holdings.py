"""What is held by the fills that were told: positions, round trips, disagreements.

A round trip is one symbol from flat through a position to flat again. A position whose
beginning was not seen makes none.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from conformance.judge.session.orders import Fill, Order

ZERO = Decimal(0)
ALL = ""
SETTLING = 10.0
"""Seconds within which an answer and the stream may be apart."""


@dataclass(slots=True)
class Trip:
    """One symbol from flat to flat, as it goes on."""

    symbol: str
    side: str
    opened: float
    closed: float = 0.0
    most: Decimal = ZERO
    bought: Decimal = ZERO
    bought_worth: Decimal = ZERO
    sold: Decimal = ZERO
    sold_worth: Decimal = ZERO
    parts: dict[Order, Decimal] = field(default_factory=dict)
    """How much of which order belongs to it."""
    whole: bool = True
    """Whether it was seen from its beginning on."""

    @property
    def profit(self) -> Decimal:
        return self.sold_worth - self.bought_worth

    @property
    def scripted(self) -> bool:
        """Whether the suite had a hand in it."""
        return any(order.scripted for order in self.parts)

    def take(self, fill: Fill, moved: Decimal) -> None:
        """A part of a fill is of this trip."""
        size = abs(moved)
        if moved > 0:
            self.bought += size
            self.bought_worth += size * fill.price
        else:
            self.sold += size
            self.sold_worth += size * fill.price
        self.parts[fill.order] = self.parts.get(fill.order, ZERO) + size

    def prices(self) -> tuple[Decimal, Decimal]:
        """The mean prices that it was entered and left at."""
        with localcontext(prec=40):
            bought = self.bought_worth / self.bought if self.bought else ZERO
            sold = self.sold_worth / self.sold if self.sold else ZERO
        return (bought, sold) if self.side == "BUY" else (sold, bought)

    def commission(self, currency: str | None = None) -> Decimal:
        """What its orders cost, each by the part of it that is in this trip."""
        total = ZERO
        with localcontext(prec=40):
            for order, size in self.parts.items():
                told = order.commission
                cost = sum(told.values(), ZERO)
                if currency is not None:
                    cost = told.get(currency, ZERO)
                if order.filled:
                    total += cost * size / order.filled
        return total


@dataclass(slots=True)
class Held:
    """One symbol."""

    quantity: Decimal = ZERO
    trip: Trip | None = None
    rebased: float | None = None
    """When it was taken from an answer, since the stream was last away."""
    recent: deque[tuple[float, Decimal]] = field(default_factory=deque)
    """What was held until a moment, as far back as an answer may be late."""

    def was(self, quantity: Decimal, since: float) -> bool:
        """Whether this was held at a moment since then, or between two fills of one."""
        known = [before for at, before in self.recent if at >= since]
        return min(known, default=self.quantity) <= quantity <= max(
            known, default=self.quantity
        ) or _between(quantity, self.quantity, known[-1] if known else self.quantity)


def _between(quantity: Decimal, one: Decimal, other: Decimal) -> bool:
    return min(one, other) <= quantity <= max(one, other)


@dataclass(frozen=True, slots=True)
class Doubt:
    """An answer showed another quantity than the fills add up to; it may yet come."""

    symbol: str
    shown: Decimal
    at: float
    entry: int
    first: bool
    """Whether nothing had told before what was held: then it says where it began."""


class Holdings:
    """The positions of a session, folded from fills and held to what answers show."""

    def __init__(self) -> None:
        self.symbols: dict[str, Held] = {}
        self.trips: list[Trip] = []
        self.disagreements: list[tuple[str, int]] = []
        self.compared = 0
        """How often fills and positions were held against each other."""
        self._read: set[str] = set()
        """What was shown since fills were last missed; ALL for every symbol."""
        self._ever_read: set[str] = set()
        self._doubts: dict[str, Doubt] = {}

    def of(self, symbol: str) -> Held:
        """What is held of a symbol."""
        return self.symbols.setdefault(symbol, Held())

    @property
    def flat(self) -> bool:
        """Whether nothing is held at all."""
        return not any(held.quantity for held in self.symbols.values())

    def fill(self, fill: Fill, live: bool = True) -> None:
        """Some of an order was filled; `live`: the stream told it as it was.

        What an answer tells later is in what the positions showed since then already.
        """
        symbol, held = fill.order.symbol, self.of(fill.order.symbol)
        known = float("-inf") if held.rebased is None else held.rebased
        if not live and (fill.order.sent or 0.0) < known:
            return
        before = held.quantity
        self._remember(held, fill.at)
        left = fill.quantity
        if held.quantity and held.quantity * left < 0:
            closing = min(abs(left), abs(held.quantity)).copy_sign(left)
            self._move(held, fill, closing)
            left -= closing
        if left:
            self._move(held, fill, left)
        doubt = self._doubts.get(symbol)
        if doubt is not None and _between(doubt.shown, before, held.quantity):
            del self._doubts[symbol]

    def _move(self, held: Held, fill: Fill, moved: Decimal) -> None:
        if held.trip is None:
            side = "BUY" if moved > 0 else "SELL"
            held.trip = Trip(fill.order.symbol, side, fill.at, whole=not held.quantity)
        held.quantity += moved
        held.trip.take(fill, moved)
        held.trip.most = max(held.trip.most, abs(held.quantity))
        if not held.quantity:
            held.trip.closed = fill.at
            if held.trip.whole:
                self.trips.append(held.trip)
            held.trip = None

    def _remember(self, held: Held, at: float) -> None:
        held.recent.append((at, held.quantity))
        while held.recent and held.recent[0][0] < at - SETTLING:
            held.recent.popleft()

    def unseen(self, *, recorded: bool) -> None:
        """Fills may have been missed; what the next answer shows is believed.

        Where even requests were not recorded, nothing under way was seen whole.
        """
        self._read.clear()
        self._doubts.clear()
        for held in self.symbols.values():
            held.recent.clear()
            held.rebased = None
            if held.trip is not None and not recorded:
                held.trip.whole = False

    def shown(
        self,
        positions: Mapping[str, Decimal],
        asked: float,
        at: float,
        entry: int,
        only: str = ALL,
    ) -> Iterator[str]:
        """An answer showed positions, of one symbol or of all that are held.

        Yields the symbols that are held otherwise now than the fills had it.
        """
        read, ever = set(self._read), set(self._ever_read)
        self._read.add(only)
        self._ever_read.add(only)
        for symbol in {*positions, *self.symbols} if only == ALL else {only}:
            first, never = not read & {ALL, symbol}, not ever & {ALL, symbol}
            held, told = self.of(symbol), positions.get(symbol, ZERO)
            self.compared += not first
            if held.was(told, asked - SETTLING):
                self._doubts.pop(symbol, None)
            elif first and (held.trip is None or not held.recent):
                self._rebase(symbol, told, at)
                yield symbol
            else:
                old = self._doubts.get(symbol)
                since = at if old is None else old.at
                never = never or (old is not None and old.first)
                self._doubts[symbol] = Doubt(symbol, told, since, entry, never)

    def settle(self, at: float, heard: Callable[[str], bool]) -> Iterator[str]:
        """Doubts that nothing cleared in time become facts; the symbols of them.

        `heard` says whether the stream told of all orders of a symbol: where it did
        not, what the positions show is how a fill becomes known.
        """
        if not self._doubts:
            return
        due = [d for d in self._doubts.values() if at - d.at > SETTLING]
        for doubt in due:
            del self._doubts[doubt.symbol]
            if not doubt.first and heard(doubt.symbol):
                told = (
                    f"the fills of {doubt.symbol} add up to "
                    f"{self.of(doubt.symbol).quantity:f}; the positions showed "
                    f"{doubt.shown:f}"
                )
                self.disagreements.append((told, doubt.entry))
            elif doubt.first:
                mine = doubt.symbol
                self.trips = [t for t in self.trips if t.symbol != mine]
            self._rebase(doubt.symbol, doubt.shown, doubt.at)
            yield doubt.symbol

    def _rebase(self, symbol: str, quantity: Decimal, at: float) -> None:
        """What is held is what was shown; a round trip under way was not all seen."""
        held = self.of(symbol)
        held.quantity, held.rebased = quantity, at
        held.recent.clear()
        side = "BUY" if quantity > 0 else "SELL"
        held.trip = Trip(symbol, side, 0.0, whole=False) if quantity else None
