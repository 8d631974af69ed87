"""What OANDA's answers have in common: what was made, what is missing or refused."""

from collections.abc import Callable, Mapping, Sequence

from conformance.evidence.entry import Json
from conformance.peers.upstream import Answered
from conformance.peers.venues.oanda.checks import (
    Problem,
)
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.ledger import Transaction
from conformance.peers.venues.oanda.routes import Route
from conformance.venue.order import Order

Answering = Callable[[OandaDesk, Route, Mapping[str, Json]], Answered]


def shown(desk: OandaDesk, told: Mapping[str, Json]) -> Answered:
    return Answered(200, {**told, "lastTransactionID": desk.ledger.last})


def missing(desk: OandaDesk, text: str, code: str) -> Answered:
    """The answer to a read of what there is not."""
    body = {
        "lastTransactionID": desk.ledger.last,
        "errorCode": code,
        "errorMessage": text,
    }
    return Answered(404, body)


def bad_instrument(symbol: str, name: str) -> Answered:
    text = f"Invalid value specified for '{name}'"
    return Answered(400, {"errorMessage": text})


def rejected(
    desk: OandaDesk,
    asked: Mapping[str, Json],
    problem: Problem,
    status: int | None = None,
) -> Answered:
    """The answer to an order that is not taken; its transaction is streamed too."""
    kind = asked.get("type") or "MARKET"
    reason = problem.reason or "INTERNAL_SERVER_ERROR"
    known = ("instrument", "units", "price", "timeInForce", "positionFill", "tradeID")
    told = {name: asked[name] for name in known if isinstance(asked.get(name), str)}
    if isinstance(asked.get("clientExtensions"), dict):
        told["clientExtensions"] = asked["clientExtensions"]
    with desk.holding() as lines:
        line = desk.write(
            f"{kind}_ORDER_REJECT", **told, reason="CLIENT_ORDER", rejectReason=reason
        )
        desk.say(line)
    body = {
        "orderRejectTransaction": line,
        **related(desk, lines),
        "errorCode": reason,
        "errorMessage": problem.text,
    }
    return Answered(status or problem.status, body, telling(desk, lines))


def telling(desk: OandaDesk, lines: Sequence[Transaction]) -> Callable[[], object]:
    """Says the lines of an answer on the stream."""
    return lambda: [desk.say(line) for line in lines]


def related(desk: OandaDesk, lines: Sequence[Transaction]) -> dict[str, Json]:
    """What every answer that made transactions names."""
    return {
        "relatedTransactionIDs": [line["id"] for line in lines],
        "lastTransactionID": desk.ledger.last,
    }


def named(lines: Sequence[Transaction], order: Order) -> dict[str, Json]:
    """The transactions of one order, by their name in an answer."""
    told: dict[str, Json] = {}
    for line in lines:
        if line["id"] == order.id:
            told["orderCreateTransaction"] = line
        elif line.get("orderID") == order.id and line["type"] == "ORDER_FILL":
            told["orderFillTransaction"] = line
        elif line.get("orderID") == order.id and line["type"] == "ORDER_CANCEL":
            told["orderCancelTransaction"] = line
    return told


def made(
    desk: OandaDesk, lines: Sequence[Transaction], status: int, order: Order
) -> Answered:
    body = {**named(lines, order), **related(desk, lines)}
    return Answered(status, body, telling(desk, lines))
