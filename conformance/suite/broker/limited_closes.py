"""A close at a limit is no close at the market: the broker keeps its limit."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import asked
from conformance.judge.venue import booked, calls_during
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.venues.words import CLOSING
from conformance.suite.broker_orders import DEAR, PRICE, traded
from conformance.suite.check import check
from conformance.suite.exit_steps import position_path
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(seconds=40)


async def script(strategy: Played) -> None:
    """Buys, and closes at a price that the market has not reached; then plainly."""
    strategy.venue.price(strategy.symbol, PRICE)
    await traded(strategy, strategy.symbol, "2")
    for position in await strategy.positions():
        path = position_path(position)
        limited = {"order_type": "LIMIT", "limit_price": DEAR}
        await strategy.delete(path, json=limited)
        await strategy.delete(path, json={})


@check("EXI-60", occurs="a close at a limit was answered by who does close positions")
def a_close_keeps_its_limit(transcript: Transcript) -> Iterator[Observation]:
    closes = list(asked(transcript, "DELETE", "v1", "positions", None))
    for close, plain in zip(closes[::2], closes[1::2], strict=False):
        fills = [
            fill
            for fill in booked(transcript, "filled")
            if close.request.number < fill.entry.number < plain.request.number
        ]
        sent = calls_during(transcript, close, *CLOSING)
        # A refusal keeps the limit too, but not of one who refuses every close.
        can = refused(close) and calls_during(transcript, plain, *CLOSING)
        if not sent and not fills and not can:
            continue
        yield occurred(close)
        for fill in fills:
            if fill.number("price") < Decimal(DEAR):
                yield finding(
                    f"A close at the limit {DEAR} was answered with {close.status}; "
                    f"the broker filled it at {fill.number('price')}.",
                    close,
                    fill.entry,
                    cause="Is the limit of a close thrown away?",
                )


def refused(close: Exchange) -> bool:
    """Whether the strategy was told that it is not to be."""
    return close.status is not None and (
        400 <= close.status < 500 or close.status == 501
    )
