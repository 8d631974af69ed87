"""Every answer and every error is what the API description says, in any script."""

import re
from collections.abc import Callable, Iterator

from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation, finding, occurred
from conformance.judge.findings_once import Once
from conformance.spec.contract import SchemaFault, contract
from conformance.suite.check import Judgement, check

BODIES = {
    "CON-20": ("GET /v1/account",),
    "CON-21": ("GET /v1/orders", "GET /v1/orders/history"),
    "CON-22": ("GET /v1/orders/{order_id}",),
    "CON-23": ("POST /v1/orders",),
    "CON-24": ("PATCH /v1/orders/{order_id}",),
    "CON-25": ("DELETE /v1/orders/{order_id}",),
    "CON-26": ("DELETE /v1/orders",),
    "CON-27": ("GET /v1/positions", "GET /v1/positions/{position_id}"),
    "CON-28": ("DELETE /v1/positions/{position_id}",),
    "CON-29": ("DELETE /v1/positions",),
    "CON-30": ("PATCH /v1/positions/{position_id}",),
    "CON-31": ("GET /v1/trades",),
    "CON-32": ("GET /v1/quotes/{symbol}",),
    "CON-33": ("GET /v1/bars/{symbol}",),
    "CON-34": ("GET /v1/capabilities",),
    "CON-35": ("GET /v1/status",),
    "CON-36": ("GET /v1/circuit-breakers", "POST /v1/circuit-breakers/reset"),
    "CON-37": ("GET /livez", "GET /readyz", "GET /health"),
}
"""Which operations' successes each requirement is about."""

_EXPONENT = re.compile(r'"-?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+" ')

ELSEWHERE = frozenset({"pattern", "format", "enum", "status", "content-type"})
"""Faults that have requirements of their own: each is told once."""


def key_of(exchange: Exchange) -> str | None:
    """The operation of an exchange, as "GET /v1/orders"; None if undeclared."""
    operation = contract().operation_for(exchange.method, exchange.path)
    return None if operation is None else operation.key


def faults(exchange: Exchange) -> tuple[SchemaFault, ...]:
    """What is wrong with the answer of an exchange; nothing where it was cut."""
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


def is_an_answer(exchange: Exchange) -> bool:
    """Whether it is a Gateway's answer at all, but for words, numbers and times.

    What answers 200 to everything keeps many a rule by saying nothing: only an answer
    of the declared status and shape shows that a rule was kept.
    """
    spelling = ELSEWHERE - {"status"}
    return (
        exchange.response is not None
        and isinstance(exchange.body, (dict, list))
        and (key_of(exchange) or "").partition("/")[2] not in ("", "metrics", "v1/ws")
        and all(fault.keyword in spelling for fault in faults(exchange))
    )


def _success_of(*keys: str) -> Judgement:
    def judged(transcript: Transcript) -> Iterator[Observation]:
        once = Once()
        for exchange in exchanges(transcript):
            status = exchange.status
            if status is None or not 200 <= status < 300 or exchange.method == "HEAD":
                continue
            if key_of(exchange) not in keys:
                continue
            if is_an_answer(exchange):
                yield occurred(exchange)
            for fault in faults(exchange):
                if fault.keyword not in ELSEWHERE and once(fault.pointer_masked):
                    yield finding(
                        f"{key_of(exchange)} was answered with {status} and a body "
                        f"that breaks its schema at {fault.pointer or 'its top'}: "
                        f"{fault.message}.",
                        exchange,
                    )

    return judged


for _id, _keys in BODIES.items():
    globals()[f"success_{_id.replace('-', '_').lower()}"] = check(
        _id, occurs=f"{' or '.join(_keys)} succeeded"
    )(_success_of(*_keys))


def _always(fault: SchemaFault) -> bool:
    return True


def _kind(
    keyword: str, what: str, told: Callable[[SchemaFault], bool] = _always
) -> Judgement:
    def judged(transcript: Transcript) -> Iterator[Observation]:
        once = Once()
        for exchange in exchanges(transcript):
            if key_of(exchange) is None or exchange.body is None:
                continue
            if is_an_answer(exchange):
                yield occurred(exchange)
            for fault in faults(exchange):
                if fault.keyword != keyword or not told(fault):
                    continue
                if once(key_of(exchange), fault.pointer_masked):
                    yield finding(
                        f"{exchange.method} {exchange.path} was answered with {what} "
                        f"at {fault.pointer}: {fault.message}.",
                        exchange,
                    )

    return judged


def _has_an_exponent(fault: SchemaFault) -> bool:
    """Whether the text is a finite number all the same, such as "1E5"."""
    return _EXPONENT.match(fault.message) is not None


def _is_no_number(fault: SchemaFault) -> bool:
    return not _has_an_exponent(fault)


decimals_are_numbers = check("CON-60", occurs="a body with JSON was answered")(
    _kind("pattern", "no decimal number", _is_no_number)
)
decimals_are_plain = check("CON-61", occurs="a body with JSON was answered")(
    _kind("pattern", "a decimal with an exponent", _has_an_exponent)
)
times_have_a_zone = check("CON-62", occurs="a body with JSON was answered")(
    _kind("format", "no date-time with a zone")
)
words_are_declared = check("CON-65", occurs="a body with JSON was answered")(
    _kind("enum", "an undeclared word")
)


