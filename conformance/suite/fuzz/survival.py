"""The checks of whether a Gateway lives through what is generated, beside others."""

from collections.abc import Iterator

from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import (
    Finding,
    NotVerified,
    Observation,
    finding,
    occurred,
)
from conformance.judge.fuzzing import (
    Fault,
    faults_of,
    generated,
    operation_key,
    story,
)
from conformance.judge.noted import by_number, notes
from conformance.suite.fuzz.rule import Rule
from conformance.suite.fuzz.told import is_told
from conformance.suite.gateway.invariants_contract import is_an_answer

SHOWN = 3
"""Occurrences that are cited: of hundreds, the first will do."""

SLOW_SECONDS = 4.0

MOST_GROWN = 192 * 2**20
"""Bytes: caches, and a heap that is never handed back, are no leak."""


def every_request_is_answered(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-20: what is not answered names its culprit where one was found."""
    told = [e for e in generated(transcript) if is_told(e)]
    for exchange in told[:SHOWN]:
        yield occurred(exchange)
    known = dict(by_number(transcript))
    blamed: set[str] = set()
    culprits = sorted(notes(transcript, "culprit"), key=lambda f: not f["confirmed"])
    for facts in culprits:
        exchange = known[facts["exchange"]]
        key = operation_key(exchange)
        if key not in blamed:
            blamed.add(key)
            yield _casualty(exchange, facts["confirmed"], key)
    spared = {facts["exchange"] for facts in notes(transcript, "costly")}
    spared |= {f["exchange"] for f in notes(transcript, "once-more") if f["answered"]}
    for fault, exchange in _unanswered(transcript):
        number = exchange.request.data["exchange"]
        if operation_key(exchange) not in blamed and number not in spared:
            blamed.add(operation_key(exchange))
            yield finding(fault.sentence, exchange, cause=fault.cause, key=fault.key)


def _unanswered(transcript: Transcript) -> Iterator[tuple[Fault, Exchange]]:
    for exchange in generated(transcript):
        for fault in faults_of(exchange):
            if fault.requirement == "FUZ-20":
                yield fault, exchange


def _casualty(exchange: Exchange, confirmed: bool | None, key: str) -> Finding:
    told = f"{story(exchange)}, and the Gateway was there no more"
    if confirmed:
        told += "; so it was when this was sent alone to a fresh one"
    elif confirmed is False:
        told += "; sent alone to a fresh one it did no harm, so something before did"
    cause = "Is something set aside, or reckoned, in the size that was asked for?"
    return finding(f"{told}.", exchange, cause=cause, key=f"{key} ended")


def costly_requests_are_refused(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-30: each is refused or cut off, and the next is served."""
    known = dict(by_number(transcript))
    for facts in notes(transcript, "costly"):
        if facts["exchange"] not in known:
            continue
        exchange, after = known[facts["exchange"]], known[facts["after"]]
        status = exchange.status
        if after.status == 200:
            yield occurred(exchange, after)
        has_a_body = bool(exchange.request.data["body"])
        if status is not None and 200 <= status < 300 and has_a_body:
            told = f"{story(exchange)}; nothing of this size or depth is a request."
            yield finding(told, exchange, key="accepted")
        if after.status != 200:
            told = f"{story(exchange)}; GET /livez after it got {after.status}."
            yield finding(told, exchange, after, key="broken")


def probes_are_answered_meanwhile(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-31: /livez, asked beside the generated requests."""
    for exchange in exchanges(transcript):
        if exchange.request.data["deliberate"] or not exchange.path.endswith("/livez"):
            continue
        lost = exchange.lost is not None and exchange.lost.data["reason"] == "timeout"
        response = exchange.response
        seconds = 0.0 if response is None else response.data["milliseconds"] / 1000
        if response is not None and is_an_answer(exchange):
            yield occurred(exchange)
        if lost or seconds > SLOW_SECONDS:
            took = f"{seconds:.1f} s" if not lost else f"over {SLOW_SECONDS:g} s"
            yield finding(
                f"While generated requests were at work, GET /livez took {took}.",
                exchange,
                cause="Does one costly request hold up every other?",
                key="slow",
            )


def memory_stays_bounded(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-14: what the process took at the end, against what it took at the start."""
    told = list(notes(transcript, "memory"))
    # A fresh instance was measured anew: only of one process can be told that it grew.
    alike = [facts for facts in told if facts["deaths"] == told[-1]["deaths"]]
    if len(alike) < 2:
        return
    first, last = alike[0], alike[-1]
    if first["bytes"] is None or last["bytes"] is None:
        raise NotVerified("needs --gateway-cmd: nobody sees what a remote one takes")
    grown = last["bytes"] - first["bytes"]
    sent = list(generated(transcript))
    if sent:
        yield occurred(sent[0], sent[-1])
    if grown > MOST_GROWN:
        yield finding(
            f"After {len(sent)} generated requests the process takes "
            f"{grown // 2**20} MiB more than before them.",
            sent[0],
            sent[-1],
            cause="Is something kept of every request?",
        )


SURVIVAL: tuple[Rule, ...] = (
    Rule(
        "FUZ-20",
        "a generated request was answered as declared",
        every_request_is_answered,
    ),
    Rule(
        "FUZ-30",
        "a request beyond all bounds was sent, and one after it was served",
        costly_requests_are_refused,
        in_sequences=False,
    ),
    Rule(
        "FUZ-31",
        "the probe was asked while generated requests were at work",
        probes_are_answered_meanwhile,
    ),
    Rule(
        "FUZ-14",
        "the process was measured before and after",
        memory_stays_bounded,
    ),
)
"""What is asked of the process that answers."""
