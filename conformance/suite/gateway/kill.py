"""Cancelling all orders and closing all positions leaves nothing, once or twice."""

from collections.abc import Iterator
from itertools import pairwise

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.kills import Kill, kills
from conformance.judge.orders import announcements, is_ours, submitted
from conformance.judge.positions import filled_ids
from conformance.peers.played import FAR_BELOW, Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_steps import all_closed, exits_placed

NEEDS = Needs(symbols=3, alone=True, seconds=25)


async def script(strategy: Played) -> None:
    """Kills a full account, an empty one, and one that an order comes to meanwhile."""
    stream = await strategy.stream()
    await _fill_the_account(strategy)
    await _kill(strategy, "full")
    await strategy.wait(
        stream, "anything that trades", lambda heard: False, strategy.pace.quiet
    )
    await strategy.fence()
    await strategy.get("/v1/positions")
    await _kill(strategy, "empty")
    await strategy.fence()
    late = await _kill(strategy, "beside", send=True)
    if late is not None:
        await strategy.done(stream, late)
    await _kill(strategy, "again")
    await strategy.fence()


async def _fill_the_account(strategy: Played) -> None:
    """A long position with exits, a short one, and resting orders beside them."""
    stream = strategy.open_streams[0]
    long, short, rests = strategy.symbols
    last = await strategy.price(long)
    far = {"stop_loss": str(last / 4), "take_profit": str(last * 4)}
    orders = [
        await strategy.place(symbol=long, quantity="3", **far),
        await strategy.place(symbol=short, quantity="2", side="SELL"),
    ]
    for symbol in strategy.symbols:
        await strategy.resting(symbol=symbol)
    await strategy.resting(symbol=rests, **far)
    for order in orders:
        await strategy.announced(stream, order.id, "ORDER_FILLED")
    await exits_placed(strategy, stream, long)
    await strategy.get("/v1/orders")
    await strategy.get("/v1/positions")


async def _kill(strategy: Played, case: str, *, send: bool = False) -> str | None:
    """Cancels all orders, closes all positions, and looks at what is left.

    With `send`, orders come between the two; returns the id of one that will fill.
    """
    strategy.note("kill", f"the kill recipe: {case}", case=case)
    sent = None
    await strategy.delete("/v1/orders")
    if send:
        late = strategy.symbols[2]
        sent = (await strategy.submit(symbol=late, quantity="2")).field("id")
        await strategy.submit(symbol=late, order_type="LIMIT", limit_price=FAR_BELOW)
    await all_closed(strategy, strategy.open_streams[0])
    await strategy.get("/v1/orders")
    return sent if isinstance(sent, str) else None


def _case(transcript: Transcript, *names: str) -> Iterator[Kill]:
    """The kills of these cases whose two requests were both obeyed."""
    for kill in kills(transcript):
        if kill.case in names and kill.obeyed:
            yield kill


def _left(transcript: Transcript, kill: Kill) -> Iterator[Observation]:
    """What of the script's own orders and of its positions a kill left."""
    ours = {order.id for order in submitted(transcript)}
    live = [str(o.get("id")) for o in kill.live_orders if str(o.get("id")) in ours]
    # A venue that is closed fills no close: then what is held says nothing.
    closes = filled_ids(transcript).issuperset(kill.handles)
    held = [
        f"{p.get('side')} {p.get('quantity')} {p.get('symbol')}" for p in kill.positions
    ]
    if closes:
        yield occurred(*kill.exchanges)
    if live or (held and closes):
        yield finding(
            "All orders were cancelled and all positions closed; left are the orders "
            f"{live} and the positions {held}.",
            *kill.exchanges,
        )


@check("KIL-10", occurs="the kill recipe was done on a full account")
def nothing_is_left(transcript: Transcript) -> Iterator[Observation]:
    for kill in _case(transcript, "full"):
        if kill.cancelled_count and kill.handles:
            yield from _left(transcript, kill)


@check("KIL-11", occurs="the kill recipe was done while a bracket's exits rested")
def no_exit_is_left(transcript: Transcript) -> Iterator[Observation]:
    ours = {order.id for order in submitted(transcript)}
    for kill in _case(transcript, "full"):
        exits = [o for o in kill.orders_before if str(o.get("id")) not in ours]
        if exits:
            yield occurred(*kill.exchanges)
        for order in kill.live_orders:
            if str(order.get("id")) not in ours:
                yield finding(
                    "All orders were cancelled and all positions closed; the exit "
                    f"{order.get('id')} is still {order.get('status')}.",
                    *kill.exchanges,
                )


@check("KIL-12", occurs="the kill recipe was done on an empty account")
def a_second_kill_does_nothing(transcript: Transcript) -> Iterator[Observation]:
    for kill in _case(transcript, "empty"):
        if not kill.empty_before:
            continue
        yield occurred(*kill.exchanges)
        if kill.cancelled_count != 0 or kill.failed_count != 0 or kill.handles:
            yield finding(
                "Nothing rested and nothing was held; the kill recipe says that "
                f"{kill.cancelled_count} orders were cancelled, {kill.failed_count} "
                f"could not be, and {len(kill.handles)} positions are being closed.",
                *kill.exchanges,
                cause="Does it count orders that have ended?",
            )


@check("KIL-13", occurs="the kill recipe was done and nothing asked for after it")
def nothing_trades_afterwards(transcript: Transcript) -> Iterator[Observation]:
    listed = list(kills(transcript))
    ours = {order.id for order in submitted(transcript)}
    for kill, following in pairwise(listed):
        if kill.case != "full" or not kill.obeyed:
            continue
        yield occurred(*kill.exchanges)
        for said in announcements(transcript):
            between = kill.last < said.entry.number < following.first
            traded = said.event in ("ORDER_PARTIALLY_FILLED", "ORDER_FILLED")
            asked_for = said.id in ours and not traded
            if not between or asked_for or said.id in kill.handles:
                continue
            if is_ours(transcript, said.order):
                yield finding(
                    f"After the kill recipe the order {said.id} was told {said.event}.",
                    *kill.exchanges,
                    said.entry,
                )


@check("KIL-15", occurs="an order was sent beside the kill recipe, and it was repeated")
def a_second_pass_sweeps_the_rest(transcript: Transcript) -> Iterator[Observation]:
    clean = any(k.empty_before for k in _case(transcript, "empty"))
    for kill in _case(transcript, "again"):
        if clean:
            yield from _left(transcript, kill)
