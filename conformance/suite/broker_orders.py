"""Orders of scripts that have a broker below: they rest, trade, or are followed."""

from typing import Any

from conformance.errors import StepFailed
from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.at_broker import AT_BROKER
from conformance.judge.finding import NotVerified
from conformance.judge.noted import noted
from conformance.judge.orders_below import FOLLOWED
from conformance.peers.played import Placed, Played
from conformance.peers.reply import Reply

QUANTITY = "3"
"""Of an order that rests."""

PRICE = "100"
"""Where a symbol trades while orders with options are sent."""

CHEAP, DEAR = "50", "150"
"""Prices that are half as much away as brokers take them."""


UNSEEN = "unseen"
"""The name of the note that says why nobody tells this Gateway of fills."""


def check_seen(transcript: Transcript) -> None:
    """Raises NotVerified where the Gateway is told of no fill."""
    for note in noted(transcript, UNSEEN):
        raise NotVerified(str(note.data["text"]))


async def resting_at_broker(
    strategy: Played, case: str, **fields: Json
) -> tuple[Placed, str]:
    """A limit buy of ours that rests, and its id at the broker.

    A note says which is which, and for which case it was placed. StepFailed where it
    is not taken.
    """
    symbol = str(fields.get("symbol", strategy.symbol))
    limit = strategy.venue.below(symbol)
    asked = {"order_type": "LIMIT", "limit_price": limit, "quantity": QUANTITY}
    placed = await strategy.place(**{**asked, **fields})
    order = await strategy.venue.booked(placed.client_id)
    if not order.live:
        raise StepFailed(f"order {placed.id}", f"at the broker it is {order.status}")
    strategy.note(
        AT_BROKER,
        f"order {placed.id} is the broker's {order.id}",
        case=case,
        order=placed.id,
        broker_order=order.id,
    )
    return placed, order.id


async def traded(
    strategy: Played, symbol: str, quantity: str, side: str = "BUY"
) -> None:
    """Trades at the market; it is done at the broker when this returns."""
    placed = await strategy.place(symbol=symbol, side=side, quantity=quantity)
    order = await strategy.venue.booked(placed.client_id)
    told = f"the fill of order {order.id} of {symbol}"
    await strategy.venue.until(told, lambda: not order.live)


async def send_followed(
    strategy: Played, case: str, symbol: str, **fields: Json
) -> Reply:
    """Sends one order that is followed to the broker: of 2, at the market, by default.

    A note names it, and those of its fields that the broker has no word for.
    """
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


async def position_shown(strategy: Played, symbol: str) -> dict[str, Any]:
    """The position in a symbol as it is listed; StepFailed where it is not."""
    listed = await strategy.get("/v1/positions")
    rows = listed.json if isinstance(listed.json, list) else []
    for row in rows:
        if isinstance(row, dict) and row.get("symbol") == symbol:
            return row
    raise StepFailed(f"the position of {symbol}", f"it is not shown: {listed}")
