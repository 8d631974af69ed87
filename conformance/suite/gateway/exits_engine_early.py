"""An entry that the venue fills before it answers has its exits all the same."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.venue import calls
from conformance.judge.venue_exits import attached, listed_at
from conformance.peers.engine.conduct import EventsFirst, Hold
from conformance.peers.engine.engine import ORDERS
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.engine_exits import PRICES, left_alone, note_exposure
from conformance.suite.exit_steps import exits_placed, orders_listed

NEEDS = Needs(engine=True, symbols=2, seconds=30)


async def script(strategy: Played) -> None:
    """One fill is told right before its entry's answer, one a good while before."""
    engine = strategy.engine
    stream = await strategy.stream()
    await engine.linked()
    first, held = strategy.symbols
    engine.next("POST", ORDERS, EventsFirst())
    entry = await strategy.place(symbol=first, quantity="5", **PRICES["BUY"])
    await strategy.announced(stream, entry.id, "ORDER_FILLED")
    await exits_placed(strategy, stream, first)
    hold = Hold()
    engine.next("POST", ORDERS, hold)
    async with asyncio.TaskGroup() as tasks:
        placing = tasks.create_task(
            strategy.place(symbol=held, quantity="3", **PRICES["BUY"])
        )
        await strategy.wait(
            stream,
            f"the fill of {held}",
            lambda heard: (
                heard.order.get("symbol") == held and heard.event == "ORDER_FILLED"
            ),
            strategy.pace.patience / 4,
        )
        hold.release()
    await strategy.announced(stream, placing.result().id, "ORDER_FILLED")
    await exits_placed(strategy, stream, held)
    for symbol in strategy.symbols:
        await orders_listed(strategy, symbol)
    note_exposure(strategy)


@check("EXI-91", occurs="an entry was filled before the venue had answered it")
def an_early_fill_gets_its_exits(transcript: Transcript) -> Iterator[Observation]:
    for each in attached(transcript):
        answers = [
            call.answered
            for call in calls(transcript, "POST", "orders")
            if isinstance(call.sent, dict)
            and call.sent.get("client_order_id") == each.entry.client_id
        ]
        answered = answers[0] if answers else None
        early = each.fills[0].entry if each.fills else None
        if answered is None or early is None or early.number > answered.number:
            continue
        at = listed_at(transcript, each.symbol)
        yield occurred(early, answered)
        for kind in ("stop", "limit"):
            legs = each.standing(kind, at)
            covered = sum((leg.left(at) for leg in legs), Decimal(0))
            if covered != each.filled(at):
                yield finding(
                    f"{each.filled(at)} of {each.entry.id} were filled before the "
                    f"venue had answered it; its {kind} exits that stand there cover "
                    f"{covered}.",
                    early,
                    answered,
                    *(leg.call.asked for leg in legs),
                    cause="Is a fill forgotten that comes before its exits are known?",
                )


@check("EXI-96", occurs="an entry with a stop loss was filled at the venue")
def nothing_is_unprotected_in_silence(
    transcript: Transcript,
) -> Iterator[Observation]:
    for symbol in transcript.header.symbols:
        yield from left_alone(transcript, symbol, protected=True)
