"""Which positions of a session stood without a working stop, and for how long."""

from decimal import Decimal

from conformance.judge.session.holdings import Holdings
from conformance.judge.session.orders import SIGNS, STOPS, Order
from conformance.judge.session.presence import Span, Spans

ZERO = Decimal(0)


class Cover:
    """The stops that stand over what is held, symbol by symbol."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._stops: dict[str, dict[str, Order]] = {}
        self._brackets: dict[str, list[Order]] = {}
        self._whole: set[str] = set()
        """Symbols whose position got exits of its own, by PATCH."""
        self._spans = Spans("no working stop")

    @property
    def spans(self) -> list[Span]:
        """The times in which something held had no working stop."""
        return self._spans.all

    def take(self, order: Order, at: float, entry: int) -> None:
        """An order was told."""
        stops = self._stops.setdefault(order.symbol, {})
        if order.kind in STOPS:
            stops[order.id] = order
            if not order.live:
                stops.pop(order.id)
        elif order.guarded and order.filled:
            asked = self._brackets.setdefault(order.symbol, [])
            if order not in asked:
                asked.append(order)
        self.look(order.symbol, at, entry)

    def exits_set(self, symbol: str, at: float, entry: int) -> None:
        """The position itself was given a stop loss."""
        self._whole.add(symbol)
        self.look(symbol, at, entry)

    def look(self, symbol: str, at: float, entry: int) -> None:
        """Whether all that is held of a symbol is covered now."""
        held = self._holdings.of(symbol).quantity
        if not held:
            self._brackets.pop(symbol, None)
            self._whole.discard(symbol)
        bare = max(abs(held) - self._covered(symbol, held), ZERO)
        self._spans.set(symbol, bare, bare > 0, at, entry)

    def _covered(self, symbol: str, held: Decimal) -> Decimal:
        if symbol in self._whole:
            return abs(held)
        closing = -1 if held > 0 else 1
        stops = self._stops.get(symbol, {})
        covered = sum(
            (o.quantity - o.filled for o in stops.values() if _closes(o, closing)), ZERO
        )
        parents = {o.parent for o in stops.values()}
        # An exit that the broker keeps to itself is told by nobody.
        for order in self._brackets.get(symbol, ()):
            if order.id not in parents:
                covered += order.filled
        return covered

    def cut(self, at: float) -> None:
        """Nothing is known from here on."""
        self._spans.cut(at)


def _closes(order: Order, sign: int) -> bool:
    return SIGNS.get(order.side) == sign
