"""The figures of every order that is told add up, in any script."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from conformance.evidence.entry import Entry, Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.findings_once import Once
from conformance.judge.ledger import trades_told
from conformance.judge.orders import asked, messages_of_type, number
from conformance.judge.tellings import Telling, tellings
from conformance.protocol.words import OrderStatus
from conformance.suite.check import Judgement, check

Wrong = Callable[[Telling, Decimal, Decimal, Decimal], str | None]


def _of_every_order(
    wrong: Wrong, states: frozenset[OrderStatus] = frozenset(OrderStatus)
) -> Judgement:
    """A judgement of quantity, filled and remaining, wherever an order is told."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        once = Once()
        for order_id, told in tellings(transcript).items():
            for telling in told:
                figures = _figures(telling)
                if figures is None or telling.status not in states:
                    continue
                yield occurred(telling.where)
                found = wrong(telling, *figures)
                if found is not None and once(order_id):
                    yield finding(
                        f"Order {order_id} is told {telling.status} with {found}.",
                        telling.where,
                        key=f"figures-{order_id}",
                    )

    return judged


def _figures(telling: Telling) -> tuple[Decimal, Decimal, Decimal] | None:
    quantity = telling.number("quantity")
    filled, left = (
        telling.number("filled_quantity"),
        telling.number("remaining_quantity"),
    )
    if quantity is None or filled is None or left is None:
        return None
    return quantity, filled, left


def _sum(_: Telling, quantity: Decimal, filled: Decimal, left: Decimal) -> str | None:
    if filled + left == quantity:
        return None
    return f"{filled} filled and {left} remaining of {quantity}"


def _over(_: Telling, quantity: Decimal, filled: Decimal, __: Decimal) -> str | None:
    return f"{filled} filled of {quantity}" if filled > quantity else None


def _short(_: Telling, quantity: Decimal, filled: Decimal, __: Decimal) -> str | None:
    return f"{filled} filled of {quantity}" if filled < quantity else None


def _unpart(_: Telling, quantity: Decimal, filled: Decimal, __: Decimal) -> str | None:
    return None if 0 < filled < quantity else f"{filled} filled of {quantity}"


def _begun(_: Telling, __: Decimal, filled: Decimal, ___: Decimal) -> str | None:
    return f"{filled} filled" if filled else None


def _average(telling: Telling, _: Decimal, filled: Decimal, __: Decimal) -> str | None:
    average = telling.number("average_fill_price")
    if (average is not None and average > 0) == (filled > 0):
        return None
    return f"{filled} filled and the average price {average}"


_S = OrderStatus
sums = check("LED-10", occurs="an order was told with its quantities")(
    _of_every_order(_sum)
)
no_overfill = check("LED-11", occurs="an order was told with its quantities")(
    _of_every_order(_over)
)
filled_is_whole = check("LED-12", occurs="an order was told filled")(
    _of_every_order(_short, frozenset({_S.FILLED}))
)
partly_is_part = check("LED-13", occurs="an order was told partially filled")(
    _of_every_order(_unpart, frozenset({_S.PARTIALLY_FILLED}))
)
open_is_empty = check("LED-14", occurs="an order was told open")(
    _of_every_order(_begun, frozenset({_S.OPEN}))
)
averages = check("LED-18", occurs="an order was told with its quantities")(
    _of_every_order(_average)
)

QUANTITIES = ("quantity", "filled_quantity", "remaining_quantity")


@check("LED-15", occurs="an order, a trade or a position was told with its quantity")
def nothing_is_negative(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for what, where, row in _rows(transcript):
        figures = {name: number(row, name) for name in QUANTITIES}
        known = {n: v for n, v in figures.items() if v is not None}
        if not known:
            continue
        yield occurred(where)
        for name, value in known.items():
            if value < 0 and once(what, row.get("id"), name):
                yield finding(
                    f"The {what} {row.get('id')} is told with the {name} {value}.",
                    where,
                )


def _rows(
    transcript: Transcript,
) -> Iterator[tuple[str, Entry | Exchange, dict[str, Json]]]:
    for told in tellings(transcript).values():
        for telling in told:
            yield "order", telling.where, telling.order
    for traded in trades_told(transcript):
        yield "trade", traded.where, traded.trade
    for entry, message in messages_of_type(transcript, "position"):
        position = message.get("position")
        if isinstance(position, dict):
            yield "position", entry, position
    for exchange in asked(transcript, "GET", "v1", "positions"):
        body = exchange.body if isinstance(exchange.body, list) else []
        for row in body:
            if isinstance(row, dict):
                yield "position", exchange, row
