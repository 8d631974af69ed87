"""Every trade that is told fits its order and stays what it was, in any script."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.findings_once import Once
from conformance.judge.ledger import (
    Traded,
    TradeList,
    mean_price,
    near,
    quantity_of,
    rows,
    trades_told,
    whole_lists,
)
from conformance.judge.orders import asked, number
from conformance.judge.tellings import Telling, tellings
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.protocol.order_states import TERMINAL
from conformance.suite.check import check

SKEW = timedelta(seconds=1)
"""What two clocks of one venue may differ by."""


def ended_and_listed(
    transcript: Transcript,
) -> Iterator[tuple[Telling, TradeList, tuple[dict[str, object], ...]]]:
    """Each order that had ended when a list of all its trades was asked for."""
    for order_id, told in tellings(transcript).items():
        ends = [t for t in told if t.status in TERMINAL]
        symbol = str(told[0].order.get("symbol"))
        lists = [
            *whole_lists(transcript, "order_id", order_id),
            *whole_lists(transcript, "symbol", symbol),
        ]
        for end in ends[:1]:
            for listed in lists:
                if end.told < listed.exchange.request.number:
                    yield end, listed, listed.of("order_id", order_id)


@check("LED-16", occurs="all trades of an order that had ended were listed")
def trades_add_up_to_what_is_filled(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for end, listed, trades in ended_and_listed(transcript):
        filled, total = end.number("filled_quantity"), quantity_of(trades)
        if filled is None:
            continue
        yield occurred(end.where, listed.exchange)
        if filled != total and once(end.id):
            yield finding(
                f"Order {end.id} ended {end.status} with {filled} filled; its "
                f"{len(trades)} trades add up to {total}.",
                end.where,
                listed.exchange,
                key=f"trades-{end.id}",
            )


@check("LED-17", occurs="all trades of a filled order were listed")
def the_average_is_that_of_the_trades(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for end, listed, trades in ended_and_listed(transcript):
        average, mean = end.number("average_fill_price"), mean_price(trades)
        if average is None or mean is None:
            continue
        if quantity_of(trades) != end.number("filled_quantity"):
            continue
        yield occurred(end.where, listed.exchange)
        if not near(average, mean) and once(end.id):
            yield finding(
                f"Order {end.id} is told filled at {average} on average; the mean of "
                f"its {len(trades)} trades is {mean:.28f}.",
                end.where,
                listed.exchange,
                key=f"trades-{end.id}",
            )


@check("LED-30", occurs="a trade of an order that is known was told")
def a_trade_is_of_its_orders_symbol_and_side(
    transcript: Transcript,
) -> Iterator[Observation]:
    once = Once()
    for traded, order in _with_orders(transcript):
        yield occurred(traded.where, order.where)
        for name in ("symbol", "side"):
            told, wanted = traded.trade.get(name), order.order.get(name)
            if told != wanted and once(traded.id, name):
                yield finding(
                    f"The trade {traded.id} has the {name} {told}; its order "
                    f"{order.id} has {wanted}.",
                    traded.where,
                    order.where,
                )


@check("LED-33", occurs="a trade of an order that is known was told")
def a_trade_is_no_older_than_its_order(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for traded, order in _with_orders(transcript):
        at, since = traded.trade.get("timestamp"), order.order.get("created_at")
        try:
            # Their distance: a sum could leave the calendar.
            early = instant_of(since) - instant_of(at) > SKEW
        except NotAnInstant:
            continue
        yield occurred(traded.where, order.where)
        if early and once(traded.id):
            yield finding(
                f"The trade {traded.id} was made at {at}; its order {order.id} was "
                f"created at {since}.",
                traded.where,
                order.where,
            )


def _with_orders(transcript: Transcript) -> Iterator[tuple[Traded, Telling]]:
    orders = tellings(transcript)
    for traded in trades_told(transcript):
        if traded.order_id in orders:
            yield traded, orders[traded.order_id][-1]


@check("LED-31", occurs="a list held two trades")
def no_two_trades_have_one_id(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for exchange in asked(transcript, "GET", "v1", "trades"):
        ids = [row.get("id") for row in rows(exchange)]
        if exchange.status != 200 or len(ids) < 2:
            continue
        yield occurred(exchange)
        twice = next((i for i in ids if ids.count(i) > 1), None)
        if twice is not None and once(twice):
            yield finding(
                f"A list of {len(ids)} trades holds the id {twice} {ids.count(twice)} "
                "times.",
                exchange,
            )


@check("LED-34", occurs="a trade was told twice")
def a_trade_never_changes(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    first: dict[str, Traded] = {}
    for traded in trades_told(transcript):
        known = first.setdefault(traded.id, traded)
        if known is traded:
            continue
        yield occurred(known.where, traded.where)
        changed = [
            f"{name} {known.trade.get(name)} became {traded.trade.get(name)}"
            for name in ("order_id", "symbol", "side", "quantity", "price")
            if not _same(known, traded, name)
        ]
        if changed and once(traded.id):
            yield finding(
                f"The trade {traded.id} is another: {'; '.join(changed)}.",
                known.where,
                traded.where,
            )


def _same(one: Traded, other: Traded, name: str) -> bool:
    figures = number(one.trade, name), number(other.trade, name)
    if figures == (None, None):
        return bool(one.trade.get(name) == other.trade.get(name))
    return figures[0] == figures[1]


@check("LED-35", occurs="a trade was told")
def a_trade_tells_its_commission(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for traded in trades_told(transcript):
        yield occurred(traded.where)
        commission = number(traded.trade, "commission")
        currency = traded.trade.get("commission_currency")
        good = isinstance(commission, Decimal) and isinstance(currency, str)
        if not (good and currency) and once(traded.id):
            yield finding(
                f"The trade {traded.id} tells the commission "
                f"{traded.trade.get('commission')!r} in {currency!r}.",
                traded.where,
            )
