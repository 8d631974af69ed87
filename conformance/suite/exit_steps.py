"""What scripts about exits do: wait for a bracket's exits, close and list positions."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from conformance.peers.played import Played
from conformance.peers.reply import Reply
from conformance.peers.stream import Heard, PlayedStream
from conformance.peers.trader import segment


def an_exit(
    symbol: str, order_type: str, event: str | None = None
) -> Callable[[Heard], bool]:
    """Whether a message tells of the symbol's exit of an order type."""

    def wanted(heard: Heard) -> bool:
        told = heard.order.get("symbol"), heard.order.get("order_type")
        return told == (symbol, order_type) and event in (None, heard.event)

    return wanted


async def exits_placed(
    strategy: Played, stream: PlayedStream, symbol: str, *order_types: str
) -> None:
    """Waits until the exits of the symbol are announced: a STOP and a LIMIT."""
    for order_type in order_types or ("STOP", "LIMIT"):
        what = f"the {order_type} exit of {symbol}"
        await strategy.wait(stream, what, an_exit(symbol, order_type))


async def exit_ended(
    strategy: Played,
    stream: PlayedStream,
    symbol: str,
    order_type: str,
    event: str,
    seconds: float | None = None,
) -> None:
    """Waits until the exit of the symbol was told to have ended so."""
    what = f"{event} of the {order_type} exit of {symbol}"
    await strategy.wait(stream, what, an_exit(symbol, order_type, event), seconds)


async def orders_listed(strategy: Played, symbol: str) -> None:
    """Lists the symbol's orders, open and ended, and its positions."""
    await strategy.get(f"/v1/orders?symbol={quote(symbol)}")
    await strategy.get(f"/v1/orders/history?symbol={quote(symbol)}")
    await strategy.positions(symbol)


def position_path(position: dict[str, Any]) -> str:
    """Where a position is read, moved and closed."""
    return f"/v1/positions/{segment(position.get('id'))}"


async def closed(
    strategy: Played, stream: PlayedStream, symbol: str, **options: Any
) -> Reply | None:
    """Closes what is held of a symbol, waits for the fill, and lists what is left.

    None where nothing was held.
    """
    held = await strategy.positions(symbol)
    if not held:
        return None
    answer = await strategy.delete(position_path(held[0]), **options)
    order_id = answer.field("id")
    if isinstance(order_id, str):
        await strategy.done(stream, order_id)
    await strategy.positions(symbol)
    return answer


async def all_closed(
    strategy: Played, stream: PlayedStream, symbol: str | None = None
) -> Reply:
    """Closes all positions, or a symbol's, waits for the fills, lists what is left."""
    query = "" if symbol is None else f"?symbol={quote(symbol)}"
    reply = await strategy.delete(f"/v1/positions{query}")
    rows = reply.json if isinstance(reply.json, list) else []
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("id"), str):
            await strategy.done(stream, row["id"])
    await strategy.get("/v1/positions")
    return reply


async def moved(
    strategy: Played,
    symbol: str,
    *,
    deliberate: bool = False,
    body: object = None,
    **prices: str,
) -> None:
    """Moves the exits of the position in a symbol, between two lists of its orders."""
    held = await strategy.positions(symbol)
    if held:
        await strategy.get(f"/v1/orders?symbol={quote(symbol)}")
        await strategy.request(
            "PATCH",
            position_path(held[0]),
            json=prices if body is None else body,
            deliberate=deliberate,
        )
        await strategy.get(f"/v1/orders?symbol={quote(symbol)}")
