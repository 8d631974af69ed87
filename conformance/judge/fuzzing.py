"""What is wrong with the answer to one generated request, whatever went before it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.members import PLACEHOLDER
from conformance.evidence.transcript import Transcript, remembered
from conformance.spec.contract import SchemaFault, contract

NO_FAULT_OF_OURS = frozenset({501, 502, 503, 504})
"""Server errors that speak of a provider, and not of the Gateway itself."""

BELOW = frozenset({405, 408, 413, 414, 415, 417, 431, 505})
"""Refusals of what carries a request, before any operation has seen it."""

UNREAD = re.compile(
    r"deseriali|pars(?:e|ing)|\bjson\b|invalid type|missing field|syntax|"
    r"unknown (?:variant|field)|premature end|duplicate field",
    re.IGNORECASE,
)
"""What an error says of a request that could not be read."""

ENDLESS = re.compile(r"\d{26}")
"""More digits than any decimal of a venue has."""

MOST_DIGITS = 28
"""Digits of a number beyond which nobody need read it."""

LEGIBLE = 4096
"""Characters of a body beyond which it is no more about its fields."""

UNREADABLE = frozenset({400, 415, 422})
SAFE = frozenset({"OPTIONS", "HEAD"})
"""Methods that a server may answer on any path."""

DEBUG = re.compile(
    r"Traceback \(most recent|panicked at|RUST_BACKTRACE|goroutine \d+ \[|"
    r"\b[\w./-]+\.(?:rs|py|go|java|ts|js|cs|cpp):\d+|"
    r"File \\?\"[^\"]+\", line \d+|\bat [\w$.]+\([\w.]+:\d+\)|"
    r"/home/\w+|/root/|/usr/(?:src|local)/|/\.cargo/|site-packages|"
    r"\b(?:std|core|alloc|tokio|hyper|serde(?:_json)?)::\w+|"
    r"0x[0-9a-f]{8,}|BEGIN [A-Z ]*PRIVATE KEY"
)
"""What belongs in a log: stack traces, source files, addresses, paths, keys."""

KEY = "conformance-key-of-forty-characters-1234"
"""What a Gateway's key is where a script sets one, to ask without it."""

SHOWN = 140


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an answer; faults of one `key` have one cause."""

    requirement: str
    key: str
    sentence: str
    cause: str | None = None


@remembered
def generated(transcript: Transcript) -> Iterator[Exchange]:
    """The exchanges whose requests were generated, in order."""
    return (e for e in exchanges(transcript) if e.request.data["deliberate"])


def operation_key(exchange: Exchange) -> str:
    """The operation that a request addresses; its method and path where it is none."""
    operation = contract().operation_for(exchange.method, exchange.path)
    return f"{exchange.method} {exchange.path}" if operation is None else operation.key


def request_faults(
    exchange: Exchange, written: Callable[[str], str] = str
) -> tuple[SchemaFault, ...]:
    """What our document has against a request; a body of nothing is none.

    `written` is how its body is read.
    """
    sent = exchange.request.data
    body = sent["body"]
    return contract().request_faults(
        exchange.method,
        exchange.target,
        sent["headers"].get("content-type"),
        None if body is None or not body.strip() else written(body),
    )


def plainly(text: str) -> str:
    """A JSON object with the numbers in its texts written in plain digits."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(found, dict):
        return text
    return json.dumps({name: _plain(value) for name, value in found.items()})