@check("CON-66", occurs="a body with JSON was answered")
def no_field_is_undeclared(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for exchange in exchanges(transcript):
        if exchange.response is None or exchange.body is None:
            continue
        if is_an_answer(exchange):
            yield occurred(exchange)
        body = str(exchange.response.data["body"])
        for name in contract().undeclared_response_fields(
            exchange.method, exchange.path, int(exchange.status or 0), body
        ):
            if once(key_of(exchange), name):
                yield finding(
                    f"{key_of(exchange)} was answered with the field {name}, which is "
                    "not declared.",
                    exchange,
                )


@check("CON-48", occurs="a declared operation was answered")
def every_status_is_declared(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for exchange in exchanges(transcript):
        operation = contract().operation_for(exchange.method, exchange.path)
        if operation is None or exchange.status is None:
            continue
        if is_an_answer(exchange):
            yield occurred(exchange)
        new = exchange.status not in operation.statuses
        if new and once(operation.key, exchange.status):
            yield finding(
                f"{operation.key} was answered with {exchange.status}, which its "
                "description does not declare.",
                exchange,
            )


@check("CON-49", occurs="a request was answered")
def nothing_is_answered_with_an_internal_error(
    transcript: Transcript,
) -> Iterator[Observation]:
    for exchange in exchanges(transcript):
        if is_an_answer(exchange):
            yield occurred(exchange)
        if exchange.status == 500:
            yield finding(
                f"{exchange.method} {exchange.target} was answered with 500.", exchange
            )


def errors(transcript: Transcript) -> Iterator[Exchange]:
    """Every answer of 400 and above under /v1, of declared operations."""
    for exchange in exchanges(transcript):
        if exchange.status is not None and exchange.status >= 400:
            key = key_of(exchange)
            # The upgrade is answered by the WebSocket layer, not by an operation.
            if key is not None and "/v1/" in key and not key.endswith("/v1/ws"):
                yield exchange


def _errors(
    wrong: Callable[[Exchange], str | None], *, only_json: bool = True
) -> Judgement:
    def judged(transcript: Transcript) -> Iterator[Observation]:
        once = Once()
        for exchange in errors(transcript):
            if only_json and not isinstance(exchange.body, dict):
                continue
            yield occurred(exchange)
            told = wrong(exchange)
            if told is not None and once(key_of(exchange), exchange.status, told):
                yield finding(
                    f"{exchange.method} {exchange.target[:120]} was answered with "
                    f"{exchange.status} and {told}.",
                    exchange,
                    key=f"error-{told}" if "no error body" in told else None,
                )

    return judged


def _no_envelope(exchange: Exchange) -> str | None:
    body = exchange.body
    if isinstance(body, dict) and {"code", "message"} <= set(body):
        return None
    response = exchange.response
    assert response is not None
    media = response.data["headers"].get("content-type", "no content type")
    return f"no error body ({media})"


def _unknown_code(exchange: Exchange) -> str | None:
    codes = contract().statuses_of_codes
    code = exchange.body.get("code") if isinstance(exchange.body, dict) else None
    known = isinstance(code, str) and code in codes
    return None if known else f"the unknown code {code!r}"


def _code_of_another_status(exchange: Exchange) -> str | None:
    codes = contract().statuses_of_codes
    code = exchange.body.get("code") if isinstance(exchange.body, dict) else None
    wanted = codes.get(str(code))
    if wanted is None or wanted == exchange.status:
        return None
    return f"the code {code}, which belongs to {wanted}"


def _empty_message(exchange: Exchange) -> str | None:
    message = exchange.body.get("message") if isinstance(exchange.body, dict) else None
    good = isinstance(message, str) and message.strip()
    return None if good else f"the message {message!r}"


every_error_is_an_envelope = check("CON-40", occurs="an error was answered")(
    _errors(_no_envelope, only_json=False)
)
every_code_is_declared = check("CON-41", occurs="an error with a body was answered")(
    _errors(_unknown_code)
)
code_and_status_agree = check("CON-42", occurs="an error with a body was answered")(
    _errors(_code_of_another_status)
)
every_message_speaks = check("CON-43", occurs="an error with a body was answered")(
    _errors(_empty_message)
)


@check("CON-50", occurs="a body with JSON was answered")
def json_says_that_it_is_json(transcript: Transcript) -> Iterator[Observation]:
    once = Once()
    for exchange in exchanges(transcript):
        if exchange.response is None or not isinstance(exchange.body, (dict, list)):
            continue
        if is_an_answer(exchange):
            yield occurred(exchange)
        media = str(exchange.response.data["headers"].get("content-type", ""))
        if "json" not in media and once(key_of(exchange)):
            yield finding(
                f"{exchange.method} {exchange.path} was answered with JSON that calls "
                f"itself {media or 'nothing'}.",
                exchange,
            )
