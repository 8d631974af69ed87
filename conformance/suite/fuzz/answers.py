"""The checks of how generated requests are answered, whatever the operation."""

from collections.abc import Callable, Iterator, Mapping

from conformance.evidence.entry import Json, Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript, remembered
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
    request_faults,
    size_of,
    story,
)
from conformance.spec.contract import Operation, contract
from conformance.suite.check import Judgement
from conformance.suite.fuzz.rule import Rule, has_body, takes_something
from conformance.suite.gateway.invariants_contract import is_an_answer

SHOWN = 3
"""Occurrences that are cited: of hundreds, the first will do."""

SLOW_SECONDS = 4.0


def notes(transcript: Transcript, name: str) -> Iterator[Mapping[str, Json]]:
    """The facts of every note of this name, in order."""
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == name:
            yield entry.data["facts"]


@remembered
def by_number(transcript: Transcript) -> Iterator[tuple[int, Exchange]]:
    """Every exchange, with its number."""
    return ((e.request.data["exchange"], e) for e in exchanges(transcript))


@remembered
def faulty(transcript: Transcript) -> Iterator[tuple[Fault, Exchange]]:
    """Every fault of every generated request, and the server errors of all others.

    What a script asks between them, to see what they did, is legal: only that it fails
    comes of what was generated.
    """
    for exchange in exchanges(transcript):
        ours = not exchange.request.data["deliberate"]
        for fault in faults_of(exchange):
            if not ours or fault.requirement == "FUZ-10":
                yield fault, exchange


def _grouped(transcript: Transcript, requirement: str) -> Iterator[Finding]:
    """One finding a cause, shown by its smallest request, and how many are alike."""
    groups: dict[str, list[tuple[Fault, Exchange]]] = {}
    for fault, exchange in faulty(transcript):
        if fault.requirement == requirement:
            groups.setdefault(fault.key, []).append((fault, exchange))
    chains = _chains(transcript)
    lonely = {f["key"]: f["alone"] for f in notes(transcript, "reduced")}
    for key, alike in groups.items():
        fault, exchange = min(alike, key=lambda pair: size_of(pair[1]))
        told = fault.sentence
        if len(alike) > 1:
            told += f" {len(alike)} requests show it."
        before = () if lonely.get(key, True) else chains(exchange)
        yield finding(
            told, *before, exchange, cause=fault.cause, key=f"{requirement} {key}"
        )


def _chains(transcript: Transcript) -> Callable[[Exchange], tuple[Exchange, ...]]:
    """The requests of a sequence that a request was made from, the first one first."""
    links: dict[str, int] = {}
    for facts in notes(transcript, "generated"):
        links |= facts["after"]
    known = dict(by_number(transcript))

    def chain(exchange: Exchange) -> tuple[Exchange, ...]:
        found: list[Exchange] = []
        number = links.get(str(exchange.request.data["exchange"]))
        while number is not None and known[number] not in found:
            found.insert(0, known[number])
            number = links.get(str(number))
        return tuple(found)

    return chain


def _judged(requirement: str, shows: Callable[[Exchange], bool]) -> Judgement:
    def judged(transcript: Transcript) -> Iterator[Observation]:
        shown = [e for e in generated(transcript) if shows(e)]
        for exchange in shown[:SHOWN]:
            yield occurred(exchange)
        yield from _grouped(transcript, requirement)

    judged.__name__ = f"answers_{requirement.lower().replace('-', '_')}"
    return judged


def _is_envelope(exchange: Exchange) -> bool:
    status, body = exchange.status or 0, exchange.body
    return status >= 400 and isinstance(body, dict) and {"code", "message"} <= {*body}


def _is_told(exchange: Exchange) -> bool:
    """A success of the declared shape, or an error in the envelope."""
    return _is_envelope(exchange) or _is_success(exchange) or _is_plain(exchange)


def _is_success(exchange: Exchange) -> bool:
    return 200 <= (exchange.status or 0) < 300 and is_an_answer(exchange)


def _is_plain(exchange: Exchange) -> bool:
    """The metrics, which are text."""
    response = exchange.response
    told = "" if response is None else str(response.data["body"])
    return exchange.path.endswith("/metrics") and "# TYPE " in told


def _is_refused(exchange: Exchange) -> bool:
    return 400 <= (exchange.status or 0) < 500


