"""Exits follow their position when another order reduces, closes or turns it."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import State, states
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import Submitted, accepted
from conformance.peers.played import Placed, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_checks import covering_no_more, ending_with_the_position
from conformance.suite.exit_steps import exit_ended, exits_placed, orders_listed

NEEDS = Needs(symbols=4, seconds=25)

CLOSED, TURNED, REDUCED, SHARED = range(4)
SALES = {CLOSED: "5", TURNED: "8", REDUCED: "3"}


async def script(strategy: Played) -> None:
    """Four brackets: sold whole, sold over, sold in part; one beside another."""
    stream = await strategy.stream()
    shared = strategy.symbols[SHARED]
    last = await strategy.price(shared)
    far = {"stop_loss": str(last / 4), "take_profit": str(last * 4)}
    entries = [
        await strategy.place(symbol=symbol, quantity="5", **far)
        for symbol in strategy.symbols
    ]
    for entry in entries:
        await strategy.announced(stream, entry.id, "ORDER_FILLED")
    for symbol in strategy.symbols:
        await exits_placed(strategy, stream, symbol)
    # Marketable at once: the take profit of a buy lies below the market.
    near = {**far, "take_profit": str(last * Decimal("0.9"))}
    orders = [await strategy.place(symbol=shared, quantity="4", **near)]
    orders += await _sales(strategy)
    for order in orders:
        await strategy.announced(stream, order.id, "ORDER_FILLED")
    await exit_ended(strategy, stream, shared, "LIMIT", "ORDER_FILLED")
    for place in (CLOSED, TURNED):
        ended = (strategy.symbols[place], "LIMIT", "ORDER_CANCELLED")
        await exit_ended(strategy, stream, *ended, strategy.pace.quiet)
    await strategy.fence()
    for symbol in strategy.symbols:
        await orders_listed(strategy, symbol)


async def _sales(strategy: Played) -> list[Placed]:
    return [
        await strategy.place(
            symbol=strategy.symbols[place], side="SELL", quantity=quantity
        )
        for place, quantity in SALES.items()
    ]


exits_end_with_their_position = check(
    "EXI-39", occurs="a position with exits was closed or turned by an order"
)(ending_with_the_position(CLOSED, TURNED))

exits_cover_no_more_than_remains = check(
    "EXI-68", occurs="a position with exits was reduced by an order"
)(covering_no_more(REDUCED))


@check("EXI-46", occurs="an exit of one of two brackets of a symbol was filled")
def exits_of_another_bracket_stay(transcript: Transcript) -> Iterator[Observation]:
    symbol = transcript.header.symbols[SHARED]
    pair = [o for o in accepted(transcript) if o.fields.get("symbol") == symbol][:2]
    if len(pair) < 2:
        return
    first, second = (_exits(transcript, symbol, entry) for entry in pair)
    filled = [leg for leg in second if leg.order.get("status") == "FILLED"]
    for leg in first if filled else ():
        yield occurred(filled[0].entry, leg.entry)
        if not leg.live:
            yield finding(
                f"The exit {filled[0].id} of the entry {pair[1].id} was filled; of "
                f"the entry {pair[0].id} the exit {leg.id} is "
                f"{leg.order.get('status')}.",
                filled[0].entry,
                leg.entry,
            )


def _exits(transcript: Transcript, symbol: str, entry: Submitted) -> list[State]:
    """The exits that named an entry as theirs, as told or shown last."""
    told = list(states(transcript, symbol))
    mine = {s.id for s in told if s.order.get("parent_order_id") == entry.id}
    return list({s.id: s for s in told if s.id in mine}.values())
