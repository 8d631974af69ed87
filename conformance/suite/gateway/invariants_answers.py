"""Whoever asks is answered, in any script."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.findings_once import Once
from conformance.judge.venue import calls
from conformance.suite.check import check
from conformance.suite.gateway.invariants_contract import is_an_answer, key_of


@check("CON-74", occurs="a request was answered")
def every_request_is_answered(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for exchange in exchanges(transcript):
        if is_an_answer(exchange):
            yield occurred(exchange)
        key, lost = key_of(exchange), exchange.lost
        if key is None or lost is None or lost.data["reason"] != "timeout":
            continue
        if not _venue_owes(transcript, exchange) and once(key):
            yield finding(
                f"{key} was taken and never answered: {lost.data['detail']}.",
                exchange,
                cause="Does it wait for something that never comes?",
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
