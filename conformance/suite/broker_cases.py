"""Sends orders with options to a Gateway that has a broker below, each noted first."""

from conformance.evidence.entry import Json
from conformance.judge.orders_below import FOLLOWED
from conformance.peers.played import Played
from conformance.peers.reply import Reply

PRICE = "100"
"""Where every symbol trades in these scripts."""

CHEAP, DEAR = "50", "150"
"""Prices that are half as much away as brokers take them."""


async def send_case(strategy: Played, case: str, symbol: str, **fields: Json) -> Reply:
    """Sends one order, a buy of 2 at the market unless told otherwise."""
    asked = strategy.order(symbol=symbol, **{"quantity": "2", **fields})
    lacks = sorted(strategy.venue.lacks & {*asked, str(asked["order_type"])})
    strategy.note(
        FOLLOWED,
        f"{case} on {symbol}",
        case=case,
        client_id=asked["client_order_id"],
        lacks=lacks,
    )
    return await strategy.submit(**asked)


async def bought(strategy: Played, symbol: str, quantity: str = "2") -> None:
    """Buys at the market; it is held at the broker when this returns."""
    placed = await strategy.place(symbol=symbol, quantity=quantity)
    order = await strategy.venue.booked(placed.client_id)
    await strategy.venue.until(f"{quantity} of {symbol}", lambda: not order.live)
