"""One order on the books of the venue, and how it meets a price."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from conformance.protocol.order_states import TERMINAL
from conformance.protocol.words import (
    MarginMode,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
    TrailingType,
)


@dataclass(slots=True)
class Terms:
    """What an order asks for; a modification changes some of it."""

    symbol: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trailing_distance: Decimal | None = None
    trailing_type: TrailingType | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    client_order_id: str | None = None
    oco_group_id: str | None = None
    position_id: str | None = None
    display_quantity: Decimal | None = None
    leverage: Decimal | None = None
    margin_mode: MarginMode | None = None
    reduce_only: bool = False
    post_only: bool = False
    hidden: bool = False

    def changed(self, changes: Mapping[str, Decimal]) -> "Terms":
        """The same with other prices or another quantity."""
        found = replace(self)
        for name, value in changes.items():
            setattr(found, name, value)
        return found


@dataclass(slots=True)
class Order:
    """An order and what became of it."""

    id: str
    terms: Terms
    created_at: datetime
    updated_at: datetime
    status: OrderStatus = OrderStatus.OPEN
    filled: Decimal = Decimal(0)
    worth: Decimal = Decimal(0)
    triggered: bool = False
    best: Decimal | None = None
    parent: str | None = None
    correlation_id: str | None = None
    reject_reason: str | None = None
    traded: list[str] = field(default_factory=list)

    @property
    def live(self) -> bool:
        return self.status not in TERMINAL

    @property
    def remaining(self) -> Decimal:
        return self.terms.quantity - self.filled

    @property
    def average_price(self) -> Decimal | None:
        """The quantity-weighted mean of its trades' prices; None while unfilled."""
        return self.worth / self.filled if self.filled else None

    def meets(self, price: Decimal) -> bool:
        """Whether it trades at this price; a stop remembers that it was triggered."""
        kind = self.terms.order_type
        if kind is OrderType.MARKET:
            return True
        if kind is OrderType.LIMIT:
            return self.within_limit(price)
        self.triggered = self.triggered or self._triggers(price)
        if kind is OrderType.STOP_LIMIT:
            return self.triggered and self.within_limit(price)
        return self.triggered

    def within_limit(self, price: Decimal) -> bool:
        """Whether the price is as good as its limit, or better."""
        limit = self.terms.limit_price
        assert limit is not None
        return price <= limit if self.terms.side is Side.BUY else price >= limit

    def _triggers(self, price: Decimal) -> bool:
        stop = self.terms.stop_price
        if self.terms.order_type is OrderType.TRAILING_STOP:
            stop = self.trail(price)
        assert stop is not None
        return price >= stop if self.terms.side is Side.BUY else price <= stop

    def trail(self, price: Decimal) -> Decimal:
        """Where a trailing stop stands once the market is here: it never loosens."""
        buying = self.terms.side is Side.BUY
        best = price if self.best is None else self.best
        self.best = min(best, price) if buying else max(best, price)
        distance = self.terms.trailing_distance or Decimal(0)
        if self.terms.trailing_type is TrailingType.PERCENT:
            distance = self.best * distance / 100
        return self.best + distance if buying else self.best - distance
