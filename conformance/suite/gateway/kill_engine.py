"""A kill recipe that the venue obeys in part says what it could not do."""

from collections.abc import Iterator

from conformance.evidence.entry import Json
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.kills import Kill, held, kills, rows
from conformance.judge.orders import announcements
from conformance.judge.venue import booked, calls
from conformance.peers.engine.conduct import Refuse
from conformance.peers.engine.engine import ORDERS
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check

NEEDS = Needs(engine=True, own=True, symbols=3, seconds=30)

CLOSED = Refuse("the market of this symbol is closed", "MARKET_CLOSED")


async def script(strategy: Played) -> None:
    """One of two orders cannot be cancelled, one of two positions not be closed."""
    engine = strategy.engine
    stream = await strategy.stream()
    await engine.linked()
    one, two, rests = strategy.symbols
    await strategy.bought(stream, "3", symbol=one)
    await strategy.bought(stream, "2", symbol=two)
    stuck = await strategy.resting(symbol=rests)
    await strategy.resting(symbol=rests)
    await strategy.get("/v1/orders")
    await strategy.get("/v1/positions")
    await strategy.fence()
    engine.stick(stuck.id)
    await _kill(strategy, "partly", CLOSED)
    engine.free(stuck.id)
    await _kill(strategy, "again")
    await strategy.fence()


async def _kill(strategy: Played, case: str, refusal: Refuse | None = None) -> None:
    strategy.note("kill", f"the kill recipe: {case}", case=case)
    await strategy.delete("/v1/orders")
    await strategy.fence()
    await strategy.get("/v1/orders")
    if refusal is not None:
        strategy.engine.next("POST", ORDERS, refusal)
    await strategy.delete("/v1/positions")
    await strategy.get("/v1/positions")
    strategy.engine.plainly()


def _stuck(transcript: Transcript) -> Iterator[tuple[Kill, str]]:
    """The kill that could not cancel an order, and that order."""
    facts = transcript.note("stuck")
    for kill in kills(transcript):
        if facts is not None and kill.case == "partly" and kill.cancel.status == 200:
            yield kill, str(facts["id"])


@check("MOD-67", occurs="an order could not be cancelled by a cancel of all")
def what_could_not_be_cancelled_is_live(
    transcript: Transcript,
) -> Iterator[Observation]:
    for kill, stuck in _stuck(transcript):
        yield occurred(kill.cancel, kill.orders)
        cancelled = [b for b in booked(transcript, "cancelled") if b.order == stuck]
        last = cancelled[0].entry.number if cancelled else kill.last
        if not kill.failed_count:
            yield finding(
                f"The venue could not cancel {stuck}; the cancel of all orders tells "
                f"{kill.cancelled_count} cancelled and {kill.failed_count} failed.",
                kill.cancel,
            )
        if stuck not in {str(row.get("id")) for row in kill.live_orders}:
            yield finding(
                f"The venue could not cancel {stuck}; the list of orders after the "
                "cancel of all does not show it live.",
                kill.cancel,
                kill.orders,
            )
        for said in announcements(transcript, order_id=stuck):
            if said.status == "CANCELLED" and said.entry.number < last:
                yield finding(
                    f"The venue could not cancel {stuck}; it was told cancelled.",
                    kill.cancel,
                    said.entry,
                )


@check("KIL-16", occurs="an order could not be cancelled by a cancel of all")
def what_could_not_be_cancelled_is_named(
    transcript: Transcript,
) -> Iterator[Observation]:
    for kill, stuck in _stuck(transcript):
        if not kill.failed_count:
            continue
        body = kill.cancel.body
        named: Json = body.get("failed_order_ids") if isinstance(body, dict) else None
        yield occurred(kill.cancel)
        if not isinstance(named, list) or stuck not in named:
            yield finding(
                f"The venue could not cancel {stuck}; the cancel of all orders tells "
                f"{kill.failed_count} failed and names {named or 'none'}.",
                kill.cancel,
            )


@check("EXI-72", occurs="the venue refused one close of a close of all positions")
def a_close_of_all_goes_on(transcript: Transcript) -> Iterator[Observation]:
    for kill in kills(transcript):
        begun, ended = kill.close.numbers[0], kill.close.numbers[-1]
        asked = [
            call
            for call in calls(transcript, "POST", "orders")
            if begun < call.asked.number < ended
        ]
        refused = [call for call in asked if call.status == CLOSED.status]
        if kill.case != "partly" or not refused:
            continue
        yield occurred(kill.close, *(call.asked for call in refused))
        before, after = len(kill.positions_before), len(held(kill.held))
        if len(asked) < before:
            yield finding(
                f"{before} positions were held; the venue refused a close, and of a "
                f"close of all only {len(asked)} closes came there.",
                kill.close,
                *(call.asked for call in asked),
            )
        if kill.close.status == 200 and len(rows(kill.close)) < before:
            yield finding(
                f"{before} positions were held and the venue refused to close one; "
                "the close of all was answered with 200 and "
                f"{len(rows(kill.close))} orders, with no word of the other; "
                f"{after} are still held.",
                kill.close,
                kill.held,
            )
