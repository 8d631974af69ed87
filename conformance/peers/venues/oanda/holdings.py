"""What OANDA answers about trades and positions, and how it closes them."""

from collections.abc import Mapping
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.peers.upstream import Answered
from conformance.peers.venues.oanda.answers import (
    Answering,
    bad_instrument,
    made,
    missing,
    named,
    rejected,
    related,
    shown,
    telling,
)
from conformance.peers.venues.oanda.checks import (
    Problem,
)
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.rendering import (
    position_json,
    trade_json,
)
from conformance.peers.venues.oanda.routes import Route
from conformance.peers.venues.oanda.terms import SYMBOLS
from conformance.protocol.money import text_of


def _trades(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    state = route.query.get("state", "OPEN")
    wanted = route.query.get("instrument")
    rows = [trade_json(desk, t) for t in reversed(desk.trades.values())]
    rows = [
        row
        for row in rows
        if state in ("ALL", row["state"]) and wanted in (None, row["instrument"])
    ]
    return shown(desk, {"trades": rows})


def _trade(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    trade = desk.trades.get(route.id)
    if trade is None:
        return missing(desk, "The trade ID specified does not exist", "NO_SUCH_TRADE")
    return shown(desk, {"trade": trade_json(desk, trade)})


def _close_trade(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    trade = desk.trades.get(route.id)
    if trade is None or not trade.units:
        problem = Problem("The Trade specified does not exist", "TRADE_DOESNT_EXIST")
        return rejected(desk, {"tradeID": route.id}, problem, 404)
    units = body.get("units") or "ALL"
    amount = abs(trade.units) if units == "ALL" else Decimal(units)
    if amount > abs(trade.units):
        problem = Problem(
            "The units exceed those of the Trade", "CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE"
        )
        return rejected(desk, {"tradeID": route.id}, problem)
    asked = _closing(trade.symbol, -amount if trade.units > 0 else amount)
    with desk.holding() as lines:
        order = desk.place(asked, reason="TRADE_CLOSE", trade=trade.id)
        desk.begin(order)
    return made(desk, lines, 200, order)


def _closing(symbol: str, units: Decimal) -> dict[str, Json]:
    return {
        "type": "MARKET",
        "instrument": symbol,
        "units": text_of(units),
        "timeInForce": "FOK",
        "positionFill": "REDUCE_ONLY",
    }


def _close_position(
    desk: OandaDesk, route: Route, body: Mapping[str, Json]
) -> Answered:
    held = desk.ledger.held(route.id)
    told: dict[str, Json] = {}
    wanted = [(s, body.get(f"{s}Units", "ALL" if held else "NONE")) for s in SIDES]
    with desk.holding() as lines:
        for side, units in wanted:
            if units == "NONE":
                continue
            most = held if side == "long" else -held
            amount = max(most, Decimal(0)) if units == "ALL" else Decimal(units)
            if most <= 0 and f"{side}Units" not in body:
                continue
            if most <= 0 or amount > most:
                return _no_position(desk, route.id, side, most)
            signed = -amount if side == "long" else amount
            asked = _closing(route.id, signed)
            order = desk.place(asked, reason="POSITION_CLOSEOUT")
            desk.begin(order)
            told |= {_sided(side, name): t for name, t in named(lines, order).items()}
    if not told:
        return _no_position(desk, route.id, "long", held)
    return Answered(200, {**told, **related(desk, lines)}, telling(desk, lines))


SIDES = ("long", "short")


def _sided(side: str, name: str) -> str:
    return f"{side}O{name[1:]}"


def _no_position(desk: OandaDesk, symbol: str, side: str, most: Decimal) -> Answered:
    reason = "CLOSEOUT_POSITION_DOESNT_EXIST"
    text = "The Position requested to be closed out does not exist"
    if most > 0:
        reason = "CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE"
        text = "The units exceed those of the Position"
    refused = rejected(desk, {"instrument": symbol}, Problem(text, reason))
    body = dict(refused.body)
    body[_sided(side, "orderRejectTransaction")] = body.pop("orderRejectTransaction")
    return Answered(400, body, refused.then)


def _positions(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    symbols = {t.symbol for t in desk.trades.values()}
    if route.name == "open-positions":
        symbols = {t.symbol for t in desk.open_trades()}
    rows = [position_json(desk, symbol) for symbol in sorted(symbols)]
    return shown(desk, {"positions": rows})


def _position(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    if route.id not in SYMBOLS or route.id in desk.unknown_symbols:
        return bad_instrument(route.id, "instrument")
    return shown(desk, {"position": position_json(desk, route.id)})


ANSWERS: Mapping[str, Answering] = {
    "trades": _trades,
    "open-trades": _trades,
    "trade": _trade,
    "close-trade": _close_trade,
    "positions": _positions,
    "open-positions": _positions,
    "position": _position,
    "close-position": _close_position,
}
