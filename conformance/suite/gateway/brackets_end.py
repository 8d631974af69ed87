"""A bracket's exits end with each other, and one that is cancelled ends alone."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.exits import Bracket, bracket_on
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.positions import holdings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_checks import bounded, ending_together
from conformance.suite.exit_steps import exit_ended, exits_placed, orders_listed

NEEDS = Needs(symbols=3, seconds=25)

PROFITS, STOPS, BY_HAND = range(3)


async def script(strategy: Played) -> None:
    """The take profit of one fills, the stop loss of one; of one it is cancelled."""
    stream = await strategy.stream()
    profits, stops, by_hand = strategy.symbols
    last = await strategy.price(profits)
    far = {"stop_loss": str(last / 4), "take_profit": str(last * 4)}
    # Marketable at once: a take profit below the market, a stop loss above it.
    taken = {**far, "take_profit": str(last * Decimal("0.9"))}
    stopped = {**far, "stop_loss": str(last * Decimal("1.1"))}
    entries = [
        await strategy.place(symbol=profits, quantity="5", **taken),
        await strategy.place(symbol=stops, quantity="5", **stopped),
        await strategy.place(symbol=by_hand, quantity="5", **far),
    ]
    for entry in entries:
        await strategy.announced(stream, entry.id, "ORDER_FILLED")
    await exits_placed(strategy, stream, by_hand)
    for symbol, filled, left in (
        (profits, "LIMIT", "STOP"),
        (stops, "STOP", "LIMIT"),
    ):
        await exit_ended(strategy, stream, symbol, filled, "ORDER_FILLED")
        await exit_ended(strategy, stream, symbol, left, "ORDER_CANCELLED")
    await strategy.fence()
    for symbol in (profits, stops):
        await orders_listed(strategy, symbol)
    await _cancel_a_leg(strategy, by_hand)


async def _cancel_a_leg(strategy: Played, symbol: str) -> None:
    """Cancels the stop loss by hand and looks at what is left."""
    reply = await strategy.get(f"/v1/orders?symbol={symbol}&status=OPEN")
    rows = reply.json if isinstance(reply.json, list) else []
    stops = [o["id"] for o in rows if o.get("order_type") == "STOP"]
    for order_id in stops[:1]:
        strategy.note("case", "a stop loss is cancelled by hand", case="leg-cancelled")
        await strategy.cancel(str(order_id))
        await strategy.fence()
        await strategy.show(str(order_id))
        await orders_listed(strategy, symbol)


the_other_exit_is_cancelled = check(
    "EXI-19", occurs="one exit of a bracket was told filled"
)(ending_together(PROFITS, STOPS))

exits_never_trade_more_than_the_entry = check(
    "EXI-20", occurs="one exit of a bracket was told filled"
)(bounded(PROFITS, STOPS))


def _after_hand_cancel(transcript: Transcript) -> tuple[Bracket, int] | None:
    each = bracket_on(transcript, BY_HAND)
    for entry in transcript.entries:
        facts = entry.data.get("facts") or {}
        if each is not None and facts.get("case") == "leg-cancelled":
            return each, entry.number
    return None


@check("EXI-23", occurs="a stop loss was cancelled by hand")
def an_exit_cancelled_by_hand_leaves_the_rest(
    transcript: Transcript,
) -> Iterator[Observation]:
    found = _after_hand_cancel(transcript)
    if found is None:
        return
    each, since = found
    for order_id in each.legs("LIMIT"):
        last = each.last(order_id)
        if last.entry.number > since:
            yield occurred(last.entry)
            if not last.live:
                yield finding(
                    f"The stop loss was cancelled by hand and the take profit "
                    f"{order_id} is {last.order.get('status')}.",
                    last.entry,
                )
    held = list(holdings(transcript, each.symbol))[-1]
    if held.exchange.request.number > since and held.quantity != each.bought:
        yield finding(
            f"After a stop loss was cancelled by hand {held.quantity} is held; "
            f"{each.bought} was bought.",
            held.exchange,
        )


@check("EXI-24", occurs="an exit that was cancelled by hand was asked for")
def an_ended_exit_names_no_entry(transcript: Transcript) -> Iterator[Observation]:
    found = _after_hand_cancel(transcript)
    if found is None:
        return
    each, since = found
    for state in each.states:
        if state.event is None and not state.live and state.entry.number > since:
            yield occurred(state.entry)
            if state.order.get("parent_order_id"):
                yield finding(
                    f"The exit {state.id} is {state.order.get('status')} and still "
                    f"names {state.order.get('parent_order_id')} as its entry.",
                    state.entry,
                )
