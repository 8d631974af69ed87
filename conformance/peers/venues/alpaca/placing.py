"""What Alpaca takes of a well-written order: prices, sizes and times by its asset."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.alpaca.assets import is_coin, plain, sub_penny
from conformance.peers.venues.alpaca.requests import number
from conformance.protocol.words import OrderType, Side, TimeInForce, TrailingType
from conformance.venue.order import Terms

COIN_TYPES = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT)
"""The types that there are of orders for currency pairs."""

EXITS = ("bracket", "oto")
"""Classes of an order that brings its exits: both of them, or one."""

LONGEST = 128
"""Characters of a client order id."""


def terms_of(fields: Mapping[str, Json]) -> Terms:
    """What an order asks for."""
    quantity = number(fields["qty"])
    assert quantity is not None
    in_force = fields["time_in_force"].upper()
    percent, dollars = fields.get("trail_percent"), fields.get("trail_price")
    by_percent = TrailingType.PERCENT if percent is not None else None
    return Terms(
        symbol=plain(fields["symbol"]),
        side=Side(fields["side"].upper()),
        order_type=OrderType(fields["type"].upper()),
        quantity=quantity,
        limit_price=number(fields.get("limit_price")),
        stop_price=number(fields.get("stop_price")),
        trailing_distance=number(dollars if percent is None else percent),
        trailing_type=TrailingType.ABSOLUTE if dollars is not None else by_percent,
        time_in_force=TimeInForce("DAY" if in_force in {"OPG", "CLS"} else in_force),
        client_order_id=fields.get("client_order_id") or str(uuid4()),
    )


def leg_terms(fields: Mapping[str, Json], entry: Terms) -> list[Terms]:
    """The exits of a bracket: take profit, then stop loss, as far as there are any."""
    exit_side = replace(entry, side=entry.side.other, limit_price=None, stop_price=None)
    stop, profit = fields.get("stop_loss"), fields.get("take_profit")
    found = []
    if profit:
        found.append(
            replace(
                exit_side,
                order_type=OrderType.LIMIT,
                limit_price=number(profit["limit_price"]),
                client_order_id=str(uuid4()),
            )
        )
    if stop:
        limit = number(stop.get("limit_price"))
        found.append(
            replace(
                exit_side,
                order_type=OrderType.STOP if limit is None else OrderType.STOP_LIMIT,
                stop_price=number(stop["stop_price"]),
                limit_price=limit,
                client_order_id=str(uuid4()),
            )
        )
    return found


def refused(fields: Mapping[str, Json], terms: Terms) -> Refuse | None:
    """The no to an order that is well written."""
    if len(terms.client_order_id or "") > LONGEST:
        text = f"client_order_id must be no more than {LONGEST} characters"
        return Refuse(text, "40010001")
    if terms.quantity <= 0:
        return Refuse("qty must be > 0", "40010001")
    for name in ("limit_price", "stop_price"):
        price = getattr(terms, name)
        if price is not None and sub_penny(terms.symbol, price):
            text = (
                f"invalid {name} {price}. sub-penny increment does not fulfill "
                "minimum pricing criteria"
            )
            return Refuse(text, "42210000")
    return _untimely(terms) or _crossed(fields, terms)


def _untimely(terms: Terms) -> Refuse | None:
    if is_coin(terms.symbol):
        fits = terms.time_in_force in {TimeInForce.GTC, TimeInForce.IOC}
        return None if fits else Refuse("invalid crypto time_in_force", "42210000")
    whole = terms.quantity == terms.quantity.to_integral_value()
    if not whole and terms.time_in_force is not TimeInForce.DAY:
        return Refuse("fractional orders must be DAY orders", "42210000")
    return None


def _crossed(fields: Mapping[str, Json], terms: Terms) -> Refuse | None:
    kind = fields.get("order_class")
    if kind in EXITS and is_coin(terms.symbol):
        text = f"crypto orders not allowed for advanced order_class: {kind}"
        return Refuse(text, "42210000")
    if is_coin(terms.symbol) and terms.order_type not in COIN_TYPES:
        return Refuse("invalid order type for crypto order", "42210000")
    if kind != "bracket":
        return None
    profit, loss = (leg for leg in leg_terms(fields, terms))
    gap = (profit.limit_price or Decimal(0)) - (loss.stop_price or Decimal(0))
    if gap * terms.side.sign > 0:
        return None
    order = ">" if terms.side is Side.BUY else "<"
    text = f"take_profit.limit_price must be {order} stop_loss.stop_price"
    return Refuse(text, "42210000")
