"""An exit that rests as several orders is moved in all of them."""

from decimal import Decimal

from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_checks import moved_as_told
from conformance.suite.exit_steps import exits_placed, moved

NEEDS = Needs(environment={"MOCK_PARTIAL_FILL_RATIO": "0.4"}, seconds=25)


async def script(strategy: Played) -> None:
    """Adds to a position by a bracket that fills in parts, and moves its exits."""
    stream = await strategy.stream()
    last = await strategy.price()
    await strategy.bought(stream, "1")
    held = await strategy.positions()
    await strategy.bought(
        stream,
        "5",
        position_id=held[0]["id"] if held else None,
        stop_loss=str(last / 4),
        take_profit=str(last * 4),
    )
    await exits_placed(strategy, stream, strategy.symbol)
    await strategy.fence()
    cents = Decimal("0.01")
    lower, higher = (last / 5).quantize(cents), (last * 5).quantize(cents)
    await moved(strategy, strategy.symbol, stop_loss=str(lower))
    await moved(strategy, strategy.symbol, take_profit=str(higher))


an_exit_in_parts_is_moved_whole = check(
    "EXI-28", occurs="an exit of an entry that filled in parts was moved"
)(moved_as_told(0))
