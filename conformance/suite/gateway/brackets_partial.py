"""A bracket whose entry and exits fill in parts is covered by what was filled."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import Bracket, State, bracket_on
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.positions import holdings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.peers.stream import Heard
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
    await exit_ended(strategy, stream, fires, "STOP", "ORDER_CANCELLED")
    await strategy.positions(fires)
    await exit_ended(strategy, stream, fires, "LIMIT", "ORDER_FILLED")
    await _flat(strategy, fires)
    await strategy.fence()
    for symbol in strategy.symbols:
        await orders_listed(strategy, symbol)


async def _flat(strategy: Played, symbol: str) -> None:
    """Waits until no exit of the symbol is to fill any more, if it comes to that."""
    stream = strategy.open_streams[0]

    def an_end(heard: Heard) -> bool:
        ended = heard.event in ("ORDER_FILLED", "ORDER_CANCELLED")
        return ended and heard.order.get("symbol") == symbol

    since = len(stream.heard)
    while await strategy.positions(symbol):
        what = f"a further end of an order on {symbol}"
        heard = await strategy.wait(stream, what, an_end, strategy.pace.quiet, since)
        if heard is None:
            return
        since = len(stream.heard)


exits_cover_what_was_filled = check(
    "EXI-14", occurs="the exits of an entry that filled in parts were told or shown"
)(covering(WHOLE, CUT_SHORT))

the_other_exits_are_cancelled = check(
    "EXI-19", occurs="the take profits of an entry that filled in parts were filled"
)(ending_together(FIRES))

exits_never_trade_more_than_the_entry = check(
    "EXI-20", occurs="an exit of an entry that filled in parts was filled"
)(bounded(FIRES))


@check("EXI-36", occurs="positions were listed when a bracket's stop losses had ended")
def what_is_held_keeps_a_stop_loss(transcript: Transcript) -> Iterator[Observation]:
    each = bracket_on(transcript, FIRES)
    if each is None:
        return
    for held in holdings(transcript, each.symbol):
        stops = _stops_before(each, held.exchange.request.number)
        if not stops or any(stop.live for stop in stops):
            continue
        yield occurred(*(stop.entry for stop in stops), held.exchange)
        if held.quantity > 0:
            yield finding(
                f"{held.quantity} of the entry {each.entry.id} are held, and every "
                "stop loss of it has ended.",
                each.entry.exchange,
                *(stop.entry for stop in stops),
                held.exchange,
                cause="Does one take profit cancel the stop losses of all tranches?",
            )


def _stops_before(each: Bracket, number: int) -> list[State]:
    """The stop losses of a bracket as they were told last before an entry."""
    told = [s for s in each.states if s.entry.number < number]
    stops = {s.id: s for s in told if s.order.get("order_type") == "STOP"}
    return list(stops.values())
