"""A close takes the exits of what it closes with it, and leaves none too large."""

from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_checks import covering_no_more, ending_with_the_position
from conformance.suite.exit_steps import closed, exit_ended, exits_placed, orders_listed

NEEDS = Needs(symbols=2, seconds=25)

WHOLE, PART = range(2)


async def script(strategy: Played) -> None:
    """Two brackets with exits far away; one is closed whole, one in part."""
    stream = await strategy.stream()
    whole, part = strategy.symbols
    last = await strategy.price(whole)
    far = {"stop_loss": str(last / 4), "take_profit": str(last * 4)}
    for symbol in (whole, part):
        entry = await strategy.place(symbol=symbol, quantity="5", **far)
        await strategy.announced(stream, entry.id, "ORDER_FILLED")
    for symbol in (whole, part):
        await exits_placed(strategy, stream, symbol)
    await closed(strategy, stream, whole)
    await closed(strategy, stream, part, body='{"quantity":"3"}')
    for order_type in ("STOP", "LIMIT"):
        await exit_ended(strategy, stream, whole, order_type, "ORDER_CANCELLED")
    await strategy.fence()
    for symbol in (whole, part):
        await orders_listed(strategy, symbol)


the_exits_of_a_closed_position_end = check(
    "EXI-67", occurs="a position with exits was closed"
)(ending_with_the_position(WHOLE))

exits_cover_no_more_than_remains = check(
    "EXI-68", occurs="a part of a position with exits was closed"
)(covering_no_more(PART))
