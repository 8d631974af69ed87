"""A close does what its body says, or refuses: never more than it was told."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.positions import Closing, closings
from conformance.peers.played import Played
from conformance.peers.scene import Needs
from conformance.suite.check import Judgement, check
from conformance.suite.exit_steps import closed, position_path

HELD = "10"


@dataclass(frozen=True, slots=True)
class Case:
    """One close with a body; `asks` is how much a right Gateway may close of 10.

    `refused` says that nothing but a refusal will do.
    """

    name: str
    body: str
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    asks: str = "0"
    refused: bool = True


CASES = (
    Case("truncated", '{"quantity":"5"'),
    Case("truncated-string", '{"quantity":"5'),
    Case("no-json", "quantity=5"),
    Case("no-content-type", '{"quantity":"5"}', (("content-type", ""),), "5", False),
    Case("negative", '{"quantity":"-5"}'),
    Case("zero", '{"quantity":"0"}'),
    Case("unknown-type", '{"order_type":"empty"}'),
    Case("unknown-type-part", '{"quantity":"5","order_type":"TELEPORT"}'),
    Case("limit-without-price", '{"quantity":"5","order_type":"LIMIT"}'),
    Case("no-decimal", '{"quantity":"five"}'),
    Case("wrong-type", '{"quantity":{"of":5}}'),
    Case("array", "[]"),
    Case("values", '["5", null, null]'),
    Case("null", "null", asks="10", refused=False),
    Case("part", '{"quantity":"3"}', asks="3", refused=False),
    Case("too-much", '{"quantity":"25"}', asks="10", refused=False),
)

NEEDS = Needs(symbols=len(CASES) + 1, seconds=30)


async def script(strategy: Played) -> None:
    """Holds 10 of a symbol a case, closes each with its body, lists what is left."""
    stream = await strategy.stream()
    symbols = dict(zip(CASES, strategy.symbols, strict=False))
    orders = [
        await strategy.place(symbol=symbol, quantity=HELD)
        for symbol in symbols.values()
    ]
    for order in orders:
        await strategy.announced(stream, order.id, "ORDER_FILLED")
    for case, symbol in symbols.items():
        strategy.note("case", f"close with the body {case.body}", case=case.name)
        await closed(
            strategy,
            stream,
            symbol,
            body=case.body,
            headers=dict(case.headers),
            deliberate=case.refused or not case.headers[0][1],
        )
    await _close_twice(strategy, strategy.symbols[len(CASES)])


async def _close_twice(strategy: Played, symbol: str) -> None:
    """Closes a position, and the same id once more when nothing is held."""
    stream = await strategy.stream("stream-2")
    await strategy.bought(stream, HELD, symbol=symbol)
    held = await strategy.positions(symbol)
    await closed(strategy, stream, symbol)
    if held:
        answer = await strategy.delete(position_path(held[0]))
        order_id = answer.field("id")
        if isinstance(order_id, str):
            await strategy.done(stream, order_id)
        await strategy.fence()
        await strategy.positions(symbol)


def _closings(transcript: Transcript) -> Iterator[tuple[Case, Closing]]:
    symbols = dict(zip(CASES, transcript.header.symbols, strict=False))
    for case, symbol in symbols.items():
        for closing in closings(transcript, symbol):
            if closing.before.quantity == Decimal(HELD):
                yield case, closing


def _refused(closing: Closing) -> bool:
    status = closing.exchange.status
    return status is not None and 400 <= status < 500


def _story(case: Case, closing: Closing) -> str:
    answer = closing.exchange.response
    body = str(answer.data["body"])[:120] if answer is not None else "no answer"
    return (
        f"A close with the body {case.body} ({case.name}) was answered with "
        f"{closing.exchange.status} {body}; of {closing.before.quantity} held, "
        f"{closing.after.quantity} were left"
    )


def _must_be_refused(*names: str) -> Judgement:
    def judged(transcript: Transcript) -> Iterator[Observation]:
        for case, closing in _closings(transcript):
            if case.name not in names:
                continue
            yield occurred(closing.exchange)
            if not _refused(closing) or closing.moved != 0:
                yield finding(
                    f"{_story(case, closing)}.",
                    closing.before.exchange,
                    closing.exchange,
                    closing.after.exchange,
                    cause="Is a body that cannot be read taken for none?"
                    if closing.moved == Decimal(HELD)
                    else "Is the body of a close not validated?",
                    key=f"close-{case.name}",
                )

    return judged


a_broken_body_closes_nothing = check(
    "EXI-53", occurs="a close whose body is no JSON object was answered"
)(_must_be_refused("truncated", "truncated-string", "no-json", "array", "values"))

a_negative_quantity_closes_nothing = check(
    "EXI-55", occurs="a close of a negative quantity was answered"
)(_must_be_refused("negative"))

a_quantity_of_zero_makes_no_order = check(
    "EXI-56", occurs="a close of a quantity of zero was answered"
)(_must_be_refused("zero"))

an_unknown_order_type_closes_nothing = check(
    "EXI-58", occurs="a close with an unknown order type was answered"
)(_must_be_refused("unknown-type", "unknown-type-part"))

a_limit_close_without_a_price_closes_nothing = check(
    "EXI-59", occurs="a close at a limit with no price was answered"
)(_must_be_refused("limit-without-price"))


@check("EXI-52", occurs="a close with a body was answered and the position listed")
def a_close_never_does_more_than_it_was_told(
    transcript: Transcript,
) -> Iterator[Observation]:
    for case, closing in _closings(transcript):
        yield occurred(closing.exchange, closing.after.exchange)
        enlarged = closing.moved < 0
        if enlarged or closing.moved > Decimal(case.asks):
            yield finding(
                f"{_story(case, closing)}: it may close {case.asks} at the most.",
                closing.before.exchange,
                closing.exchange,
                closing.after.exchange,
                cause="Does a negative quantity trade in the other direction?"
                if enlarged
                else "Is a body that cannot be read taken for none?",
                key=f"close-{case.name}",
            )


@check("EXI-54", occurs="a close of a part without a content type was answered")
def a_part_without_a_content_type_never_becomes_all(
    transcript: Transcript,
) -> Iterator[Observation]:
    for case, closing in _closings(transcript):
        if case.name == "no-content-type":
            yield occurred(closing.exchange)
            obeyed = closing.moved == Decimal(case.asks)
            if not obeyed and not (_refused(closing) and closing.moved == 0):
                yield finding(
                    f"{_story(case, closing)}.",
                    closing.exchange,
                    closing.after.exchange,
                    cause="Is a body without a content type thrown away?",
                    key="close-no-content-type",
                )


@check("EXI-51", occurs="a close of a part was accepted")
def a_close_of_a_part_closes_that_part(
    transcript: Transcript,
) -> Iterator[Observation]:
    for case, closing in _closings(transcript):
        if case.name == "part" and closing.exchange.status == 200:
            yield occurred(closing.exchange, closing.after.exchange)
            if closing.moved != Decimal(case.asks):
                yield finding(
                    f"{_story(case, closing)}; {case.asks} were asked for.",
                    closing.exchange,
                    closing.after.exchange,
                )


@check("EXI-61", occurs="a close with the body null was answered")
def a_close_with_null_closes_all(transcript: Transcript) -> Iterator[Observation]:
    for case, closing in _closings(transcript):
        if case.name == "null":
            yield occurred(closing.exchange, closing.after.exchange)
            if closing.exchange.status != 200 or closing.after.quantity != 0:
                yield finding(
                    f"{_story(case, closing)}; null is a body that may be sent, and "
                    "names no quantity.",
                    closing.exchange,
                    closing.after.exchange,
                )


@check("EXI-57", occurs="a close of more than the position was answered")
def a_close_of_too_much_never_turns_the_position(
    transcript: Transcript,
) -> Iterator[Observation]:
    for case, closing in _closings(transcript):
        if case.name == "too-much":
            yield occurred(closing.exchange, closing.after.exchange)
            if closing.after.quantity < 0:
                yield finding(
                    f"{_story(case, closing)}: the position was turned.",
                    closing.exchange,
                    closing.after.exchange,
                )


def _whole(transcript: Transcript) -> list[Closing]:
    return list(closings(transcript, transcript.header.symbols[len(CASES)]))


@check("EXI-50", occurs="a close without a body was accepted")
def a_close_without_a_body_closes_all(transcript: Transcript) -> Iterator[Observation]:
    for closing in _whole(transcript)[:1]:
        if closing.exchange.status == 200 and closing.before.quantity:
            yield occurred(closing.exchange, closing.after.exchange)
            if closing.after.quantity != 0:
                yield finding(
                    f"A close without a body left {closing.after.quantity} of "
                    f"{closing.before.quantity}.",
                    closing.exchange,
                    closing.after.exchange,
                )


@check("EXI-64", occurs="a close of a position that was flat was answered")
def a_repeated_close_opens_nothing(transcript: Transcript) -> Iterator[Observation]:
    for closing in _whole(transcript)[1:]:
        if closing.before.quantity == 0:
            yield occurred(closing.exchange, closing.after.exchange)
            if closing.after.quantity != 0:
                yield finding(
                    "A close repeated when nothing was held left a position of "
                    f"{closing.after.quantity}.",
                    closing.exchange,
                    closing.after.exchange,
                )
