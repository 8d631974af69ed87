"""What Alpaca takes of a well-written order: prices, sizes and times by its asset."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

from conformance.evidence.entry import Json
from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.alpaca.assets import is_coin, plain, sub_penny
from conformance.peers.venues.alpaca.requests import number
from conformance.protocol.words import OrderType, Side, TimeInForce
from conformance.venue.order import Terms

LONGEST = 128
"""Characters of a client order id."""


def terms_of(fields: Mapping[str, Json]) -> Terms:
    """What an order asks for."""
    quantity = number(fields["qty"])
    assert quantity is not None
    in_force = fields["time_in_force"].upper()
    return Terms(
        symbol=plain(fields["symbol"]),
        side=Side(fields["side"].upper()),
        order_type=OrderType(fields["type"].upper()),
        quantity=quantity,
        limit_price=number(fields.get("limit_price")),
        stop_price=number(fields.get("stop_price")),
        time_in_force=TimeInForce("DAY" if in_force in {"OPG", "CLS"} else in_force),
        client_order_id=fields.get("client_order_id") or str(uuid4()),
    )


def leg_terms(fields: Mapping[str, Json], entry: Terms) -> list[Terms]:
    """The exits of a bracket: take profit, then stop loss."""
    exit_side = replace(entry, side=entry.side.other, limit_price=None, stop_price=None)
    stop = fields["stop_loss"]
    limit = number(stop.get("limit_price"))
    kind = OrderType.STOP if limit is None else OrderType.STOP_LIMIT
    profit = number(fields["take_profit"]["limit_price"])
    return [
        replace(
            exit_side,
            order_type=OrderType.LIMIT,
            limit_price=profit,
            client_order_id=str(uuid4()),
        ),
        replace(
            exit_side,
            order_type=kind,
            stop_price=number(stop["stop_price"]),
            limit_price=limit,
            client_order_id=str(uuid4()),
        ),
    ]


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
    if fields.get("order_class") != "bracket":
        return None
    if is_coin(terms.symbol):
        text = "crypto orders not allowed for advanced order_class: bracket"
        return Refuse(text, "42210000")
    profit, loss = (leg for leg in leg_terms(fields, terms))
    gap = (profit.limit_price or Decimal(0)) - (loss.stop_price or Decimal(0))
    if gap * terms.side.sign > 0:
        return None
    order = ">" if terms.side is Side.BUY else "<"
    text = f"take_profit.limit_price must be {order} stop_loss.stop_price"
    return Refuse(text, "42210000")
