"""Whoever asks is answered, in any script."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.findings_once import Once
from conformance.judge.venue import calls
from conformance.suite.check import check
from conformance.suite.gateway.invariants_contract import is_an_answer, key_of

HEAVY = 10_000
"""Rows: from here on an answer takes as long as it takes."""


@check("CON-74", occurs="a request was answered")
def every_request_is_answered(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    heavy = [x for x in exchanges(transcript) if _is_heavy(x)]
    for exchange in exchanges(transcript):
        if is_an_answer(exchange):
            yield occurred(exchange)
        key, lost = key_of(exchange), exchange.lost
        if key is None or lost is None or lost.data["reason"] != "timeout":
            continue
        if any(_beside(exchange, each) for each in heavy):
            # How long a huge answer may take, others' beside it, is judged elsewhere.
            continue
        if not _venue_owes(transcript, exchange) and once(key):
            yield finding(
                f"{key} was taken and never answered: {lost.data['detail']}.",
                exchange,
                cause="Does it wait for something that never comes?",
            )


def _is_heavy(exchange: Exchange) -> bool:
    """Whether it asks for more rows than anybody would."""
    limits = (value for name, value in exchange.query if name == "limit")
    return any(value.isdecimal() and int(value) >= HEAVY for value in limits)


def _beside(exchange: Exchange, other: Exchange) -> bool:
    """Whether both were waited for at a time."""
    return (
        exchange.request.number <= other.numbers[-1]
        and other.request.number <= exchange.numbers[-1]
    )


def _venue_owes(transcript: Transcript, exchange: Exchange) -> bool:
    """Whether the venue below had not answered either: then it is not the Gateway's."""
    given_up = exchange.numbers[-1]
    return any(
        call.status is None
        or call.answered is None
        or call.answered.number > given_up > call.asked.number
        for call in calls(transcript)
    )
