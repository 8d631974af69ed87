"""What OANDA answers: the account, its transactions, the market, and the rest."""

from collections.abc import Mapping
from datetime import UTC, datetime

from conformance.evidence.entry import Json
from conformance.peers.upstream import Answered
from conformance.peers.venues.oanda import holdings, orders
from conformance.peers.venues.oanda.answers import (
    Answering,
    bad_instrument,
    missing,
    shown,
)
from conformance.peers.venues.oanda.checks import (
    GRANULARITIES,
    MOST_CANDLES,
    time_of,
)
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.rendering import (
    account_json,
    candles_json,
    order_json,
    position_json,
    quote_json,
    trade_json,
)
from conformance.peers.venues.oanda.routes import Route
from conformance.peers.venues.oanda.terms import SYMBOLS
from conformance.peers.venues.reading import read


def answer(desk: OandaDesk, route: Route, body: str) -> Answered:
    """What a well-behaved OANDA answers to a request that its documents allow."""
    asked = read(body) if body else {}
    return ANSWERS[route.name](desk, route, asked)


def _summary(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    told = account_json(desk)
    if route.name == "account":
        told |= {
            "orders": [order_json(desk, o) for o in desk.live()],
            "trades": [trade_json(desk, t) for t in desk.open_trades()],
            "positions": [
                position_json(desk, s)
                for s in sorted({t.symbol for t in desk.trades.values()})
            ],
        }
    return shown(desk, {"account": told})


def _pricing(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    symbols = route.query.get("instruments", "").split(",")
    for symbol in symbols:
        if symbol not in SYMBOLS or symbol in desk.unknown_symbols:
            return bad_instrument(symbol, "instruments")
    rows = [quote_json(desk, symbol) for symbol in symbols]
    return Answered(200, {"prices": rows, "time": rows[0]["time"]})


def _candles(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    if route.id not in SYMBOLS or route.id in desk.unknown_symbols:
        return bad_instrument(route.id, "instrument")
    granularity = route.query.get("granularity", "S5")
    seconds = GRANULARITIES[granularity]
    begin, end = (
        None if text is None else time_of(text)
        for text in map(route.query.get, ("from", "to"))
    )
    count = int(route.query.get("count", "500"))
    if begin is not None:
        until = end or desk.now()
        count = int((until - begin).total_seconds()) // seconds
        if end is None:
            count = min(count, int(route.query.get("count", "500")))
            end = datetime.fromtimestamp(begin.timestamp() + count * seconds, UTC)
    rows = candles_json(
        desk, route.id, seconds, max(0, min(count, MOST_CANDLES)), end or desk.now()
    )
    told = {"instrument": route.id, "granularity": granularity, "candles": rows}
    return Answered(200, told)


def _since(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    known = desk.ledger.transactions.values()
    first = int(route.query["id"])
    return shown(desk, {"transactions": [t for t in known if int(t["id"]) > first]})


def _transaction(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    found = desk.ledger.transactions.get(route.id)
    if found is None:
        return missing(desk, "The transaction does not exist", "NO_SUCH_TRANSACTION")
    return shown(desk, {"transaction": found})


ANSWERS: Mapping[str, Answering] = {
    **orders.ANSWERS,
    **holdings.ANSWERS,
    "summary": _summary,
    "account": _summary,
    "pricing": _pricing,
    "candles": _candles,
    "transactions-since": _since,
    "transaction": _transaction,
}
"""By the name of the endpoint."""
