"""How the Engine says what its desk books: events, each under an id of its own."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import count

from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.peers.desk import Prices, TradingDesk
from conformance.peers.engine.conduct import Refuse
from conformance.peers.engine.rendering import (
    account_json,
    bar_json,
    order_json,
    position_json,
    terms_of,
    trade_json,
)
from conformance.protocol.words import OrderStatus
from conformance.venue.books import Trade
from conformance.venue.order import Order

__all__ = ("FILL", "Desk", "Prices", "Say")

Say = Callable[[dict[str, Json]], None]

FILL = ("order", "trade", "account", "position")
"""What a fill is told with, in this order."""


class Desk(TradingDesk):
    """The Engine's desk; every event is said through `say`."""

    told_of_fills = FILL

    def __init__(self, recorder: Recorder, say: Say, mark: str = "e") -> None:
        super().__init__(recorder, mark)
        self.names_positions = False
        """Whether an order that filled tells which position it is part of."""
        self._say = say
        self._events = count(1)

    def submit(self, asked: Mapping[str, Json]) -> Order | Refuse:
        """Books an order, or says why not; the caller then calls `begin`."""
        return self.take(terms_of(asked))

    def book(
        self, order: Order, quantity: Decimal, price: Decimal | None = None
    ) -> Trade:
        trade = super().book(order, quantity, price)
        if self.names_positions:
            order.terms.position_id = self.books.positions[order.terms.symbol].id
        return trade

    def tell_new(self, order: Order) -> list[str]:
        return [self.tell_order(order, "created")]

    def tell_end(self, order: Order) -> list[str]:
        rejected = order.status is OrderStatus.REJECTED
        return [self.tell_order(order, "rejected" if rejected else "cancelled")]

    def tell_fill(self, order: Order, trade: Trade, tell: tuple[str, ...]) -> list[str]:
        """The events of one fill; each may be left out, or told again."""
        said = []
        for what in tell:
            if what == "order":
                done = order.status is OrderStatus.FILLED
                said.append(
                    self.tell_order(order, "filled" if done else "partial_fill")
                )
            elif what == "trade":
                said.append(self.tell("trade", trade=trade_json(trade)))
            elif what == "account":
                said.append(self.tell_account())
            elif what == "position":
                said.append(self.tell_position(order.terms.symbol))
        return said

    def tell_order(self, order: Order, event: str, **other: Json) -> str:
        """An order event; `other` fields replace what the books say."""
        told = {**order_json(order, self.reasons.get(order.id)), **other}
        return self.tell("order", event=event, order=told)

    def tell_account(self, event: str = "balance_updated") -> str:
        """An account event."""
        told = account_json(self.books, self.prices)
        return self.tell("account", event=event, account=told)

    def tell_position(self, symbol: str) -> str:
        """A position event, at quantity 0 too."""
        position = self.books.positions[symbol]
        told = position_json(position, self.prices[symbol])
        return self.tell("position", position=told)

    def tell_candle(self, symbol: str, timeframe: str, at: datetime | None) -> str:
        """A bar that closes at the symbol's price."""
        bar = bar_json(at or self.now(), self.prices[symbol])
        return self.tell("candle", symbol=symbol, timeframe=timeframe, **bar)

    def tell(self, kind: str, **content: Json) -> str:
        """Any event, under an id of its own, which is returned."""
        event_id = f"evt-{next(self._events)}"
        self._say({"type": kind, "event_id": event_id, **content})
        return event_id
