"""A bracket whose entry and exits fill in parts is covered by what was filled."""

from decimal import Decimal

from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_checks import bounded, covering, ending_together
from conformance.suite.exit_steps import exit_ended, exits_placed, orders_listed

NEEDS = Needs(environment={"MOCK_PARTIAL_FILL_RATIO": "0.4"}, symbols=3, seconds=25)

WHOLE, CUT_SHORT, FIRES = range(3)


async def script(strategy: Played) -> None:
    """Three entries fill in parts: one whole, one cancelled, one whose exits fill."""
    stream = await strategy.stream()
    whole, cut_short, fires = strategy.symbols
    last = await strategy.price(whole)
    far = {"stop_loss": str(last / 4), "take_profit": str(last * 4)}
    # Marketable at once: the take profit of a buy lies below the market.
    near = {**far, "take_profit": str(last * Decimal("0.9"))}
    cut = await strategy.place(symbol=cut_short, quantity="5", **far)
    entries = [
        await strategy.place(symbol=whole, quantity="5", **far),
        await strategy.place(symbol=fires, quantity="5", **near),
    ]
    await strategy.announced(stream, cut.id, "ORDER_PARTIALLY_FILLED", "ORDER_FILLED")
    await strategy.cancel(cut.id)
    await strategy.announced(stream, cut.id, "ORDER_CANCELLED", "ORDER_FILLED")
    for entry in entries:
        await strategy.announced(stream, entry.id, "ORDER_FILLED")
    for symbol in (whole, cut_short):
        await exits_placed(strategy, stream, symbol)
    await exit_ended(strategy, stream, fires, "LIMIT", "ORDER_FILLED")
    await exit_ended(strategy, stream, fires, "STOP", "ORDER_CANCELLED")
    await _flat(strategy, fires)
    await strategy.fence()
    for symbol in strategy.symbols:
        await orders_listed(strategy, symbol)


async def _flat(strategy: Played, symbol: str) -> None:
    """Waits until no exit of the symbol is to fill any more, if it comes to that."""
    stream = strategy.open_streams[0]
    since = 0
    while await strategy.positions(symbol):
        heard = await strategy.wait(
            stream,
            f"a further fill on {symbol}",
            lambda heard: (
                heard.order.get("symbol") == symbol
                and heard.event in ("ORDER_FILLED", "ORDER_CANCELLED")
            ),
            strategy.pace.quiet,
            since,
        )
        if heard is None:
            return
        since = stream.heard.index(heard) + 1


exits_cover_what_was_filled = check(
    "EXI-14", occurs="the exits of an entry that filled in parts were told or shown"
)(covering(WHOLE, CUT_SHORT))

the_other_exits_are_cancelled = check(
    "EXI-19", occurs="the take profits of an entry that filled in parts were filled"
)(ending_together(FIRES))

exits_never_trade_more_than_the_entry = check(
    "EXI-20", occurs="an exit of an entry that filled in parts was filled"
)(bounded(FIRES))
