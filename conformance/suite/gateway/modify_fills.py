"""A fill that comes after a modification is a fill of the order as modified."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.entry import Entry
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.changes import Change, Order, filled, modifications, told
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import accepted, number, shown
from conformance.peers.played import FAR_BELOW, Placed, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs()

FILLS = ("ORDER_PARTIALLY_FILLED", "ORDER_FILLED")


async def script(strategy: Played) -> None:
    """Modifies three orders that are about to fill: away, to less and to more."""
    stream = await strategy.stream()
    above = str((await strategy.price() * 2).quantize(Decimal("0.01")))
    away = await strategy.resting(quantity="1", limit_price=above)
    await strategy.modify(away.id, limit_price=FAR_BELOW)
    less = await strategy.resting(quantity="4", limit_price=above)
    await strategy.modify(less.id, quantity="2")
    more = await strategy.resting(quantity="2", limit_price=above)
    await strategy.modify(more.id, quantity="5")
    await strategy.bought(stream, "1")
    for order in (less, more):
        await _filled(strategy, order)
    for order in (away, less, more):
        await strategy.show(order.id)
    await strategy.fence()


async def _filled(strategy: Played, order: Placed) -> None:
    await strategy.done(strategy.open_streams[0], order.id)


def _ahead_of_fills(transcript: Transcript, name: str) -> Iterator[Change]:
    """The accepted modifications of a field, answered while nothing was filled."""
    for change in modifications(transcript):
        order = change.order
        if change.accepted and order and name in change.changes and not filled(order):
            yield change


def _states(
    transcript: Transcript, change: Change
) -> Iterator[tuple[Entry | Exchange, Order]]:
    """Every later state of the order that has fills."""
    order_id = str((change.order or {}).get("id"))
    for said in told(transcript, order_id, *FILLS):
        if said.entry.number > change.at:
            yield said.entry, said.order
    for exchange, order in shown(transcript, order_id):
        if exchange.request.number > change.at and filled(order):
            yield exchange, order


def _outlived(transcript: Transcript, change: Change) -> tuple[Entry, ...]:
    """Where a market order sent after the modification was told filled."""
    for order in accepted(transcript):
        market = order.fields.get("order_type") == "MARKET"
        if market and order.exchange.request.number > change.at:
            said = told(transcript, str(order.id), "ORDER_FILLED")
            return tuple(each.entry for each in said)
    return ()


@check("MOD-15", occurs="a modified price was in effect while a market order filled")
def no_fill_is_worse_than_the_new_price(
    transcript: Transcript,
) -> Iterator[Observation]:
    for change in _ahead_of_fills(transcript, "limit_price"):
        later = _outlived(transcript, change)
        if later:
            yield occurred(change.exchange, *later)
        limit = Decimal(str(change.changes["limit_price"]))
        for where, order in _states(transcript, change):
            price = number(order, "average_fill_price")
            if price is not None and price > limit:
                yield finding(
                    f"{change.story}; afterwards the order, a BUY, was filled "
                    f"{filled(order)} at {price}.",
                    change.exchange,
                    where,
                    cause="Does a fill on its way keep the order as it was?",
                    key="fill-on-its-way",
                )
                break


@check("MOD-16", occurs="an order with a modified quantity was filled")
def the_new_quantity_is_filled(transcript: Transcript) -> Iterator[Observation]:
    for change in _ahead_of_fills(transcript, "quantity"):
        wanted = Decimal(str(change.changes["quantity"]))
        for where, order in _states(transcript, change):
            yield occurred(change.exchange, where)
            short = order.get("status") == "FILLED" and filled(order) != wanted
            if short or filled(order) > wanted:
                yield finding(
                    f"{change.story}; afterwards the order was {order.get('status')} "
                    f"with {filled(order)} filled.",
                    change.exchange,
                    where,
                    cause="Does a fill on its way keep the order as it was?",
                    key="fill-on-its-way",
                )
                break