def _breaks_the_document(exchange: Exchange) -> bool:
    declared = contract().operation_for(exchange.method, exchange.path) is not None
    return declared and _is_refused(exchange) and bool(request_faults(exchange))


def _keeps_the_document(exchange: Exchange) -> bool:
    declared = contract().operation_for(exchange.method, exchange.path) is not None
    return declared and _is_told(exchange) and not request_faults(exchange)


def _is_undeclared(exchange: Exchange) -> bool:
    none = contract().operation_for(exchange.method, exchange.path) is None
    return none and _is_refused(exchange)


def every_request_is_answered(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-20: what is not answered names its culprit where one was found."""
    told = [e for e in generated(transcript) if _is_told(e)]
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
    for fault, exchange in faulty(transcript):
        number = exchange.request.data["exchange"]
        mine = fault.requirement == "FUZ-20"
        if mine and operation_key(exchange) not in blamed and number not in spared:
            blamed.add(operation_key(exchange))
            yield finding(fault.sentence, exchange, cause=fault.cause, key=fault.key)


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


def twice_is_as_once(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-29: a second GET says as the first; a second DELETE is no server error."""
    known = dict(by_number(transcript))
    for facts in notes(transcript, "twice"):
        if not {facts["first"], facts["second"]} <= {*known}:
            continue
        first, second = known[facts["first"]], known[facts["second"]]
        if _is_told(first) and second.status is not None:
            yield occurred(first, second)
        alike = first.status == second.status or first.method == "DELETE"
        if not alike or (second.status or 0) in {0, 500}:
            yield finding(f"{story(first)}; then {story(second)}.", first, second)


def nobody_gets_in_without_a_key(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-26: with a key set, the operation refuses a request without it."""
    if list(notes(transcript, "no-key")):
        raise NotVerified("the Gateway that runs has no key: needs --gateway-key-file")
    known = dict(by_number(transcript))
    for facts, name in _keys(transcript):
        exchange = known[facts["exchange"]]
        if exchange.status is None:
            continue
        yield occurred(exchange)
        if exchange.status != 401:
            told = f"With {name}, {story(exchange)}."
            yield finding(told, exchange, key=name)


def _keys(transcript: Transcript) -> Iterator[tuple[Mapping[str, Json], str]]:
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == "key":
            yield entry.data["facts"], entry.data["text"]


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


MOST_GROWN = 192 * 2**20
"""Bytes: our own process, where it is the subject, takes some for the transcript."""


def _is_guarded(operation: Operation) -> bool:
    return operation.template.startswith("/v1/")


def _can_be_refused(operation: Operation) -> bool:
    """The document itself refuses some requests: a field or parameter has a type."""
    return has_body(operation) or any(
        each["schema"] != {"type": "string"} and each["in"] == "query"
        for each in operation.document.get("parameters", [])
    )


def _repeats(operation: Operation) -> bool:
    return operation.method in {"GET", "DELETE"}


ANSWERS: tuple[Rule, ...] = (
    Rule(
        "FUZ-10",
        "a generated request was answered as declared",
        _judged("FUZ-10", _is_told),
    ),
    Rule(
        "FUZ-20",
        "a generated request was answered as declared",
        every_request_is_answered,
    ),
    Rule(
        "FUZ-21",
        "a generated request was refused in the envelope",
        _judged("FUZ-21", _is_envelope),
        takes_something,
    ),
    Rule(
        "FUZ-22",
        "a generated request was answered as declared",
        _judged("FUZ-22", _is_told),
    ),
    Rule(
        "FUZ-23",
        "a generated request that the document refuses was refused",
        _judged("FUZ-23", _breaks_the_document),
        _can_be_refused,
        in_sequences=False,
    ),
    Rule(
        "FUZ-24",
        "a generated request that the document allows was answered as declared",
        _judged("FUZ-24", _keeps_the_document),
    ),
    Rule(
        "FUZ-25",
        "a method that is not declared was refused",
        _judged("FUZ-25", _is_undeclared),
        in_sequences=False,
    ),
    Rule(
        "FUZ-26",
        "the operation was asked without a key that is set",
        nobody_gets_in_without_a_key,
        _is_guarded,
        in_sequences=False,
    ),
    Rule(
        "FUZ-27",
        "a generated request was refused",
        _judged("FUZ-27", _is_refused),
    ),
    Rule(
        "FUZ-29",
        "a request was sent twice",
        twice_is_as_once,
        _repeats,
        in_sequences=False,
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
"""What is asked of every answer."""
