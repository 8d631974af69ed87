"""How each event of the Engine becomes a message, or none."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from conformance.protocol.order_states import TERMINAL
from conformance.protocol.words import TIMEFRAMES
from conformance.reference.tektii.connection import Connection
from conformance.reference.tektii.orders import EngineOrders
from conformance.reference.tektii.translation import number, word
from conformance.reference.tektii.upstream import UNREADABLE, parsed
from conformance.venue.order import Order

EVENTS = {
    "created": "ORDER_CREATED",
    "partial_fill": "ORDER_PARTIALLY_FILLED",
    "filled": "ORDER_FILLED",
    "cancelled": "ORDER_CANCELLED",
    "rejected": "ORDER_REJECTED",
}


Json = dict[str, Any]


class EngineEvents(EngineOrders):
    """Passes on what the Engine says, each event once and none that was overtaken."""

    connection: Connection
    complete: bool
    _told_trades: set[str]
    _held: dict[str, Decimal]
    """By position: what was told to be held of it last."""

    async def hear(self, text: str) -> None:
        """One frame, whatever it is."""
        handlers: dict[str, Callable[[Json], Awaitable[None]]] = {
            "order": self.on_order,
            "trade": self.on_trade,
            "position": self.on_position,
            "account": self.on_account,
            "candle": self.on_candle,
            "error": self.on_error,
            "backtest_complete": self.on_end,
            "pong": self.on_pong,
        }
        frame: Any = None
        try:
            frame = parsed(text)
            handle = handlers[frame["type"]]
            if handle != self.on_pong and not _is_name(frame["event_id"]):
                raise TypeError("its event_id is no name")
            await handle(frame)
        except (*UNREADABLE, RecursionError):
            await self.on_nonsense(frame, text)

    async def on_order(self, frame: Json) -> None:
        told = frame["order"]
        event = EVENTS[frame["event"]]
        order = self.fold(told)
        # REST may be ahead of the stream: what is told is what this event says.
        said = self.translation.order(told, None)
        said.terms, said.parent = order.terms, order.parent
        said.correlation_id = order.correlation_id
        before = self._announced.get(said.id)
        if before is not None and self.is_stale(said, event, before):
            await self.release(frame)
            return
        if before is not None and before.status in TERMINAL:
            said.status = before.status
        self._announced[said.id] = said
        if said.filled > self.exits.covered(order):
            await self.exits.filled(order)
        self.order_event(event, said, frame)
        if order.id in self._replacing:
            self._replacing.remove(order.id)
            self.modified(order)
        await self.exits.ended(order)

    def is_stale(self, said: Order, event: str, before: Order) -> bool:
        """Whether an event tells nothing beyond what was told of the order before."""
        if event == "ORDER_CREATED" or said.filled < before.filled:
            return True
        ended = before.status in TERMINAL
        same = ended or said.status is before.status
        return same and said.filled == before.filled

    def order_event(self, event: str, order: Order, frame: Json) -> None:
        counted = event.removeprefix("ORDER_").lower()
        self.metrics.count("gateway_order_events_total", counted)
        message = {
            "type": "order",
            "event": event,
            "order": self.rendering.order(order),
        }
        if order.parent is not None:
            message["parent_order_id"] = order.parent
        self.pass_on(message, frame)

    def event_of(self, told: Json) -> str:
        """What is to be told of an order that stands as it is shown."""
        if told["status"] in ("filled", "cancelled", "rejected"):
            return str(told["status"])
        return "partial_fill" if Decimal(told["filled_quantity"]) else "created"

    async def on_trade(self, frame: Json) -> None:
        trade = self.translation.trade(frame["trade"])
        if trade.id in self._told_trades:
            await self.release(frame)
            return
        self._told_trades.add(trade.id)
        if all(known.id != trade.id for known in self.books.trades):
            self.books.trades.append(trade)
        told = self.rendering.trade(trade)
        message = {"type": "trade", "event": "TRADE_FILLED", "trade": told}
        self.pass_on(message, frame)

    async def on_position(self, frame: Json) -> None:
        self.fold_position(frame["position"])
        await self.tell_position(str(frame["position"]["id"]), frame)

    async def tell_position(self, position_id: str, frame: Json) -> None:
        """What became of a position since it was told of last."""
        position = self.books.positions[position_id]
        # REST may be ahead of the stream: the books do not say what was told.
        was_held = bool(self._held.get(position_id))
        self._held[position_id] = position.quantity
        message = {
            "type": "position",
            "event": self.position_event(was_held, bool(position.quantity)),
            "position": self.rendering.position(position, self.prices),
        }
        self.pass_on(message, frame)
        await self.exits.fit(position)

    def position_event(self, was_held: bool, is_held: bool) -> str:
        if not is_held:
            return "POSITION_CLOSED"
        return "POSITION_MODIFIED" if was_held else "POSITION_OPENED"

    async def on_account(self, frame: Json) -> None:
        message = {
            "type": "account",
            "event": self.translation.account_event(frame["event"]),
            "account": self.translation.account(frame["account"]),
        }
        self.pass_on(message, frame)

    async def on_candle(self, frame: Json) -> None:
        symbol, timeframe = word(frame["symbol"]), frame["timeframe"]
        if timeframe not in TIMEFRAMES:
            raise ValueError(f"{timeframe!r} is no timeframe of the Gateway's")
        bar = self.bar_json(self.translation.bar(frame, symbol, timeframe))
        self.prices.move(symbol, number(frame["close"]))
        self.pass_on({"type": "candle", "bar": bar}, frame)
        self.connection.fresh(symbol)

    def bar_json(self, bar: Json) -> Json:
        at = self.rendering.instant(bar["timestamp"])
        return {**bar, "provider": self.settings.platform, "timestamp": at}

    async def on_error(self, frame: Json) -> None:
        """The strategy hears of it; nobody could acknowledge it."""
        text = self.client.scrubbed(f"{frame['code']}: {frame['message']}")
        self.complain(text)
        await self.release(frame)

    async def on_pong(self, frame: Json) -> None:
        """Nothing."""

    async def on_end(self, frame: Json) -> None:
        self.complete = True
        self.metrics.count("gateway_backtest_completions_total")
        broker = self.settings.platform
        self.pass_on({"type": "backtest_complete", "broker": broker}, frame)

    async def on_nonsense(self, frame: Any, text: str) -> None:
        """What cannot be understood is told, and does not hold time."""
        self.complain(f"the Engine said what makes no sense: {text[:80]!r}")
        if isinstance(frame, dict) and _is_name(frame.get("event_id")):
            await self.release(frame)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
