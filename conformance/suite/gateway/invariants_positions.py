"""Every position that is told holds together, in any script."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.ledger import in_time, near, squared
from conformance.judge.orders import asked, number
from conformance.protocol.instants import NotAnInstant, instant_of
from conformance.suite.check import check

CENT = Decimal("0.01")
SKEW = timedelta(seconds=1)


def told_positions(
    transcript: Transcript,
) -> Iterator[tuple[Exchange, dict[str, Json]]]:
    """Every position of ours that an answer told, in a list or by its id."""
    for template in (("positions",), ("positions", None)):
        for exchange in asked(transcript, "GET", "v1", *template):
            body = exchange.body
            for row in body if isinstance(body, list) else [body]:
                if isinstance(row, dict) and row.get("symbol") in (
                    transcript.header.symbols
                ):
                    yield exchange, row


@check("LED-55", occurs="a position was told")
def a_position_holds_something(transcript: Transcript) -> Iterator[Observation]:
    for exchange, row in told_positions(transcript):
        yield occurred(exchange)
        quantity = number(row, "quantity")
        if quantity is None or quantity <= 0:
            yield finding(
                f"The position {row.get('id')} is told with the quantity "
                f"{row.get('quantity')}.",
                exchange,
            )


@check("LED-57", occurs="a position was told whose price is not its entry price")
def unrealized_profit_is_the_distance(transcript: Transcript) -> Iterator[Observation]:
    if transcript.header.provider != "mock":
        # Brokers tell profit in the account's currency, by contracts of many sizes.
        return
    for exchange, row in told_positions(transcript):
        names = ("quantity", "average_entry_price", "current_price", "unrealized_pnl")
        quantity, entry, price, profit = (number(row, name) for name in names)
        if None in (quantity, entry, price, profit) or entry == price:
            continue
        assert quantity is not None
        assert entry is not None
        assert price is not None
        assert profit is not None
        distance = price - entry if row.get("side") == "LONG" else entry - price
        wanted = quantity * distance
        yield occurred(exchange)
        if not near(profit, wanted) and abs(profit - wanted) > CENT:
            yield finding(
                f"{quantity} of {row.get('symbol')}, {row.get('side')}, entered at "
                f"{entry} and now at {price}, are told with the unrealized profit "
                f"{profit}; it is {wanted:f}.",
                exchange,
            )


@check("LED-62", occurs="a position was told with the trades that built it")
def a_position_is_no_older_than_its_trades(
    transcript: Transcript,
) -> Iterator[Observation]:
    moments = (m for s in transcript.header.symbols for m in squared(transcript, s))
    for moment in moments:
        trades = in_time(moment.trades.trades)
        for row in moment.holding.positions if trades else ():
            opened, first = row.get("opened_at"), trades[0].get("timestamp")
            try:
                early = instant_of(first) - instant_of(opened) > SKEW
            except NotAnInstant:
                continue
            yield occurred(*moment.where)
            if early:
                yield finding(
                    f"The position {row.get('id')} was opened at {opened}, before its "
                    f"first trade at {first}.",
                    *moment.where,
                )
