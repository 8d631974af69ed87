"""What OANDA shows of orders, trades and positions, over what is known."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conformance.protocol.order_states import TERMINAL
from conformance.protocol.words import Side
from conformance.reference.failure import Failure
from conformance.reference.known_orders import KnownOrders
from conformance.reference.metrics import Metrics
from conformance.reference.oanda.bodies import Bodies
from conformance.reference.oanda.translation import Translation
from conformance.reference.oanda.upstream import OandaClient
from conformance.reference.rendering import Rendering
from conformance.reference.settings import GatewaySettings
from conformance.reference.stream import Stream
from conformance.reference.tektii.translation import number, word
from conformance.venue.books import Position
from conformance.venue.order import Order
from conformance.venue.prices import Prices

Json = dict[str, Any]


class OandaBooks(KnownOrders, ABC):
    """What OANDA shows over REST, folded over what is known."""

    settings: GatewaySettings
    rendering: Rendering
    metrics: Metrics
    stream: Stream
    prices: Prices
    client: OandaClient
    translation: Translation
    bodies: Bodies
    currency: str
    hedging: bool | None
    """Whether both sides of an instrument are apart; None before OANDA said so."""
    last: int | None
    held_by: dict[str, tuple[str, Decimal, str]]
    """By OANDA's trade: its instrument, its units, and the order that opened it."""
    linked: dict[str, str]
    """By an exit's order id: OANDA's trade that it would end."""
    stands_as: dict[str, str]
    """By the id of what is left of an order that filled in part: the order's own."""
    shown: dict[str, Json]
    """By position: its profit as OANDA told it last."""
    _kept: list[Json]

    def announce(self, message: Json) -> None:
        """Every message of the provider passes here."""
        stamp = self.rendering.instant(datetime.now(UTC))
        stamped = {"timestamp": stamp, **message}
        if self.stream.clients:
            self.stream.broadcast(stamped)
        else:
            self._kept.append(stamped)

    def complain(self, text: str) -> None:
        self.announce({"type": "error", "code": "INTERNAL_ERROR", "message": text})

    def own(self, order_id: str) -> str:
        """The id under which strategies know an order of OANDA's."""
        return self.stands_as.get(order_id, order_id)

    def at_oanda(self, order: Order) -> str:
        """The id under which what is left of an order rests at OANDA."""
        rests = [new for new, own in self.stands_as.items() if own == order.id]
        return rests[-1] if rests else order.id

    def dress(self, order: Order) -> None:
        """Gives an order what only the Gateway knows of it."""
        asked = self.asked.get(order.terms.client_order_id or "")
        if asked is not None:
            order.correlation_id = asked[1]
            order.terms.position_id = asked[0].position_id
            # OANDA fills a market order whole or not at all, whatever was asked for.
            order.terms.time_in_force = asked[0].time_in_force

    # --- orders ---

    async def order_row(self, order_id: str) -> Json:
        told = await self.client.ask("GET", self.client.path("orders", order_id))
        with self.client.reading():
            row = told["order"]
            if not isinstance(row, dict):
                raise TypeError("an order is no object")
            return row

    async def refresh_order(self, order_id: str) -> None:
        """Raises Failure where OANDA does not know it."""
        known = self.books.orders.get(order_id)
        asked = order_id if known is None else self.at_oanda(known)
        await self.fold(await self.order_row(asked))

    async def refresh_orders(self) -> None:
        for row in await self.order_rows():
            await self.fold(row)

    async def order_rows(self) -> list[Json]:
        """Every order that OANDA shows, oldest first."""
        query = {"state": "ALL", "count": "500"}
        told = await self.client.ask("GET", self.client.path("orders"), query)
        with self.client.reading():
            return sorted(told["orders"], key=lambda row: int(row["id"]))

    async def fold(self, row: Json) -> Order | None:
        """What OANDA says of an order, over what is known."""
        with self.client.reading():
            known = self.books.orders.get(self.own(word(row["id"])))
            mine = known is not None and row["id"] == self.at_oanda(known)
            if known is not None and mine:
                self.translation.settle(known, row)
            missed = mine and row["state"] == "FILLED"
        if known is None:
            return await self.fold_new(row)
        if missed and known.live:
            with suppress(Failure):
                await self.catch_up_transactions()
        return known

    async def fold_new(self, row: Json) -> Order | None:
        """An order that no transaction has told of: they tell more than a list."""
        if self.last is not None and int(row["id"]) > self.last:
            with suppress(Failure):
                await self.catch_up_transactions()
        known = self.books.orders.get(self.own(word(row["id"])))
        return known or await self.fold_listed(row)

    async def fold_listed(self, row: Json) -> Order | None:
        """An order of which no more is known than a list says."""
        found = await self.instrument_and_units(row)
        if found is None:
            return None
        with self.client.reading():
            order = self.translation.order(row, *found)
            if order.status in TERMINAL:
                order.filled = self.filled_of(row, order)
        self.books.orders[order.id] = order
        self.dress(order)
        self.adopt(order, row)
        return order

    @abstractmethod
    async def catch_up_transactions(self) -> None:
        """Books every transaction since the last that is known."""

    def filled_of(self, row: Json, order: Order) -> Decimal:
        """A list says of an order only whether all of it was filled."""
        return order.terms.quantity if row["state"] == "FILLED" else Decimal(0)

    async def instrument_and_units(self, told: Json) -> tuple[str, Decimal] | None:
        """What an order trades; an exit says it by its trade. None where unknown."""
        with self.client.reading():
            if told.get("instrument") and told.get("units"):
                return word(told["instrument"]), number(told["units"])
            trade = word(told["tradeID"])
        if trade not in self.held_by:
            try:
                await self.learn_trade(trade)
            except Failure:
                return None
        symbol, units, _ = self.held_by[trade]
        return symbol, -units

    async def learn_trade(self, trade: str) -> None:
        """Asks OANDA what one of its trades holds."""
        told = await self.client.ask("GET", self.client.path("trades", trade))
        with self.client.reading():
            row = told["trade"]
            units = number(row["currentUnits"])
            self.held_by[trade] = (word(row["instrument"]), units, "")

    def adopt(self, order: Order, told: Json) -> None:
        """An exit belongs to the order that opened its trade."""
        trade = told.get("tradeID")
        if trade is not None:
            self.linked[order.id] = str(trade)
            order.parent = self.held_by.get(str(trade), ("", 0, ""))[2] or None

    # --- positions ---

    async def refresh_positions(self) -> None:
        told = await self.client.ask("GET", self.client.path("openPositions"))
        with self.client.reading():
            found = self.fold_sides(told["positions"])
        for name, position in self.books.positions.items():
            if name not in found:
                position.quantity = Decimal(0)

    def fold_sides(self, rows: Iterable[Json]) -> set[str]:
        """The ids of the positions that are open."""
        found = set()
        for row in rows:
            for name, units, told in self.translation.sides(row):
                self.fold_position(name, word(row["instrument"]), units, told)
                found.add(name)
        return found

    def fold_position(
        self, name: str, symbol: str, units: Decimal, told: Json | Any
    ) -> None:
        """One side of an instrument; since when it is held only the Gateway knows."""
        new = self.translation.position(told, name, symbol, units)
        known = self.books.positions.get(name)
        if known is not None and known.quantity:
            new.opened_at, new.realized = known.opened_at, known.realized
            if known.quantity == new.quantity:
                new.updated_at = known.updated_at
        self.books.positions[name] = new
        self.shown[name] = dict(told)
        profit = number(told.get("unrealizedPL") or "0")
        self.prices.move(symbol, new.entry_price + profit / units)

    def position_json(self, position: Position) -> Json:
        """A position with the profit that OANDA told, in the account's currency."""
        body = self.rendering.position(position, self.prices)
        told = self.shown.get(position.id, {}).get("unrealizedPL")
        if told is not None and position.quantity:
            body["unrealized_pnl"] = self.rendering.decimal(number(told))
        return body

    def side_of(self, position: Position) -> Side:
        """The side of the order that would end it."""
        return Side.SELL if position.quantity > 0 else Side.BUY
