"""The checks that every table of bad requests shares: refused, traceless, survived."""

from collections.abc import Collection, Iterator, Mapping

from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.refusals import (
    Tried,
    announced_traces,
    listed_traces,
    tried,
    valid_ones,
)
from conformance.suite.check import Judgement, check

BAD_REQUEST = frozenset({400})
ANY_REFUSAL = frozenset(range(400, 600))
"""Whether it is the client's fault is VAL-103."""

SERVER_FAULTS = frozenset(range(500, 600)) - {501, 503}


def refuses(
    requirement: str,
    occurs: str,
    names: Collection[str],
    statuses: Collection[int] = BAD_REQUEST,
) -> Judgement:
    """Checks that these cases of the table were answered with one of the statuses."""

    def judged(transcript: Transcript) -> Iterator[Observation]:
        for case in tried(transcript):
            if case.name not in names or case.status is None:
                continue
            yield occurred(case.exchange)
            if case.status not in statuses:
                yield finding(
                    f"{case.story}.",
                    case.exchange,
                    cause=_cause(case),
                    key=f"refuses-{case.name}",
                )

    judged.__name__ = f"refuses_{requirement.lower().replace('-', '_')}"
    return check(requirement, occurs=occurs)(judged)


def _cause(case: Tried) -> str | None:
    return "Is this field not validated?" if case.accepted else None


def leaves_no_order() -> Judgement:
    """Checks that lists asked for after the table show nothing of what was refused."""

    def a_refused_request_leaves_nothing_behind(
        transcript: Transcript,
    ) -> Iterator[Observation]:
        last = _last_refusal(transcript)
        if last is None:
            return
        for exchange in _lists_after(transcript, last):
            yield occurred(last, exchange)
        for trace in listed_traces(transcript):
            yield finding(
                f"After a request that was refused, {trace.what}.",
                trace.where,
                cause="Is an order booked before it is validated?",
                key=trace.what,
            )

    return check("VAL-100", occurs="lists were asked for after a refused request")(
        a_refused_request_leaves_nothing_behind
    )


def announces_nothing() -> Judgement:
    """Checks that the stream told nothing, up to a fence, of what was refused."""

    def a_refused_request_announces_nothing(
        transcript: Transcript,
    ) -> Iterator[Observation]:
        last, fence = _last_refusal(transcript), transcript.note("fence")
        if last is not None and fence is not None and fence["passed"]:
            yield occurred(last)
        for trace in announced_traces(transcript):
            yield finding(
                f"Of a request that was refused, {trace.what}.",
                trace.where,
                cause="Is an order announced before it is validated?",
            )

    return check("VAL-101", occurs="a fence passed after a refused request")(
        a_refused_request_announces_nothing
    )


def serves_the_next() -> Judgement:
    """Checks that valid orders sent after refused requests were taken."""

    def a_valid_order_is_served_after_a_refusal(
        transcript: Transcript,
    ) -> Iterator[Observation]:
        refusals = [case for case in tried(transcript) if case.refused]
        for valid in valid_ones(transcript):
            number = valid.request.number
            before = [c for c in refusals if c.exchange.request.number < number]
            if not before:
                continue
            yield occurred(before[-1].exchange, valid)
            if _not_served(valid):
                yield finding(
                    f"After {before[-1].name} was refused, a valid order was answered "
                    f"with {valid.status or 'nothing'}.",
                    before[-1].exchange,
                    valid,
                    cause="Does a bad request break what comes after it?",
                )

    return check("VAL-102", occurs="a valid order was sent after a refused request")(
        a_valid_order_is_served_after_a_refusal
    )


def _not_served(valid: Exchange) -> bool:
    return valid.status is None or valid.status == 400 or valid.status in SERVER_FAULTS


def blames_the_client() -> Judgement:
    """Checks that no case was answered as the server's fault, or cut off."""

    def a_bad_request_is_the_clients_fault(
        transcript: Transcript,
    ) -> Iterator[Observation]:
        for case in tried(transcript):
            if case.status is not None:
                yield occurred(case.exchange)
            lost = case.exchange.lost
            broken = lost is not None and lost.data["reason"] == "broken"
            if broken or case.exchange.status in SERVER_FAULTS:
                yield finding(f"{case.story}.", case.exchange, key=f"5xx-{case.name}")

    return check("VAL-103", occurs="an order body that is broken was answered")(
        a_bad_request_is_the_clients_fault
    )


def names_the_field(fields: Mapping[str, str]) -> Judgement:
    """Checks that each refusal names its case's field, in its details or message."""

    def a_refusal_names_the_field(transcript: Transcript) -> Iterator[Observation]:
        for case in tried(transcript):
            field = fields.get(case.name)
            if field is None or case.status != 400:
                continue
            yield occurred(case.exchange)
            if field not in _explanation(case):
                yield finding(
                    f"{case.story}, which does not name {field}.",
                    case.exchange,
                    key=f"names-{field}",
                )

    return check("VAL-69", occurs="an order with one wrong field was refused")(
        a_refusal_names_the_field
    )


def _explanation(case: Tried) -> str:
    body = case.exchange.body
    if not isinstance(body, dict):
        return ""
    return f"{body.get('details')} {body.get('message')}"


def _last_refusal(transcript: Transcript) -> Exchange | None:
    refusals = [case.exchange for case in tried(transcript) if case.refused]
    return refusals[-1] if refusals else None


def _lists_after(transcript: Transcript, last: Exchange) -> Iterator[Exchange]:
    for exchange in exchanges(transcript):
        later = exchange.request.number > last.request.number
        listed = exchange.method == "GET" and isinstance(exchange.body, list)
        if later and listed and exchange.status == 200:
            yield exchange
