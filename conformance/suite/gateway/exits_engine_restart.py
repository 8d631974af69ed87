"""A Gateway that was stopped and started again still sees to the exits it accepted."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.venue_exits import Attached, attached, end_of
from conformance.peers.engine.engine import ONE_ORDER, ORDERS
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.engine_exits import PRICES, standing
from conformance.suite.exit_steps import exits_placed, orders_listed

NEEDS = Needs(engine=True, own=True, symbols=3, seconds=40)

LATER, STANDING, MEANWHILE = range(3)


async def script(strategy: Played) -> None:
    """One entry fills after the restart, one before it, one while nobody is there."""
    engine = strategy.engine
    engine.by_hand = engine.desk.names_positions = True
    stream = await strategy.stream()
    await engine.linked()
    limit = {"order_type": "LIMIT", "limit_price": "100", **PRICES["BUY"]}
    later, before, meanwhile = [
        await strategy.place(symbol=symbol, quantity="5", **limit)
        for symbol in strategy.symbols
    ]
    engine.fill(before.id, "5", "100")
    await exits_placed(strategy, stream, strategy.symbols[STANDING])
    await strategy.fence()
    kept = strategy.instance.environment.get("EXIT_STATE_FILE")
    await strategy.terminate()
    engine.fill(meanwhile.id, "5", "100")
    await strategy.start({} if kept is None else {"EXIT_STATE_FILE": kept})
    again = await strategy.stream("stream-2")
    await engine.linked(2)
    await strategy.fence()
    strategy.note("restarted", "the Gateway is back, with its state file")
    sent = len(engine.calls("POST", ORDERS))
    engine.fill(later.id, "5", "100")
    await strategy.announced(again, later.id, "ORDER_FILLED")
    await engine.called("POST", ORDERS, count=sent + 2)
    gone = len(engine.calls("DELETE", ONE_ORDER))
    for order_id, left in standing(engine, strategy.symbols[STANDING], "LIMIT"):
        engine.fill(order_id, left)
        await engine.called("DELETE", ONE_ORDER, gone + 1)
    await strategy.fence()
    for symbol in strategy.symbols:
        await orders_listed(strategy, symbol)
    engine.by_hand = False


def _restarts(transcript: Transcript) -> Iterator[Entry]:
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "restarted":
            yield entry


def _on(transcript: Transcript, place: int) -> Iterator[tuple[Entry, Attached]]:
    """The bracket in the symbol at this place, once the Gateway was back."""
    for back in _restarts(transcript):
        for each in attached(transcript):
            if each.symbol == transcript.header.symbols[place] and each.fills:
                yield back, each


def _covered(
    transcript: Transcript, back: Entry, each: Attached, what: str
) -> Iterator[Observation]:
    """What of an entry was filled is covered by exits at the venue in the end."""
    at = end_of(transcript).number
    yield occurred(back, each.fills[0].entry)
    for kind in ("stop", "limit"):
        covered = sum((leg.left(at) for leg in each.standing(kind, at)), Decimal(0))
        if covered != each.filled(at):
            yield finding(
                f"{each.filled(at)} of {each.entry.id} were filled {what}; its {kind} "
                f"exits at the venue cover {covered}.",
                each.entry.exchange,
                back,
                each.fills[0].entry,
            )


@check("EXI-26", occurs="an entry with exits filled after the Gateway's restart")
def pending_exits_come_after_a_restart(transcript: Transcript) -> Iterator[Observation]:
    for back, each in _on(transcript, LATER):
        what = "after the Gateway had been stopped and started again"
        yield from _covered(transcript, back, each, what)


@check("EXI-26", occurs="an exit that stood filled after the Gateway's restart")
def exits_end_together_after_a_restart(transcript: Transcript) -> Iterator[Observation]:
    for back, each in _on(transcript, STANDING):
        at = end_of(transcript).number
        fills = [
            change.entry
            for sent in each.exits
            for change in sent.changes
            if change.what == "filled" and change.entry.number > back.number
        ]
        if not fills:
            continue
        yield occurred(back, *fills)
        for left in each.standing("stop", at):
            yield finding(
                f"The take profit of {each.entry.id} filled after the Gateway had been "
                f"stopped and started again; its stop loss {left.order} over "
                f"{left.left(at)} still stands at the venue.",
                back,
                *fills,
                left.call.asked,
            )


@check("EXI-98", occurs="an entry with exits filled while the Gateway was away")
def what_filled_meanwhile_is_covered(transcript: Transcript) -> Iterator[Observation]:
    for back, each in _on(transcript, MEANWHILE):
        what = "while the Gateway was stopped, before it was started again"
        yield from _covered(transcript, back, each, what)