def _plain(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    sane = number.is_finite() and abs(number.adjusted()) <= MOST_DIGITS
    return f"{number:f}" if sane else value


def story(exchange: Exchange) -> str:
    """What was sent, and what was answered, with values."""
    body = exchange.request.data["body"]
    sent = f"{exchange.method} {_short(exchange.target)}"
    if body:
        sent += f" with {_short(str(body))}"
    if exchange.response is None:
        lost = exchange.lost.data["reason"] if exchange.lost is not None else "nothing"
        return f"{sent} was not answered ({lost})"
    told = _short(str(exchange.response.data["body"]))
    return f"{sent} was answered with {exchange.status} {told or 'and no body'}"


def faults_of(exchange: Exchange) -> Iterator[Fault]:
    """Everything that is wrong with the answer to one generated request."""
    if exchange.response is None:
        yield from _unanswered(exchange)
        return
    yield from _server_error(exchange)
    yield from _debug_text(exchange)
    if contract().operation_for(exchange.method, exchange.path) is None:
        yield from _undeclared_method(exchange)
        return
    yield from _envelope(exchange)
    yield from _undeclared_status(exchange)
    yield from _form(exchange)


def _unanswered(exchange: Exchange) -> Iterator[Fault]:
    if exchange.lost is not None:
        key = f"{operation_key(exchange)} {exchange.lost.data['reason']}"
        cause = "Does this request end the Gateway, or its task?"
        yield Fault("FUZ-20", key, f"{story(exchange)}.", cause)


def _server_error(exchange: Exchange) -> Iterator[Fault]:
    status = exchange.status or 0
    if status >= 500 and status not in NO_FAULT_OF_OURS | BELOW:
        key = f"{operation_key(exchange)} {status} {_code(exchange)}"
        yield Fault("FUZ-10", key, f"{story(exchange)}.", "Is this input not foreseen?")


def _debug_text(exchange: Exchange) -> Iterator[Fault]:
    assert exchange.response is not None
    status, body = exchange.status or 0, str(exchange.response.data["body"])
    if status < 400:
        return
    # The user's own key was taken out of the answer, and its variable stands there.
    secret = next((each for each in (KEY, PLACEHOLDER) if each in body), None)
    found = DEBUG.search(body)
    told = secret or (found[0] if found is not None else None)
    if told is not None and told not in _sent(exchange):
        yield Fault(
            "FUZ-27",
            f"{operation_key(exchange)} {status}",
            f"{story(exchange)}: its error tells {told[:60]!r}.",
            None if secret else "Is an internal error passed on as it is?",
        )


def _undeclared_method(exchange: Exchange) -> Iterator[Fault]:
    status = exchange.status or 0
    if exchange.method not in SAFE and not 400 <= status < 500 and status != 501:
        key = f"{exchange.method} {_template(exchange)} {status // 100}"
        told = f"{story(exchange)}; no operation is declared there."
        yield Fault("FUZ-25", key, told)


def _envelope(exchange: Exchange) -> Iterator[Fault]:
    status = exchange.status or 0
    if status < 400 or status in BELOW or exchange.method == "HEAD":
        return
    for fault in _response_faults(exchange):
        if fault.keyword != "status":
            key = f"{operation_key(exchange)} {fault.pointer_masked} {fault.keyword}"
            told = f"{story(exchange)}, which is not the envelope: {fault.message}."
            yield Fault("FUZ-21", key, told)


def _undeclared_status(exchange: Exchange) -> Iterator[Fault]:
    operation = contract().operation_for(exchange.method, exchange.path)
    status = exchange.status or 0
    if operation is None or status in BELOW or status in operation.statuses:
        return
    key = f"{operation.key} {status}"
    told = f"{story(exchange)}; {operation.key} does not declare {status}."
    yield Fault("FUZ-22", key, told)


def _form(exchange: Exchange) -> Iterator[Fault]:
    """What is accepted though the document refuses it, and the other way round."""
    status, wrong = exchange.status or 0, _refused_by_the_document(exchange)
    key = operation_key(exchange)
    if wrong and 200 <= status < 300 and exchange.method != "HEAD":
        first = wrong[0]
        where = f"{key} {first.pointer_masked} {first.keyword}"
        told = f"{story(exchange)}, though {_reason(first)}."
        yield Fault("FUZ-23", where, told, "Is this field read loosely, or ignored?")
    if _is_allowed(exchange) and status in UNREADABLE and _is_unread(exchange):
        told = f"{story(exchange)}, though the document allows it."
        yield Fault("FUZ-24", f"{key} {_masked_message(exchange)}", told)


def _refused_by_the_document(exchange: Exchange) -> tuple[SchemaFault, ...]:
    """Its faults but for what a server may pass over.

    A description says nothing of parameters that it does not name; a parameter that is
    there and empty is as good as none; who reads more than 32 bits may do so, and so
    may who reads a number in every way of writing it (VAL-19).
    """
    empty = {f"?{name}" for name, value in exchange.query if not value}
    if len(str(exchange.request.data["body"] or "")) > LEGIBLE:
        # What is deeper or longer than our own parser reads is FUZ-30.
        return ()
    return tuple(
        fault
        for fault in request_faults(exchange, written=plainly)
        if fault.keyword not in {"parameter", "size"}
        and fault.pointer.split("/")[0] not in empty
    )


def _is_allowed(exchange: Exchange) -> bool:
    """Whether the document allows it to the letter, in sane figures.

    Each name once: but a list is written by its name, again and again.
    """
    lists = _lists_of(exchange)
    names = [name for name, _ in exchange.query if name not in lists]
    body = str(exchange.request.data["body"] or "")
    odd = len(names) > len({*names}) or _names_twice(body) or ENDLESS.search(body)
    return not odd and not request_faults(exchange)


def _lists_of(exchange: Exchange) -> frozenset[str]:
    operation = contract().operation_for(exchange.method, exchange.path)
    parameters = () if operation is None else operation.document.get("parameters", ())
    return frozenset(
        each["name"] for each in parameters if each["schema"].get("type") == "array"
    )


def _names_twice(text: str) -> bool:
    """Whether an object of a JSON text has a member twice: readers differ on those."""
    doubled: list[str] = []

    def look(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(pairs)
        if len(found) < len(pairs):
            doubled.append(text)
        return found

    try:
        json.loads(text, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return False
    return bool(doubled)


def _is_unread(exchange: Exchange) -> bool:
    """Whether its error says that it could not be read; a rule says something else."""
    assert exchange.response is not None
    return UNREAD.search(str(exchange.response.data["body"])) is not None


def _reason(fault: SchemaFault) -> str:
    return f"{fault.pointer or 'the request'}: {fault.message}"


def _response_faults(exchange: Exchange) -> tuple[SchemaFault, ...]:
    response = exchange.response
    if response is None or response.data.get("cut"):
        return ()
    return contract().response_faults(
        exchange.method,
        exchange.path,
        int(response.data["status"]),
        response.data["headers"].get("content-type"),
        str(response.data["body"]),
    )


def _template(exchange: Exchange) -> str:
    """The declared path that fits, by any method; the path where none does."""
    for method in ("GET", "POST", "PATCH", "DELETE"):
        operation = contract().operation_for(method, exchange.path)
        if operation is not None:
            return operation.template
    return exchange.path


def _code(exchange: Exchange) -> str:
    return str(_body(exchange).get("code", ""))


def _masked_message(exchange: Exchange) -> str:
    """An error's message without its values: what differs only in them is one."""
    message = str(_body(exchange).get("message", ""))
    return re.sub(r"[\"'`].*?[\"'`]|\d+", "…", message)[:80]


def _body(exchange: Exchange) -> Mapping[str, Json]:
    return exchange.body if isinstance(exchange.body, dict) else {}


def _sent(exchange: Exchange) -> str:
    return f"{exchange.target} {exchange.request.data['body']}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def size_of(exchange: Exchange) -> int:
    """How much a reader has to read of a request: the smallest shows a fault best."""
    sent = exchange.request.data
    headers = sum(len(n) + len(str(v)) for n, v in sent["headers"].items())
    return len(exchange.target) + len(str(sent["body"] or "")) + headers
