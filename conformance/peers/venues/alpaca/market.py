"""What Alpaca's market data API answers: quotes and bars of a flat market."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.desk import Shape
from conformance.peers.engine.conduct import Refuse
from conformance.peers.venues.alpaca.assets import is_coin, pair, plain
from conformance.peers.venues.alpaca.desk import AlpacaDesk
from conformance.peers.venues.alpaca.rendering import time_text

UNITS = {
    "Min": 60,
    "T": 60,
    "Hour": 3600,
    "H": 3600,
    "Day": 86400,
    "D": 86400,
    "Week": 604800,
    "W": 604800,
    "Month": 30 * 86400,
    "M": 30 * 86400,
}
HALF_SPREAD = Decimal("0.01")


def quote_json(desk: AlpacaDesk, symbol: str) -> dict[str, Json]:
    """The best prices; numbers here, not texts."""
    where = desk.quoted(plain(symbol), HALF_SPREAD)
    found: dict[str, Json] = {
        "t": time_text(where.at),
        "bp": float(where.bid or 0),
        "bs": 1,
        "ap": float(where.ask or 0),
        "as": 2,
    }
    if not is_coin(symbol):
        found |= {"ax": "V", "bx": "V", "c": ["R"], "z": "C"}
    return found


def coin_quotes(desk: AlpacaDesk, query: Mapping[str, str]) -> Json:
    """Quotes by pair; one that is not traded is left out."""
    asked = query["symbols"].split(",")
    known = [s for s in asked if desk.known(s)]
    return {"quotes": {pair(s): quote_json(desk, s) for s in known}}


def stock_bars(
    desk: AlpacaDesk, symbol: str, query: Mapping[str, str]
) -> Json | Refuse:
    """The bars of one share."""
    rows = _bars(desk, symbol, query) if desk.known(symbol) else []
    if isinstance(rows, Refuse):
        return rows
    return {"bars": rows or None, "symbol": symbol, "next_page_token": None}


def coin_bars(desk: AlpacaDesk, query: Mapping[str, str]) -> Json | Refuse:
    """The bars of currency pairs."""
    found: dict[str, Json] = {}
    for symbol in query["symbols"].split(","):
        rows = _bars(desk, symbol, query) if desk.known(symbol) else []
        if isinstance(rows, Refuse):
            return rows
        if rows:
            found[pair(symbol)] = rows
    return {"bars": found, "next_page_token": None}


def _bars(
    desk: AlpacaDesk, symbol: str, query: Mapping[str, str]
) -> list[Json] | Refuse:
    """From the start, which is this day's where none was asked for, oldest first."""
    frame = re.fullmatch(r"([1-9]\d?)([A-Za-z]+)", query["timeframe"])
    if frame is None or frame[2] not in UNITS:
        return Refuse(f"invalid timeframe: {query['timeframe']}", None, 400)
    seconds = int(frame[1]) * UNITS[frame[2]]
    now = desk.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = _time(query.get("start"), today), _time(query.get("end"), now)
    if start is None or end is None:
        return Refuse("invalid start or end", None, 400)
    first = -(-int(start.timestamp()) // seconds) * seconds
    last = int(min(end, now).timestamp())
    starts = range(first, last + 1, seconds)[: int(query.get("limit", "1000"))]
    close = desk.prices[plain(symbol)]
    high, low = close * Decimal("1.01"), close * Decimal("0.99")
    shape = desk.shape(plain(symbol), high, low, 1000)
    return [_bar(at, shape) for at in starts]


def _time(text: str | None, otherwise: datetime) -> datetime | None:
    if text is None:
        return otherwise
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bar(at: int, shape: Shape) -> Json:
    return {
        "t": time_text(datetime.fromtimestamp(at, UTC)).replace(".000000", ""),
        "o": float(shape.opened),
        "h": float(shape.high),
        "l": float(shape.low),
        "c": float(shape.closed),
        "v": float(shape.volume),
        "n": 12,
        "vw": float(shape.closed),
    }
