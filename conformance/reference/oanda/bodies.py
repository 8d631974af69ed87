"""What OANDA is asked for an order, and what it cannot be asked."""

from decimal import Decimal
from typing import Any

from conformance.protocol.money import text_of
from conformance.protocol.words import OrderType, Side, TimeInForce
from conformance.reference.failure import Failure
from conformance.venue.order import Order, Terms

Json = dict[str, Any]

UNKNOWN_TO_IT = (
    "trailing_distance",
    "display_quantity",
    "leverage",
    "margin_mode",
    "oco_group_id",
    "post_only",
    "hidden",
)
"""What an order of the Gateway may ask for and OANDA has no word for."""

KINDS = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP)

IN_FORCE = {
    TimeInForce.GTC: "GTC",
    TimeInForce.DAY: "GFD",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
}

LEGS = {"STOP_LOSS": "stop_price", "TAKE_PROFIT": "limit_price"}
"""OANDA's kinds of an exit, and where its price stands."""


class Bodies:
    """One method a request."""

    def refuse(self, terms: Terms) -> None:
        """Raises Failure for what OANDA cannot do, before anything is sent."""
        if terms.order_type not in KINDS:
            raise self.unsupported(f"order of type {terms.order_type}")
        for name in UNKNOWN_TO_IT:
            if getattr(terms, name):
                raise self.unsupported(name)
        if not self.names_the_net(terms):
            raise self.unsupported(f"order for the position {terms.position_id}")

    def names_the_net(self, terms: Terms) -> bool:
        """Whether the position that is named is the one that OANDA would reduce."""
        if terms.position_id is None:
            return True
        side = "LONG" if terms.side is Side.SELL else "SHORT"
        names = (terms.symbol, f"{terms.symbol}_{side}")
        return terms.reduce_only and terms.position_id in names

    def unsupported(self, what: str) -> Failure:
        return Failure("UNSUPPORTED_OPERATION", f"OANDA has no {what}")

    def order(self, terms: Terms) -> Json:
        """The body of a new order."""
        body = {
            "type": str(terms.order_type),
            "instrument": terms.symbol,
            "units": self.units(terms),
            "timeInForce": self.in_force(terms),
            "positionFill": "REDUCE_ONLY" if terms.reduce_only else "DEFAULT",
            "price": _text(terms.limit_price or terms.stop_price),
            "stopLossOnFill": self.exit(terms.stop_loss),
            "takeProfitOnFill": self.exit(terms.take_profit),
            "clientExtensions": {"id": terms.client_order_id},
        }
        return {"order": {k: v for k, v in body.items() if v is not None}}

    def units(self, terms: Terms) -> str:
        """The quantity, below zero for a sale."""
        return text_of(terms.quantity * terms.side.sign)

    def in_force(self, terms: Terms) -> str:
        """A market order rests nowhere: it fills whole, or as far as it can."""
        if terms.order_type is OrderType.MARKET:
            return "IOC" if terms.time_in_force is TimeInForce.IOC else "FOK"
        return IN_FORCE[terms.time_in_force]

    def exit(self, price: Decimal | None) -> Json | None:
        if price is None:
            return None
        return {"price": text_of(price), "timeInForce": "GTC"}

    def replacement(self, order: Order, terms: Terms, trade: str | None) -> Json:
        """The body that takes an order's place; an exit stays its trade's."""
        if trade is None:
            return self.order(terms)
        kind = "STOP_LOSS" if terms.order_type is OrderType.STOP else "TAKE_PROFIT"
        body = {
            "type": kind,
            "tradeID": trade,
            "price": _text(getattr(terms, LEGS[kind])),
            "timeInForce": IN_FORCE[terms.time_in_force],
        }
        return {"order": body}

    def close(self, held: Decimal, quantity: Decimal | None, name: str) -> Json:
        """The body of a close: of all that is held, or of a part."""
        side = "long" if held > 0 else "short"
        units = "ALL" if quantity is None else text_of(quantity)
        return {f"{side}Units": units, f"{side}ClientExtensions": {"id": name}}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else text_of(value)
