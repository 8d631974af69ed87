"""What orders filled, folded from order and trade events, however often told."""

from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from conformance.evidence.entry import Json

ZERO = Decimal(0)
ORDERS_KEPT = 10_000
TRADES_KEPT = 1_000
"""Ids of trades of one order: beyond them a trade told twice counts twice."""


@dataclass(slots=True)
class Order:
    """One order as far as it was told."""

    symbol: str = ""
    side: str = ""
    told: Decimal = ZERO
    """The filled quantity that its events told."""
    worth: Decimal = ZERO
    """Of that, quantity times price."""
    traded: Decimal = ZERO
    trades: set[str] = field(default_factory=set)
    counted: Decimal = ZERO
    """What was counted of both so far."""
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Fill:
    """A fill nobody had told before; `price` is None where nobody tells it."""

    order: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal | None
    first: bool
    """Whether it is its order's first."""


class Fills:
    """Folds one message after the other; memory is bounded."""

    def __init__(self) -> None:
        self._orders: OrderedDict[str, Order] = OrderedDict()

    def order_told(self, row: Json) -> Fill | None:
        """An order as an event tells it."""
        order = self._order(row, "id")
        if order is None:
            return None
        filled = number(row.get("filled_quantity"))
        if filled is None or filled <= order.told:
            return None
        average = number(row.get("average_fill_price"))
        worth = ZERO if average is None else filled * average
        price = None
        if average is not None and (order.told == 0 or order.worth):
            price = (worth - order.worth) / (filled - order.told)
        order.told, order.worth = filled, worth
        return self._grown(str(row["id"]), order, price)

    def trade_told(self, row: Json) -> Fill | None:
        """A trade as an event tells it."""
        order = self._order(row, "order_id")
        quantity = number(row.get("quantity")) if order is not None else None
        name = str(row.get("id")) if order is not None else ""
        if order is None or quantity is None or name in order.trades:
            return None
        if len(order.trades) < TRADES_KEPT:
            order.trades.add(name)
        order.traded += quantity
        return self._grown(str(row["order_id"]), order, number(row.get("price")))

    def rejected(self, row: Json) -> bool:
        """Whether an order is told to be rejected for the first time."""
        order = self._order(row, "id")
        if order is None or order.rejected:
            return False
        order.rejected = True
        return True

    def _order(self, row: Json, key: str) -> Order | None:
        if not isinstance(row, dict) or not isinstance(row.get(key), str):
            return None
        order = self._orders.setdefault(row[key], Order())
        self._orders.move_to_end(row[key])
        if len(self._orders) > ORDERS_KEPT:
            self._orders.popitem(last=False)
        order.symbol = str(row.get("symbol") or order.symbol)
        order.side = str(row.get("side") or order.side).upper()
        return order

    def _grown(self, name: str, order: Order, price: Decimal | None) -> Fill | None:
        filled = max(order.told, order.traded)
        more = filled - order.counted
        if more <= 0:
            return None
        first = order.counted == 0
        order.counted = filled
        return Fill(name, order.symbol, order.side, more, price, first)


def number(value: Json) -> Decimal | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    # Two hostile exponents would make one sum of a gigabyte.
    return found if found.is_finite() and abs(found.adjusted()) < 40 else None
