"""Orders that an Engine books: what it tells is folded into books and passed on."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import aiohttp

from conformance.protocol.order_states import TERMINAL
from conformance.protocol.words import TIMEFRAMES, OrderStatus, OrderType, Side
from conformance.reference.failure import Failure
from conformance.reference.metrics import Metrics
from conformance.reference.rendering import Rendering
from conformance.reference.settings import GatewaySettings
from conformance.reference.stream import Stream
from conformance.reference.tektii.acks import Acknowledgements
from conformance.reference.tektii.connection import Connection
from conformance.reference.tektii.exits import TektiiExits
from conformance.reference.tektii.translation import Translation
from conformance.reference.tektii.upstream import EngineClient
from conformance.venue.books import Books
from conformance.venue.order import Order, Terms
from conformance.venue.prices import Prices

Json = dict[str, Any]

EVENTS = {
    "created": "ORDER_CREATED",
    "partial_fill": "ORDER_PARTIALLY_FILLED",
    "filled": "ORDER_FILLED",
    "cancelled": "ORDER_CANCELLED",
    "rejected": "ORDER_REJECTED",
}


UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)


class TektiiProvider:
    """The Engine's books as far as they are known, and its events."""

    client_class: type[EngineClient] = EngineClient
    translation_class: type[Translation] = Translation
    acks_class: type[Acknowledgements] = Acknowledgements
    exits_class: type[TektiiExits] = TektiiExits
    connection_class: type[Connection] = Connection

    def __init__(
        self,
        settings: GatewaySettings,
        rendering: Rendering,
        metrics: Metrics,
        stream: Stream,
    ) -> None:
        self.settings = settings
        self.rendering = rendering
        self.metrics = metrics
        self.stream = stream
        self.books = Books()
        self.prices = Prices()
        self.asked: dict[str, tuple[Terms, str]] = {}
        """By client order id: what was sent to the Engine, and its correlation id."""
        self.client = self.client_class(
            settings.engine_url, settings.engine_stream_url, settings.upstream_seconds
        )
        self.translation = self.translation_class()
        self.acks = self.acks_class()
        self.exits = self.exits_class(self)
        self.connection = self.connection_class(
            settings.platform, metrics, self.announce
        )
        self.complete = False
        self.waiting: dict[str, Json] = {}
        """By order: what a run before had noted, and nobody has looked at yet."""
        self._announced: dict[str, Order] = {}
        """By id: the order as the strategies were told of it last."""
        self._told_trades: set[str] = set()
        self._replacing: set[str] = set()
        """Orders that were modified before they were told created."""
        self._kept: list[Json] = []
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        stream.attached = self.attached
        stream.acknowledged = self.acknowledged

    # --- orders ---

    async def submit(
        self, terms: Terms, *, parent: str | None = None, anew: bool = False
    ) -> Order:
        """Sends an order once; raises Failure for whatever is no clean yes.

        `anew` where it takes the place of one with its client order id.
        """
        known = None if anew else self.known(terms.client_order_id)
        if known is not None:
            return known
        self.translation.refuse(terms)
        self.exits.refuse(terms)
        terms.client_order_id = terms.client_order_id or f"gw-{uuid.uuid4().hex}"
        correlation = str(uuid.uuid4())
        self.asked[terms.client_order_id] = (terms, correlation)
        self.exits.expected(terms, parent)
        path = self.client.path("orders")
        body = self.translation.request(terms)
        handle = await self.client.ask("POST", path, body=body)
        return await self.placed(terms, handle)

    def known(self, client_order_id: str | None) -> Order | None:
        """The order that was submitted under this client order id before."""
        found = None
        if client_order_id is not None:
            found = self.books.by_client_id(client_order_id)
        return found

    async def placed(self, terms: Terms, handle: Json) -> Order:
        """The Engine took an order; it may have told of it before."""
        try:
            order_id = str(handle["id"])
            status = OrderStatus(str(handle["status"]).upper())
        except (KeyError, ValueError):
            raise self.client.unknown_outcome("its answer has no order") from None
        order = self.books.orders.get(order_id)
        if order is None:
            # When it was taken only the Engine knows: it is asked before it is shown.
            order = Order(order_id, terms, UNKNOWN_TIME, UNKNOWN_TIME, status)
            self.dress(order)
            self.books.orders[order_id] = order
        await self.exits.registered(order)
        return order

    def dress(self, order: Order) -> None:
        """Gives an order what only the Gateway knows of it."""
        asked = self.asked.get(order.terms.client_order_id or "")
        if asked is not None:
            order.terms, order.correlation_id = asked
        self.exits.dress(order)

    async def cancel(self, order: Order) -> None:
        """Has the Engine cancel an order; a Failure where that is not known done."""
        if not order.live:
            raise self.not_modifiable(order)
        await self.client.ask("DELETE", self.client.path("orders", order.id))
        await self.refresh_order(order.id)
        if order.live:
            raise self.client.unknown_outcome("the order is still live")

    def not_modifiable(self, order: Order) -> Failure:
        text = f"the order is {order.status}"
        return Failure("ORDER_NOT_MODIFIABLE", text, {"order_id": order.id})

    async def replace(self, order: Order, changes: dict[str, Decimal]) -> Order:
        """An order with other terms in the old one's place; never both.

        Where the Engine refuses it, the old one is put back and the Failure raised.
        """
        if not order.live:
            raise self.not_modifiable(order)
        local = {n: v for n, v in changes.items() if n in ("stop_loss", "take_profit")}
        for name, value in local.items():
            setattr(order.terms, name, value)
        sent = {n: v for n, v in changes.items() if n not in local}
        if not sent:
            if local:
                self.tell_modified(order)
            return order
        before = order.terms
        await self.cancel(order)
        try:
            return await self.resubmit(order, self.rest_of(order, before, sent))
        except Failure as failure:
            if failure.code == "PROVIDER_ERROR":
                raise
            restored = await self.resubmit(order, self.rest_of(order, before, {}))
            failure.details["restored_order_id"] = restored.id
            raise

    def rest_of(
        self, order: Order, before: Terms, changes: dict[str, Decimal]
    ) -> Terms:
        """What is left of an order, changed; a quantity is the whole order's."""
        whole = changes.get("quantity", before.quantity)
        prices = {n: v for n, v in changes.items() if n != "quantity"}
        return before.changed({**prices, "quantity": whole - order.filled})

    async def resubmit(self, order: Order, terms: Terms) -> Order:
        """Sends an order anew under its client order id."""
        found = await self.submit(terms, parent=order.parent, anew=True)
        self.exits.replaced(order, found)
        await self.refresh_order(found.id)
        self.tell_modified(found)
        return found

    def tell_modified(self, order: Order) -> None:
        """Once it was told created: the Engine's word of that may be on its way."""
        if order.id in self._announced:
            self.modified(order)
        else:
            self._replacing.add(order.id)

    def modified(self, order: Order) -> None:
        """Tells that an order has other terms now."""
        self.metrics.count("gateway_order_events_total", "modified")
        told = self.rendering.order(order)
        message = {"type": "order", "event": "ORDER_MODIFIED", "order": told}
        self.announce(message)

    async def close(
        self,
        position_id: str,
        quantity: Decimal | None,
        order_type: OrderType = OrderType.MARKET,
        limit_price: Decimal | None = None,
    ) -> Order:
        """Sends the order that closes a position, or a part of it, and no more."""
        position = self.books.positions[position_id]
        most = abs(position.quantity)
        terms = Terms(
            symbol=position.symbol,
            side=Side.SELL if position.quantity > 0 else Side.BUY,
            order_type=order_type,
            quantity=most if quantity is None else min(quantity, most),
            limit_price=limit_price,
            reduce_only=True,
            position_id=position.id,
        )
        return await self.submit(terms)

    # --- what the Engine shows ---

    async def refresh_order(self, order_id: str) -> None:
        """Raises Failure where the Engine does not know it."""
        told = await self.client.ask("GET", self.client.path("orders", order_id))
        self.fold(told)

    async def refresh_orders(self) -> None:
        told = await self.client.ask("GET", self.client.path("orders"))
        for row in told["orders"]:
            self.fold(row)

    def fold(self, told: Json) -> Order:
        """What the Engine says of an order, over what is known."""
        known = self.books.orders.get(str(told["id"]))
        order = self.translation.order(told, known)
        if known is None:
            self.books.orders[order.id] = order
            self.dress(order)
        order.terms.position_id = told.get("position_id") or order.terms.position_id
        return order

    async def refresh_trades(self) -> None:
        told = await self.client.ask("GET", self.client.path("trades"))
        known = {trade.id for trade in self.books.trades}
        for row in told["trades"]:
            trade = self.translation.trade(row)
            if trade.id not in known:
                self.books.trades.append(trade)
                known.add(trade.id)

    async def refresh_positions(self) -> None:
        told = await self.client.ask("GET", self.client.path("positions"))
        found = {str(row["id"]) for row in told["positions"]}
        for name, position in self.books.positions.items():
            if name not in found:
                position.quantity = Decimal(0)
        for row in told["positions"]:
            self.fold_position(row)

    def fold_position(self, told: Json) -> None:
        known = self.books.positions.get(str(told["id"]))
        position = self.translation.position(told, known)
        self.books.positions[position.id] = position
        self.prices.move(position.symbol, Decimal(told["current_price"]))

    # --- what the Engine says ---

    def attached(self) -> None:
        """A strategy is there: what was kept is for it; the Engine may begin."""
        kept, self._kept = self._kept, []
        for message in kept:
            self.deliver(message)
        if self._task is None:
            self._task = asyncio.create_task(self.live())

    async def live(self) -> None:
        """The line to the Engine, for as long as it is taken up."""
        socket = await self.client.connect_patiently()
        while socket is not None:
            self._socket = socket
            if not self.connection.up:
                await self.catch_up()
                self.connection.back()
            await self.exits.restore()
            await self.listen(socket)
            if self.complete:
                return
            self.broke_off(socket.close_code)
            if not self.settings.reconnect:
                return
            socket = await self.again()
        self.connection.given_up("the Engine's stream cannot be opened")

    async def again(self) -> aiohttp.ClientWebSocketResponse | None:
        """The line that was lost, if it comes back before it is given up."""
        given = self.settings
        return await self.client.connect_patiently(
            given.give_up_seconds, given.pause_seconds, given.longest_pause_seconds
        )

    async def catch_up(self) -> None:
        """Tells what happened at the Engine while its stream was away."""
        with suppress(Failure):
            orders = await self.client.ask("GET", self.client.path("orders"))
            trades = await self.client.ask("GET", self.client.path("trades"))
            for row in orders["orders"]:
                missed = {"event": self.event_of(row), "order": row}
                await self.on_order({**missed, "event_id": None})
            for row in trades["trades"]:
                await self.on_trade({"trade": row, "event_id": None})

    def event_of(self, told: Json) -> str:
        """What is to be told of an order that stands as it is shown."""
        if told["status"] in ("filled", "cancelled", "rejected"):
            return str(told["status"])
        return "partial_fill" if Decimal(told["filled_quantity"]) else "created"

    async def listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        with suppress(aiohttp.ClientError):
            async for message in socket:
                text = message.data if message.type is aiohttp.WSMsgType.TEXT else ""
                await self.hear(text)

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
            frame = json.loads(text)
            await handlers[frame["type"]](frame)
        except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation):
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
        told = frame["position"]
        known = self.books.positions.get(str(told["id"]))
        was_held = known is not None and bool(known.quantity)
        self.fold_position(told)
        position = self.books.positions[str(told["id"])]
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
        symbol, timeframe = frame["symbol"], frame["timeframe"]
        if timeframe not in TIMEFRAMES:
            raise ValueError(f"{timeframe!r} is no timeframe of the Gateway's")
        bar = self.bar_json(self.translation.bar(frame, symbol, timeframe))
        self.prices.move(symbol, Decimal(frame["close"]))
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
        if isinstance(frame, dict) and isinstance(frame.get("event_id"), str):
            await self.release(frame)

    def complain(self, text: str) -> None:
        self.announce({"type": "error", "code": "INTERNAL_ERROR", "message": text})

    def broke_off(self, code: int | None) -> None:
        """The line ended before the run did."""
        symbols = sorted({s.instrument for s in self.settings.subscriptions})
        self.connection.lost(symbols, f"the Engine's stream ended ({code})")

    # --- what goes to the strategy, and back ---

    def pass_on(self, message: Json, frame: Json) -> None:
        """Tells the strategy under the Engine's id, where the Engine told it."""
        event_id = frame["event_id"]
        self.announce(
            message if event_id is None else {**message, "event_id": event_id}
        )

    def announce(self, message: Json) -> None:
        """Every message of the provider passes here."""
        stamp = self.rendering.instant(datetime.now(UTC))
        stamped = {**message, "timestamp": stamp}
        if self.stream.clients:
            self.deliver(stamped)
        else:
            self._kept.append(stamped)

    def deliver(self, message: Json) -> None:
        self.stream.broadcast(message)
        if "event_id" in message:
            self.acks.told(message["event_id"])

    def acknowledged(self, named: list[str]) -> None:
        """A strategy acknowledged: what it was told goes back to the Engine."""
        released = self.acks.release(named)
        if released:
            task = asyncio.ensure_future(self.send_ack(released))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def release(self, frame: Json) -> None:
        """Acknowledges what no strategy will be told."""
        if frame["event_id"] is not None:
            await self.send_ack([frame["event_id"]])

    async def send_ack(self, event_ids: list[str]) -> None:
        said = {
            "type": "event_ack",
            "correlation_id": str(uuid.uuid4()),
            "events_processed": event_ids,
        }
        if self._socket is not None:
            with suppress(ConnectionError):
                await self._socket.send_str(json.dumps(said))

    # --- what lasts ---

    def save(self) -> None:
        """Writes the state file anew."""
        entries = self.exits.pending()
        path = Path(self.settings.exit_state_file)
        if entries or path.exists():
            stamp = self.rendering.instant(datetime.now(UTC))
            text = json.dumps({"timestamp": stamp, "entries": entries})
            with suppress(OSError):
                path.write_text(text, encoding="utf-8")

    def restore(self, entries: list[Json]) -> None:
        """Takes up what a run before had written, once the Engine is there."""
        self.exits.load(entries)

    # --- the end ---

    def tick(self) -> None:
        """The Engine moves the market, not we."""

    async def hang_up(self) -> None:
        """Ends the line to the Engine."""
        if self._task is not None:
            self._task.cancel()
        if self._socket is not None:
            await self._socket.close()
        await self.client.close()

    def stop(self) -> None:
        """Nothing of it goes on."""
        if self._task is not None:
            self._task.cancel()
