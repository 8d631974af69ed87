"""Which requests the reference Gateway refuses before they reach the venue."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from conformance.protocol.words import (
    MarginMode,
    OrderType,
    Side,
    TimeInForce,
    TrailingType,
)
from conformance.reference.failure import Failure, invalid
from conformance.reference.values import Body, Values
from conformance.venue.order import Order, Terms

__all__ = ("Body", "Validation")

SYMBOL_LENGTH = 20

PRICES_OF: Mapping[OrderType, tuple[str, ...]] = {
    OrderType.MARKET: (),
    OrderType.LIMIT: ("limit_price",),
    OrderType.STOP: ("stop_price",),
    OrderType.STOP_LIMIT: ("stop_price", "limit_price"),
    OrderType.TRAILING_STOP: ("trailing_distance",),
}
"""Which prices an order type needs; it may have no other."""

PRICES = ("limit_price", "stop_price", "trailing_distance")


class Validation(Values):
    """One method a rule; mutants leave one out."""

    @property
    def rules(self) -> tuple[Callable[[Body, Terms], None], ...]:
        """Every rule of an order, in the order of asking."""
        return (
            self.symbol_length,
            self.quantity_positive,
            self.client_order_id_length,
            self.oco_group_id_length,
            self.prices_needed,
            self.prices_unwanted,
            self.prices_positive,
            self.trailing_type_needed,
            self.trailing_type_unwanted,
            self.percent_below_hundred,
            self.stop_loss_positive,
            self.take_profit_positive,
            self.exits_in_order,
            self.display_quantity_positive,
            self.display_quantity_below,
            self.leverage_positive,
        )

    # --- bodies ---

    def body(self, content_type: str, text: bytes) -> Body:
        """The JSON object of a request; a Failure for anything else."""
        kind = content_type.partition(";")[0].strip().lower()
        if not self.content_type_is_json(kind):
            raise Failure("INVALID_REQUEST", f"the content type {kind!r} is not JSON")
        try:
            value = json.loads(
                text.decode("utf-8"),
                parse_constant=_no_constant,
                object_pairs_hook=self.members,
            )
        except (ValueError, RecursionError) as error:
            raise Failure("INVALID_REQUEST", f"the body is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise Failure("INVALID_REQUEST", "the body is no JSON object")
        return value

    def content_type_is_json(self, kind: str) -> bool:
        return kind == "application/json" or kind.endswith("+json")

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """A JSON object; one that names a member twice says two things."""
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member is named twice")
        return found

    # --- an order ---

    def order(self, body: Body) -> Terms:
        """What an order asks for; a Failure names the field that cannot be."""
        terms = Terms(
            symbol=self.text(body, "symbol"),
            side=self.word(body, "side", Side),
            order_type=self.word(body, "order_type", OrderType),
            quantity=self.needed_decimal(body, "quantity"),
            time_in_force=self.word(
                {"time_in_force": "GTC", **body}, "time_in_force", TimeInForce
            ),
            trailing_type=self.optional_word(body, "trailing_type", TrailingType),
            margin_mode=self.optional_word(body, "margin_mode", MarginMode),
            client_order_id=self.optional_text(body, "client_order_id"),
            oco_group_id=self.optional_text(body, "oco_group_id"),
            position_id=self.optional_text(body, "position_id"),
            reduce_only=self.flag(body, "reduce_only"),
            post_only=self.flag(body, "post_only"),
            hidden=self.flag(body, "hidden"),
            **{
                name: self.decimal(body, name)
                for name in (
                    *PRICES,
                    "stop_loss",
                    "take_profit",
                    "display_quantity",
                    "leverage",
                )
            },
        )
        for rule in self.rules:
            rule(body, terms)
        return terms

    def symbol_length(self, body: Body, terms: Terms) -> None:
        if not 1 <= len(terms.symbol.strip()) <= SYMBOL_LENGTH:
            raise invalid("symbol", f"1 to {SYMBOL_LENGTH} characters", terms.symbol)

    def quantity_positive(self, body: Body, terms: Terms) -> None:
        self.positive("quantity", terms.quantity)

    def client_order_id_length(self, body: Body, terms: Terms) -> None:
        self.id_length("client_order_id", terms.client_order_id)

    def oco_group_id_length(self, body: Body, terms: Terms) -> None:
        self.id_length("oco_group_id", terms.oco_group_id)

    def prices_needed(self, body: Body, terms: Terms) -> None:
        for name in PRICES_OF[terms.order_type]:
            if getattr(terms, name) is None:
                raise Failure(
                    "INVALID_REQUEST",
                    f"a {terms.order_type} order needs {name}",
                    {"field": name},
                )

    def prices_unwanted(self, body: Body, terms: Terms) -> None:
        for name in PRICES:
            value = getattr(terms, name)
            if value is not None and name not in PRICES_OF[terms.order_type]:
                raise invalid(name, f"not for a {terms.order_type} order", value)

    def prices_positive(self, body: Body, terms: Terms) -> None:
        for name in PRICES:
            self.positive(name, getattr(terms, name))

    def trailing_type_needed(self, body: Body, terms: Terms) -> None:
        trailing = terms.order_type is OrderType.TRAILING_STOP
        if trailing and terms.trailing_type is None:
            raise Failure(
                "INVALID_REQUEST",
                "a trailing stop needs trailing_type",
                {"field": "trailing_type"},
            )

    def trailing_type_unwanted(self, body: Body, terms: Terms) -> None:
        trailing = terms.order_type is OrderType.TRAILING_STOP
        if not trailing and terms.trailing_type is not None:
            raise invalid("trailing_type", "only for a trailing stop")

    def percent_below_hundred(self, body: Body, terms: Terms) -> None:
        percent = terms.trailing_type is TrailingType.PERCENT
        if percent and terms.trailing_distance and terms.trailing_distance >= 100:
            raise invalid("trailing_distance", "below 100", terms.trailing_distance)

    def stop_loss_positive(self, body: Body, terms: Terms) -> None:
        self.positive("stop_loss", terms.stop_loss)

    def take_profit_positive(self, body: Body, terms: Terms) -> None:
        self.positive("take_profit", terms.take_profit)

    def exits_in_order(self, body: Body, terms: Terms) -> None:
        """Of crossed exits one would fire at once, whatever the price."""
        loss, profit = terms.stop_loss, terms.take_profit
        if loss is None or profit is None:
            return
        if (profit - loss) * terms.side.sign <= 0:
            raise invalid("stop_loss", f"not beyond the take profit {profit}", loss)

    def display_quantity_positive(self, body: Body, terms: Terms) -> None:
        self.positive("display_quantity", terms.display_quantity)

    def display_quantity_below(self, body: Body, terms: Terms) -> None:
        shown = terms.display_quantity
        if shown is not None and shown >= terms.quantity:
            raise invalid("display_quantity", "below quantity", shown)

    def leverage_positive(self, body: Body, terms: Terms) -> None:
        self.positive("leverage", terms.leverage)

    # --- other bodies ---

    def modification(self, body: Body, order: Order) -> dict[str, Decimal]:
        """The fields to change; a Failure for one that the order cannot have."""
        names = ("limit_price", "stop_price", "quantity", "trailing_distance")
        changes = {
            name: value
            for name in (*names, "stop_loss", "take_profit")
            if (value := self.decimal(body, name)) is not None
        }
        wanted = {*PRICES_OF[order.terms.order_type], "quantity"}
        for name, value in changes.items():
            self.positive(name, value)
            if name in names and name not in wanted:
                raise invalid(name, f"not for a {order.terms.order_type} order", value)
        if changes.get("quantity", order.terms.quantity) <= order.filled:
            raise invalid("quantity", "not more than what is filled", order.filled)
        return changes

    def close(self, body: Body) -> dict[str, Any]:
        """quantity, order_type and limit_price of a close."""
        quantity = self.decimal(body, "quantity")
        limit = self.decimal(body, "limit_price")
        kind = self.optional_word(body, "order_type", OrderType) or OrderType.MARKET
        self.positive("quantity", quantity)
        self.positive("limit_price", limit)
        if kind not in (OrderType.MARKET, OrderType.LIMIT):
            raise invalid("order_type", "a close is MARKET or LIMIT", kind)
        if (kind is OrderType.LIMIT) != (limit is not None):
            raise invalid("limit_price", "needed for LIMIT and only there", limit)
        return {"quantity": quantity, "order_type": kind, "limit_price": limit}

    def exits(self, body: Body) -> dict[str, Decimal]:
        """The legs to move; at least one."""
        moves = {
            name: value
            for name in ("stop_loss", "take_profit")
            if (value := self.decimal(body, name)) is not None
        }
        if not moves:
            raise Failure("VALIDATION_ERROR", "name stop_loss or take_profit")
        for name, value in moves.items():
            self.positive(name, value)
        return moves


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
