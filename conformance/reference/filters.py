"""What the queries of lists ask for, and the rows that meet it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.protocol.words import OrderStatus, Side
from conformance.reference.asked import Asked
from conformance.reference.failure import invalid
from conformance.reference.provider import MockProvider
from conformance.reference.rendering import Rendering
from conformance.venue.order import Order

LIMIT = 100
MOST = 1000
"""Rows of one answer: what is asked for beyond is cut to this."""

LONGEST = 10
"""Digits of a limit."""


class Filters:
    """One method a filter; mutants leave one out."""

    provider: MockProvider
    rendering: Rendering

    def filtered(self, asked: Asked) -> list[Order]:
        """The orders that meet every filter but the status."""
        symbol, side = asked.one("symbol"), self.side(asked)
        client, group = asked.one("client_order_id"), asked.one("oco_group_id")
        orders = self.within(asked, self.provider.books.orders.values(), _created_at)
        return [
            order
            for order in orders
            if symbol in (None, order.terms.symbol)
            and side in (None, order.terms.side)
            and client in (None, order.terms.client_order_id)
            and group in (None, order.terms.oco_group_id)
        ]

    def listed(self, orders: Iterable[Order], asked: Asked) -> list[dict[str, Any]]:
        newest = list(orders)[::-1][: self.limit(asked)]
        return [self.rendering.order(order) for order in newest]

    def within(
        self, asked: Asked, rows: Iterable[Any], at: Callable[[Any], Any]
    ) -> Any:
        """The rows since one time, inclusive, and until another, exclusive."""
        since, until = self.instant(asked, "since"), self.instant(asked, "until")
        return [
            row
            for row in rows
            if (since is None or at(row) >= since)
            and (until is None or at(row) < until)
        ]

    def statuses(self, asked: Asked) -> tuple[OrderStatus, ...]:
        try:
            return tuple(OrderStatus(value) for value in asked.many("status"))
        except ValueError as error:
            raise invalid("status", str(error)) from error

    def side(self, asked: Asked) -> Side | None:
        value = asked.one("side")
        try:
            return None if value is None else Side(value.upper())
        except ValueError as error:
            raise invalid("side", str(error)) from error

    def instant(self, asked: Asked, name: str) -> datetime | None:
        value = asked.one(name)
        try:
            return None if value is None else instant_of(value)
        except NotAnInstant as error:
            raise invalid(name, str(error), value) from error

    def limit(self, asked: Asked) -> int:
        value = asked.one("limit")
        if value is None:
            return LIMIT
        whole = value.isascii() and value.isdigit()
        digits = value.lstrip("0") or "0"
        # int() raises ValueError for thousands of digits: they are counted first.
        if not whole or len(digits) > LONGEST or int(digits) >= 2**31:
            raise invalid("limit", "a whole number", value)
        return min(int(digits), MOST)


def _created_at(order: Order) -> datetime:
    return order.created_at
