"""Cancels and closes what a script opened, and tells what is left even then."""

import asyncio
from contextlib import suppress
from decimal import Decimal, InvalidOperation

from conformance.errors import StepFailed
from conformance.evidence.entry import Json
from conformance.evidence.transcript import TIDYING
from conformance.peers.played import Played
from conformance.peers.trader import segment

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.2)
"""Seconds between looks at positions that are being closed."""

LIVE = frozenset({"OPEN", "PARTIALLY_FILLED", "PENDING"})


async def tidy(played: Played) -> tuple[str, ...]:
    """Cancels its orders, closes its positions; what is left, in words."""
    if played.instance.exit_status is not None:
        return ()
    played.recorder.note("cancel and close what this script opened", name=TIDYING)
    for order_id in played.opened:
        shown = await played.show(order_id)
        if str(shown.field("status")) in LIVE:
            await played.cancel(order_id)
    await _cancel_strays(played)
    for symbol in played.symbols:
        await _close_all(played, symbol)
    return await _flattened(played)


async def _cancel_strays(played: Played) -> None:
    """Cancels orders of ours whose answer never reached us, and what came of ours.

    An order on our symbols that nobody named is an exit that the Gateway placed.
    """
    shown = await played.get("/v1/orders")
    rows = shown.json if isinstance(shown.json, list) else []
    for row in (row for row in rows if isinstance(row, dict)):
        name, symbol = row.get("client_order_id"), row.get("symbol")
        mine = str(name or "").startswith(f"{played.prefix}-")
        unnamed = not name and symbol in played.symbols
        if (mine or unnamed) and row.get("id") not in played.opened:
            await played.cancel(str(row.get("id")))


async def _close_all(played: Played, symbol: str) -> None:
    with suppress(StepFailed):
        for position in await _held(played, symbol):
            path = segment(position.get("id"))
            await played.delete(f"/v1/positions/{path}")


async def _flattened(played: Played) -> tuple[str, ...]:
    """Waits until closes have filled; what is held even then, in words."""
    unsure = list(played.symbols)
    left: list[str] = []
    for pause in PAUSES:
        told = {symbol: await _told_of(played, symbol) for symbol in unsure}
        unsure = [symbol for symbol in unsure if told[symbol]]
        left = [line for symbol in unsure for line in told[symbol]]
        if not left:
            break
        # There may be no stream to hear of it: ask again, later each time.
        await asyncio.sleep(pause)
    return tuple(left)


async def _told_of(played: Played, symbol: str) -> list[str]:
    try:
        held = await _held(played, symbol)
    except StepFailed as error:
        return [f"{symbol}: {error}"]
    return [f"{p.get('side')} {p.get('quantity')} {symbol}" for p in held]


async def _held(played: Played, symbol: str) -> list[dict[str, Json]]:
    rows = await played.positions(symbol)
    return [row for row in rows if not _flat(row.get("quantity", "0"))]


def _flat(quantity: Json) -> bool:
    """Whether a position's quantity is zero; one that is no number is not."""
    try:
        return not Decimal(str(quantity))
    except InvalidOperation:
        return False
