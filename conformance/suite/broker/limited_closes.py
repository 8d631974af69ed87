"""A close at a limit is no close at the market: the broker keeps its limit."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.judge.venue import booked
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.broker_orders import DEAR, PRICE, traded
from conformance.suite.check import check
from conformance.suite.exit_steps import position_path
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(seconds=40)


async def script(strategy: Played) -> None:
    """Buys, and closes the position at a price that the market has not reached."""
    strategy.venue.price(strategy.symbol, PRICE)
    await traded(strategy, strategy.symbol, "2")
    for position in await strategy.positions():
        limited = {"order_type": "LIMIT", "limit_price": DEAR}
        await strategy.delete(position_path(position), json=limited)


@check("EXI-60", occurs="a close at a limit was answered")
def a_close_keeps_its_limit(transcript: Transcript) -> Iterator[Observation]:
    for close in asked(transcript, "DELETE", "v1", "positions", None):
        if close.status is None or close.status >= 502:
            continue
        yield occurred(close)
        for fill in booked(transcript, "filled"):
            later = fill.entry.number > close.request.number
            if later and fill.number("price") < Decimal(DEAR):
                yield finding(
                    f"A close at the limit {DEAR} was answered with {close.status}; "
                    f"the broker filled it at {fill.number('price')}.",
                    close,
                    fill.entry,
                    cause="Is the limit of a close thrown away?",
                )
