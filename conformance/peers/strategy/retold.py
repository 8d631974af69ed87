"""Messages of fills that a strategy knows already, or that are not its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conformance.peers.strategy.gateway import PlayedGateway
from conformance.protocol.money import text_of
from conformance.protocol.words import OrderType, Side
from conformance.venue.books import Books
from conformance.venue.order import Terms

PART = Decimal("0.4")
FOREIGN = "OTHER"
"""A symbol that it does not trade: what is told of it is somebody else's."""


def once_more(gateway: PlayedGateway) -> Iterator[dict[str, Any]]:
    """The fill of its entry once more; and a part of it, as if that came after."""
    rendering = gateway.provider.rendering
    trade = gateway.books.trades[-1]
    order = gateway.books.orders[trade.order_id]
    whole = rendering.order(order)
    yield {"type": "order", "event": "ORDER_FILLED", "order": whole}
    yield {"type": "trade", "event": "TRADE_FILLED", "trade": rendering.trade(trade)}
    filled = order.filled * PART
    part = {"status": "PARTIALLY_FILLED", "filled_quantity": text_of(filled)}
    part |= {"remaining_quantity": text_of(order.filled - filled)}
    yield {"type": "order", "event": "ORDER_PARTIALLY_FILLED", "order": whole | part}


def somebody_elses(gateway: PlayedGateway) -> Iterator[dict[str, Any]]:
    """An order of somebody else from its creation to its fill, and the position."""
    rendering, prices = gateway.provider.rendering, gateway.provider.prices
    now, books = datetime.now(UTC), Books("other-")
    order = books.add(Terms(FOREIGN, Side.BUY, OrderType.MARKET, Decimal(3)), now)
    for event in ("ORDER_CREATED", "ORDER_MODIFIED"):
        yield {"type": "order", "event": event, "order": rendering.order(order)}
    trade = books.fill(order, Decimal(3), prices.last(FOREIGN), now)
    yield {"type": "trade", "event": "TRADE_FILLED", "trade": rendering.trade(trade)}
    whole = rendering.order(order)
    yield {"type": "order", "event": "ORDER_FILLED", "order": whole}
    held = rendering.position(books.positions[FOREIGN], prices)
    for event in ("POSITION_OPENED", "POSITION_MODIFIED"):
        yield {"type": "position", "event": event, "position": held}
