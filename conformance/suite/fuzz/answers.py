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
    request_faults,
    size_of,
    story,
)
from conformance.judge.noted import by_number, notes
from conformance.spec.contract import Operation, contract
from conformance.suite.check import Judgement
from conformance.suite.fuzz.rule import Rule, has_body, takes_something
from conformance.suite.fuzz.told import is_envelope, is_told

SHOWN = 3
"""Occurrences that are cited: of hundreds, the first will do."""

SLOW_SECONDS = 4.0


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


def _is_refused(exchange: Exchange) -> bool:
    return 400 <= (exchange.status or 0) < 500


def _breaks_the_document(exchange: Exchange) -> bool:
    declared = contract().operation_for(exchange.method, exchange.path) is not None
    return declared and _is_refused(exchange) and bool(request_faults(exchange))


def _keeps_the_document(exchange: Exchange) -> bool:
    declared = contract().operation_for(exchange.method, exchange.path) is not None
    return declared and is_told(exchange) and not request_faults(exchange)


def _is_undeclared(exchange: Exchange) -> bool:
    none = contract().operation_for(exchange.method, exchange.path) is None
    return none and _is_refused(exchange)


def twice_is_as_once(transcript: Transcript) -> Iterator[Observation]:
    """FUZ-29: a second GET says as the first; a second DELETE is no server error."""
    known = dict(by_number(transcript))
    for facts in notes(transcript, "twice"):
        if not {facts["first"], facts["second"]} <= {*known}:
            continue
        first, second = known[facts["first"]], known[facts["second"]]
        if first.status is None or second.status is None:
            # What is not answered is FUZ-20.
            continue
        if is_told(first):
            yield occurred(first, second)
        alike = first.status == second.status or first.method == "DELETE"
        if not alike or second.status == 500:
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
        _judged("FUZ-10", is_told),
    ),
    Rule(
        "FUZ-21",
        "a generated request was refused in the envelope",
        _judged("FUZ-21", is_envelope),
        takes_something,
    ),
    Rule(
        "FUZ-22",
        "a generated request was answered as declared",
        _judged("FUZ-22", is_told),
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
)
"""What is asked of every answer."""
