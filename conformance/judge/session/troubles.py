"""What went wrong in a session, and whether anything was done about it afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.evidence.entry import Json
from conformance.judge.session.orders import Order

BEYOND_REPAIR = frozenset({"LIQUIDATION", "INTERNAL_ERROR"})
"""Errors that no strategy can handle: the broker sold, the Gateway broke."""

UNKNOWN = "while nothing was known of it"
SAME_ID = "under the same client order id"
PENDING = "while it was pending, and one open order is declared"

OPEN_END = 600.0
"""Seconds before the end of the record in which nothing need have been done yet."""


@dataclass(slots=True, eq=False)
class Trouble:
    """One error; `handled` as soon as something was done that answers it."""

    sentence: str
    at: float
    entry: int
    symbol: str = ""
    request: str = ""
    handled: bool = False
    hopeless: bool = False


class Troubles:
    """The errors of a session that wait for somebody to handle them."""

    def __init__(self) -> None:
        self.all: list[Trouble] = []
        self._open: list[Trouble] = []

    def add(self, trouble: Trouble) -> None:
        """Something went wrong."""
        self.all.append(trouble)
        if not trouble.hopeless:
            self._open.append(trouble)

    def told(self, message: Mapping[str, Json], at: float, entry: int) -> None:
        """The stream told an error."""
        code = str(message.get("code"))
        details = message.get("details")
        symbol = details.get("symbol") if isinstance(details, dict) else None
        told = f"the Gateway told {code}: {str(message.get('message'))[:120]}"
        hopeless = code in BEYOND_REPAIR
        symbol = symbol if isinstance(symbol, str) else ""
        self.add(Trouble(told, at, entry, symbol, hopeless=hopeless))

    def failed(self, what: str, status: int | None, at: float, entry: int) -> None:
        """A request got no answer, or one that says nothing of what was asked."""
        told = "was not answered" if status is None else f"was answered with {status}"
        self.add(Trouble(f"{what} {told}", at, entry, request=what))

    def acted(self, symbol: str) -> None:
        """The strategy sent, changed or closed something of a symbol."""
        self._settle(lambda t: not t.request and t.symbol in ("", symbol))

    def asked(self, what: str) -> None:
        """A request of this kind was answered as it should be."""
        verb = what.partition(" ")[0]
        self._settle(lambda t: bool(t.request) and (t.request == what or verb == "GET"))

    def _settle(self, settles: Callable[[Trouble], bool]) -> None:
        if not self._open:
            return
        for trouble in self._open:
            trouble.handled = settles(trouble)
        self._open = [t for t in self._open if not t.handled]

    def unhandled(self, end: float) -> tuple[Trouble, ...]:
        """Those that nothing answered, though there was time."""
        return tuple(
            t
            for t in self.all
            if t.hopeless or (not t.handled and end - t.at > OPEN_END)
        )


class Doubles:
    """Orders that were sent again before it was known what became of them."""

    def __init__(self) -> None:
        self.compared = 0
        self._waiting: dict[tuple[str, ...], Order] = {}
        self._by_client: dict[str, Order] = {}
        self._pairs: list[tuple[Order, Order, str]] = []

    def sent(self, order: Order, alone: bool) -> None:
        """An order was sent; `alone`: one open order at the most is declared."""
        self.compared += 1
        before, why = self._waiting.get(order.terms), ""
        if before is not None and before.unknown and before.answered is not None:
            why = UNKNOWN
        elif before is not None and alone and _pending(before):
            why = PENDING
        if before is not None and why:
            self._pairs.append((before, order, why))
        self._waiting[order.terms] = order
        known = self._by_client.get(order.client_id) if order.client_id else None
        if known is not None and not (why and known is before):
            self._pairs.append((known, order, SAME_ID))
        self._by_client[order.client_id] = order

    def looked(self) -> None:
        """The strategy asked for the orders: what it sends now, it sends knowingly."""
        self._waiting = {k: o for k, o in self._waiting.items() if not o.unknown}

    def found(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Each pair of which both exist: with both entries."""
        return self._told(lambda one, other: bool(one.id and other.id != one.id))

    def open(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Each pair of which nobody knows whether the first exists."""
        return self._told(lambda one, _: one.unknown)

    def _told(
        self, fits: Callable[[Order, Order], bool]
    ) -> tuple[tuple[str, tuple[int, ...]], ...]:
        return tuple(
            (
                f"the order {one.side} {one.quantity:f} {one.symbol} was sent again "
                f"{why}, as {other.client_id or other.id}",
                (one.entry, other.entry),
            )
            for one, other, why in self._pairs
            if (other.id or other.unknown) and fits(one, other)
        )


def _pending(order: Order) -> bool:
    return order.live and not order.filled and order.kind == "MARKET"
