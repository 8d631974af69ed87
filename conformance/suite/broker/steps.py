"""A quantity or a price between the steps of an instrument is not changed silently."""

from collections.abc import Iterator, Mapping

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders_below import decided_below, told
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.broker_orders import (
    CHEAP,
    DEAR,
    PRICE,
    resting_at_broker,
    send_followed,
)
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = ("NEEDS", "script", "the_venue_understands_it")

NEEDS = Needs(seconds=40)

AWAY = {"order_type": "LIMIT", "limit_price": CHEAP}
BEYOND = {"order_type": "STOP", "stop_price": DEAR}
BETWEEN: Mapping[str, Mapping[str, str]] = {
    "quantity-in-parts": {**AWAY, "quantity": "3.5"},
    "quantity-fine": {**AWAY, "quantity": "3.000000001"},
    "quantity-finest": {**AWAY, "quantity": "3.0000000000000000001"},
    "limit-fine": {**AWAY, "limit_price": "50.0000001"},
    "limit-finest": {**AWAY, "limit_price": "50.0000000000000000001"},
    "stop-fine": {**BEYOND, "stop_price": "150.0000001"},
    "exits-fine": {**AWAY, "stop_loss": "40.0000001", "take_profit": "60.0000001"},
}
"""Between the steps of most instruments, and finer than a double is."""

AMOUNTS = ("quantity", "limit_price", "stop_price", "stop_loss", "take_profit")


async def script(strategy: Played) -> None:
    """Sends an order that any broker takes, then some for amounts that few do."""
    strategy.venue.price(strategy.symbol, PRICE)
    await resting_at_broker(strategy, "of whole amounts")
    for case, fields in BETWEEN.items():
        await send_followed(strategy, case, strategy.symbol, **fields)


@check("VAL-80", occurs="an order between the instrument's steps was answered")
def no_amount_is_changed_silently(transcript: Transcript) -> Iterator[Observation]:
    for each in decided_below(transcript, *BETWEEN):
        yield occurred(*each.where)
        differs = each.differs(*AMOUNTS)
        # Exits may go to the broker later: what is missing here is not changed.
        changed = {name: value for name, value in differs.items() if value is not None}
        if changed:
            yield finding(
                f"{each.asked}; in what the broker was asked {told(changed)}.",
                *each.where,
            )
