"""A cancel or a close that the venue did not answer is done once, and not told done."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.orders import announcements, asked
from conformance.judge.venue import Booked, booked, calls
from conformance.peers.engine.conduct import Conduct, Cut, How, Status, When
from conformance.peers.engine.engine import ONE_ORDER, ORDERS
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import check
from conformance.suite.exit_steps import position_path

NEEDS = Needs(engine=True, own=True, seconds=30)

FAILED = '{"error":{"message":"something went wrong"}}'

CANCELS: tuple[Conduct, ...] = (
    Status(500, FAILED),
    Status(503, FAILED),
    Cut(When.BEFORE, How.RST),
    Cut(When.ACCEPTED, How.RST),
)
CLOSES: tuple[Conduct, ...] = (
    Cut(When.ACCEPTED, How.RST),
    Cut(When.ANSWERED, How.RST),
    Status(502, FAILED, booked=True),
)
PART = "2"


async def script(strategy: Played) -> None:
    """Loses the answers to cancels of resting orders and to closes of a part."""
    engine = strategy.engine
    stream = await strategy.stream()
    await engine.linked()
    for conduct in CANCELS:
        order = await strategy.resting()
        engine.next("DELETE", ONE_ORDER, conduct)
        await strategy.cancel(order.id)
        engine.plainly()
        await strategy.show(order.id)
    await strategy.bought(stream, "10")
    for conduct in CLOSES:
        held = await strategy.positions()
        if held:
            engine.next("POST", ORDERS, conduct)
            strategy.note("lost-close", f"the answer to a close of {PART} is lost")
            await strategy.delete(position_path(held[0]), json={"quantity": PART})
            engine.plainly()
    await strategy.positions()
    await strategy.fence()


def _cancelled(transcript: Transcript, order: str) -> Iterator[Booked]:
    return (b for b in booked(transcript, "cancelled") if b.order == order)


@check("MOD-48", occurs="the venue did not answer a cancel with a success")
def an_unanswered_cancel_is_not_told_done(
    transcript: Transcript,
) -> Iterator[Observation]:
    failed = {
        call.segments[-1]: call
        for call in calls(transcript, "DELETE", "orders", None)
        if call.status is None or call.status >= 400
    }
    for order, call in failed.items():
        done = [b.entry.number for b in _cancelled(transcript, order)]
        before = done[0] if done else transcript.entries[-1].number + 1
        yield occurred(call.asked)
        for cancel in asked(transcript, "DELETE", "v1", "orders", order):
            if cancel.status == 200 and cancel.numbers[-1] < before:
                yield finding(
                    f"The venue answered the cancel of {order} with "
                    f"{call.status or 'nothing'} and it rests there; the strategy "
                    f"was told {cancel.status} {cancel.body}.",
                    cancel,
                    call.asked,
                )
        for said in announcements(transcript, order_id=order):
            if said.status == "CANCELLED" and said.entry.number < before:
                yield finding(
                    f"The venue answered the cancel of {order} with "
                    f"{call.status or 'nothing'} and it rests there; the stream told "
                    f"{said.event}.",
                    call.asked,
                    said.entry,
                )


@check("EXI-66", occurs="the venue took a close of a part and its answer was lost")
def a_lost_close_closes_its_part_once(
    transcript: Transcript,
) -> Iterator[Observation]:
    for close in asked(transcript, "DELETE", "v1", "positions", None):
        if close.status is None:
            continue
        sent = [
            call
            for call in calls(transcript, "POST", "orders")
            if close.request.number < call.asked.number < close.numbers[-1]
        ]
        if not sent:
            continue
        asked_for = [
            c.sent.get("quantity") if isinstance(c.sent, dict) else None for c in sent
        ]
        yield occurred(close, *(call.asked for call in sent))
        if asked_for != [PART]:
            yield finding(
                f"A close of {PART} whose answer was lost was sent to the venue "
                f"{len(sent)} times, over {', '.join(map(str, asked_for))}.",
                close,
                *(call.asked for call in sent),
            )
        if 400 <= close.status < 500 and close.status != 429:
            yield finding(
                f"The venue took a close of {PART} and its answer was lost; the "
                f"strategy was told {close.status}, as if it had been refused.",
                close,
                *(call.asked for call in sent),
            )
