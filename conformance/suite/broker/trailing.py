"""A trailing stop follows the market, or is refused."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.capabilities import claims, words
from conformance.judge.finding import NotApplicable, Observation, finding, occurred
from conformance.judge.orders import number
from conformance.judge.orders_below import (
    meant,
    orders_below,
    unfulfilled,
)
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.broker.options import what_a_broker_cannot_do_is_not_pretended
from conformance.suite.broker_orders import PRICE, send_followed, traded
from conformance.suite.check import check
from conformance.suite.gateway.fidelity_up import the_venue_understands_it

__all__ = (
    "NEEDS",
    "script",
    "the_venue_understands_it",
    "what_a_broker_cannot_do_is_not_pretended",
)

NEEDS = Needs(symbols=2, seconds=40)

TRAILING = "trailing_stop"
TRAILS = {"side": "SELL", "order_type": "TRAILING_STOP"}
DISTANCE = "10"
UP, NOT_YET, OVER = "120", "112", "109"
"""Where the market goes: in favour, back by less than the distance, by more."""

MARKET, PERCENT = "200", "5"
"""Five percent of it are ten, not five."""


async def script(strategy: Played) -> None:
    """Has the market rise before a trailing stop and fall back; then one in percent."""
    venue = strategy.venue
    rises, other = strategy.symbols
    await strategy.get("/v1/capabilities")
    for symbol, price in ((rises, PRICE), (other, MARKET)):
        venue.price(symbol, price)
        await traded(strategy, symbol, "2")
    by_amount = {"trailing_distance": DISTANCE, "trailing_type": "ABSOLUTE"}
    await send_followed(strategy, "by-amount", rises, **TRAILS, **by_amount)
    in_percent = {"trailing_distance": PERCENT, "trailing_type": "PERCENT"}
    await send_followed(strategy, "in-percent", other, **TRAILS, **in_percent)
    for price in (UP, NOT_YET, OVER):
        venue.price(rises, price)


def _trails(transcript: Transcript) -> bool:
    """Whether the Gateway claims to, or does not say what it claims."""
    claim, told = claims(transcript)
    return claim is None or TRAILING in words(told, "features")


@check("ORD-22", occurs="a broker took a trailing stop, and the market moved")
def a_trailing_stop_follows(transcript: Transcript) -> Iterator[Observation]:
    for each in orders_below(transcript, "by-amount"):
        if each.refused and not _trails(transcript):
            raise NotApplicable(
                "the Gateway claims no trailing stops, and refuses them"
            )
        if not each.taken or not each.booked:
            continue
        yield occurred(*each.where)
        prices = [fill.number("price") for fill in each.fills]
        if prices != [Decimal(OVER)]:
            filled = f"filled it at {prices[0]}" if prices else "did not fill it"
            yield finding(
                f"{each.asked}; the market went from {PRICE} to {UP}, {NOT_YET} and "
                f"{OVER}, and the broker {filled}.",
                *each.where,
            )


@check("ORD-23", occurs="a trailing stop in percent was answered")
def a_percentage_is_no_price(transcript: Transcript) -> Iterator[Observation]:
    for each in orders_below(transcript, "in-percent"):
        asked = (*each.questions, *each.calls)
        if not asked and not each.refused:
            continue
        yield occurred(*each.where)
        for call in asked[:1]:
            said = meant(call)
            distance = number(said, "trailing_distance")
            in_price = said.get("trailing_type") == "ABSOLUTE"
            if in_price and distance == Decimal(PERCENT):
                yield finding(
                    f"{each.asked}; the broker was asked for a distance of {distance} "
                    f"in price, where the market is at {MARKET}.",
                    each.order.exchange,
                    call.asked,
                )


@check("OPE-30", occurs="a trailing stop was answered that is claimed")
def a_claimed_feature_works(transcript: Transcript) -> Iterator[Observation]:
    if not _trails(transcript):
        raise NotApplicable("the Gateway claims no trailing stops")
    yield from unfulfilled(transcript, TRAILING, "by-amount")
