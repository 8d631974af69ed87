"""What OANDA answers about orders: taken, listed, cancelled, replaced."""

from collections.abc import Mapping

from conformance.evidence.entry import Json
from conformance.peers.upstream import Answered
from conformance.peers.venues.oanda.answers import (
    Answering,
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
    order_problem,
)
from conformance.peers.venues.oanda.desk import OandaDesk
from conformance.peers.venues.oanda.rendering import (
    order_json,
)
from conformance.peers.venues.oanda.routes import Route
from conformance.peers.venues.oanda.terms import DEPENDENT, SYMBOLS
from conformance.protocol.words import OrderStatus
from conformance.venue.order import Order


def _submit(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    asked = {"type": "MARKET", **body["order"]}
    if asked["type"] in DEPENDENT:
        return _hang(desk, asked)
    problem = order_problem(asked, frozenset(SYMBOLS), desk.unknown_symbols)
    problem = problem or _taken_id(desk, asked)
    if problem is not None:
        return rejected(desk, asked, problem)
    with desk.holding() as lines:
        order = desk.place(asked)
        desk.begin(order)
    return made(desk, lines, 201, order)


def _taken_id(
    desk: OandaDesk, asked: Mapping[str, Json], but: Order | None = None
) -> Problem | None:
    name = (asked.get("clientExtensions") or {}).get("id")
    used = any(o.terms.client_order_id == name for o in desk.live() if o is not but)
    if name is None or not used:
        return None
    return Problem(
        "The client Order ID specified is already assigned to another pending Order",
        "CLIENT_ORDER_ID_ALREADY_EXISTS",
        ours=False,
    )


def _hang(desk: OandaDesk, asked: Mapping[str, Json]) -> Answered:
    trade = desk.trades.get(asked["tradeID"])
    kind = asked["type"]
    if trade is None or not trade.units:
        problem = Problem("The Trade specified does not exist", "TRADE_DOESNT_EXIST")
        return rejected(desk, asked, problem, 404)
    if kind in trade.dependents and desk.ledger.orders[trade.dependents[kind]].live:
        problem = Problem(
            f"The Trade has a {kind} order already", f"{kind}_ORDER_ALREADY_EXISTS"
        )
        return rejected(desk, asked, problem)
    with desk.holding() as lines:
        order = desk.hang(kind, asked, trade, "CLIENT_ORDER")
        if not desk.by_hand:
            desk.meet(order)
    return made(desk, lines, 201, order)


def _order(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    order = found_order(desk, route.id)
    if order is None:
        return missing(desk, "The order ID specified does not exist", "NO_SUCH_ORDER")
    return shown(desk, {"order": order_json(desk, order)})


def found_order(desk: OandaDesk, name: str) -> Order | None:
    """The order of a specifier: an id, or @ and the client's id."""
    if not name.startswith("@"):
        return desk.ledger.orders.get(name)
    found = [
        o for o in desk.ledger.orders.values() if o.terms.client_order_id == name[1:]
    ]
    return next((o for o in reversed(found) if o.live), found[-1] if found else None)


def _orders(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    state = route.query.get("state", "PENDING")
    found = [order_json(desk, o) for o in reversed(desk.ledger.orders.values())]
    wanted = route.query.get("instrument")
    rows = [
        row
        for row in found
        if state in ("ALL", row["state"])
        and wanted in (None, desk.ledger.orders[row["id"]].terms.symbol)
    ]
    return shown(desk, {"orders": rows[: int(route.query.get("count", "50"))]})


def _cancel(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    order = found_order(desk, route.id)
    with desk.holding() as lines:
        if order is not None and desk.withdraw(order):
            told: dict[str, Json] = {"orderCancelTransaction": lines[-1]}
            return Answered(
                200, {**told, **related(desk, lines)}, telling(desk, list(lines))
            )
        return not_cancelled(desk, route.id, order)


def not_cancelled(desk: OandaDesk, name: str, order: Order | None) -> Answered:
    """The answer to a cancel of what cannot be cancelled."""
    stuck = order is not None and order.live
    reason = "ACCOUNT_ORDER_CANCEL_LOCKED" if stuck else "ORDER_DOESNT_EXIST"
    text = "The Account is locked for Order cancellation"
    if not stuck:
        text = "The Order specified does not exist"
    line = desk.write(
        "ORDER_CANCEL_REJECT",
        orderID=order.id if order is not None else name,
        rejectReason=reason,
    )
    body = {
        "orderCancelRejectTransaction": line,
        **related(desk, [line]),
        "errorCode": reason,
        "errorMessage": text,
    }
    return Answered(404, body, telling(desk, [line]))


def _replace(desk: OandaDesk, route: Route, body: Mapping[str, Json]) -> Answered:
    old = found_order(desk, route.id)
    if old is None or not old.live or old.id in desk.stuck:
        return not_cancelled(desk, route.id, old)
    asked = {"type": desk.details[old.id].kind, **body["order"]}
    problem = _taken_id(desk, asked, old)
    if problem is None and asked["type"] not in DEPENDENT:
        problem = order_problem(asked, frozenset(SYMBOLS), desk.unknown_symbols)
    if problem is not None:
        return rejected(desk, asked, problem)
    with desk.holding() as lines:
        new = _put_in_place(desk, old, asked)
    told = {"orderCancelTransaction": lines[0], **named(lines, new)}
    return Answered(201, {**told, **related(desk, lines)}, telling(desk, lines))


def _put_in_place(desk: OandaDesk, old: Order, asked: Mapping[str, Json]) -> Order:
    """Cancels one order for another, whose number is the next but one."""
    details = desk.details[old.id]
    details.replaced_by = str(int(desk.ledger.last) + 2)
    desk.end(old, OrderStatus.CANCELLED, "CLIENT_REQUEST_REPLACED")
    if details.kind in DEPENDENT and details.trade is not None:
        trade = desk.trades[details.trade]
        new = desk.hang(
            details.kind, asked, trade, "REPLACEMENT", old.parent, replaces=old.id
        )
        if not desk.by_hand:
            desk.meet(new)
        return new
    new = desk.place(asked, reason="REPLACEMENT", replaces=old.id)
    desk.begin(new)
    return new


ANSWERS: Mapping[str, Answering] = {
    "submit": _submit,
    "orders": _orders,
    "pending": _orders,
    "order": _order,
    "replace": _replace,
    "cancel": _cancel,
}
