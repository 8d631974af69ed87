"""The stream and REST tell one story of every order, in any script."""

from collections.abc import Iterator
from decimal import Decimal

from conformance.evidence.entry import Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.changes import fenced
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.findings_once import Once
from conformance.judge.orders import accepted
from conformance.judge.tellings import Telling, tellings
from conformance.suite.check import check

ZERO = Decimal(0)


def told_last(
    transcript: Transcript, told: list[Telling]
) -> Iterator[tuple[Telling, Telling]]:
    """The last message of an order, and each answer after it that a fence followed.

    The fence shows that no further message of the order was still to come.
    """
    messages = [t for t in told if t.channel]
    if not messages:
        return
    last, fence = messages[-1], fenced(transcript)
    for answer in told:
        if not answer.channel and last.was_before(answer) and answer.told < fence:
            yield last, answer


@check("LED-80", occurs="an order was asked for after its last message")
def the_last_message_and_the_answer_agree(
    transcript: Transcript,
) -> Iterator[Observation]:
    once = Once()
    for order_id, told in tellings(transcript).items():
        for last, answer in told_last(transcript, told):
            yield occurred(last.where, answer.where)
            stream, rest = _state(last), _state(answer)
            if stream != rest and once(order_id):
                yield finding(
                    f"The stream told order {order_id} last as {stream}; REST then "
                    f"tells it as {rest}.",
                    last.where,
                    answer.where,
                    key=f"order-{order_id}",
                )


def _state(telling: Telling) -> str:
    filled = telling.number("filled_quantity")
    shown = "an unknown part" if filled is None else f"{filled.normalize():f}"
    return f"{telling.order.get('status')} with {shown} filled"


@check("LED-81", occurs="an answer showed a fill while a stream was open all along")
def every_fill_is_announced(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    sent = {order.id: order.exchange.request.number for order in accepted(transcript)}
    fence = fenced(transcript)
    for order_id, told in tellings(transcript).items():
        for answer, stream in _watched(transcript, told, sent.get(order_id, 0), fence):
            filled = answer.number("filled_quantity") or ZERO
            heard = [t.number("filled_quantity") for t in told if t.channel == stream]
            most = max((h for h in heard if h is not None), default=ZERO)
            yield occurred(answer.where)
            if most < filled and once(order_id, stream):
                yield finding(
                    f"REST shows {filled} filled of order {order_id}; {stream} "
                    f"announced {most}.",
                    answer.where,
                    key=f"order-{order_id}",
                )


def _watched(
    transcript: Transcript, told: list[Telling], sent: int, fence: int
) -> Iterator[tuple[Telling, str]]:
    """Answers with a fill, and each stream open from the order's start to a fence."""
    ends = {e.data["stream"]: e.number for e in transcript.of_kind(Kind.CLOSED)}
    streams = [
        str(e.data["stream"])
        for e in transcript.of_kind(Kind.OPENED)
        if e.number < sent and ends.get(e.data["stream"], fence + 1) > fence
    ]
    for answer in told:
        filled = answer.number("filled_quantity")
        if not answer.channel and filled and answer.told < fence:
            for stream in streams:
                yield answer, stream


@check("LED-82", occurs="an order was asked for after a fill of it was announced")
def every_announced_fill_is_shown(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for order_id, told in tellings(transcript).items():
        for said in told:
            filled = said.number("filled_quantity")
            if not said.channel or not filled:
                continue
            for answer in told:
                shown = answer.number("filled_quantity")
                if answer.channel or shown is None or not said.was_before(answer):
                    continue
                yield occurred(said.where, answer.where)
                if shown < filled and once(order_id):
                    yield finding(
                        f"The stream announced {filled} filled of order {order_id}; "
                        f"REST then shows {shown}.",
                        said.where,
                        answer.where,
                        key=f"order-{order_id}",
                    )
