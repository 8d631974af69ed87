"""Judges what a Gateway asks of the Engine, and what the Engine tells it."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import jsonschema_rs

from conformance.spec.documents import load_engine_document

EVENTS = {
    "candle": "CandleEvent",
    "order": "OrderEvent",
    "trade": "TradeEvent",
    "position": "PositionEvent",
    "account": "AccountEvent",
    "error": "ErrorEvent",
    "backtest_complete": "EndEvent",
}
"""What the Engine tells, and the schema that each type is held to."""

SAID = {"event_ack": "Acknowledgement", "ping": "Ping"}
"""What a Gateway may say on the Engine's stream."""


def call_fault(method: str, target: str, body: str | None) -> str | None:
    """What is wrong with a request to the Engine; None where nothing is.

    `target` is the raw path and query, `body` the raw text.
    """
    try:
        parts = urlsplit(target)
    except ValueError:
        return f"{target} is no target"
    found = _operation(method.lower(), parts.path)
    if found is None:
        return f"the Engine serves no {method} {parts.path}"
    parameters, operation = found
    return _query_fault(parameters, parts.query) or _body_fault(operation, body)


def event_fault(message: Mapping[str, Any]) -> str | None:
    """What is wrong with a message of the Engine; None where nothing is."""
    return _message_fault(EVENTS, message)


def said_fault(message: Any) -> str | None:
    """What is wrong with a Gateway's message to the Engine; None where nothing is."""
    if not isinstance(message, dict):
        return "the message is no object"
    return _message_fault(SAID, message)


def _message_fault(known: Mapping[str, str], message: Mapping[str, Any]) -> str | None:
    name = known.get(str(message.get("type")))
    if name is None:
        return f"nobody says {message.get('type')!r} on the Engine's stream"
    return _fault({"$ref": f"#/components/schemas/{name}"}, message)


Found = tuple[list[dict[str, Any]], Mapping[str, Any]]


def _operation(method: str, path: str) -> Found | None:
    given = path.split("/")
    for template, item in load_engine_document()["paths"].items():
        wanted = template.split("/")
        fits = len(wanted) == len(given) and all(
            want == part or (want[:1] == "{" and part)
            for want, part in zip(wanted, given, strict=True)
        )
        if fits and method in item:
            operation = item[method]
            own = operation.get("parameters", [])
            return [p for p in own if p["in"] == "query"], operation
    return None


def _query_fault(parameters: list[dict[str, Any]], query: str) -> str | None:
    given = parse_qsl(query, keep_blank_values=True)
    known = {p["name"]: p for p in parameters}
    for name, value in given:
        if name not in known:
            return f"the query has {name!r}, which the Engine does not know"
        fault = _fault(known[name]["schema"], value)
        if fault is not None:
            return f"the query's {name}: {fault}"
    missing = [
        n for n, p in known.items() if p.get("required") and n not in dict(given)
    ]
    return f"the query lacks {missing[0]!r}" if missing else None


def _body_fault(operation: Mapping[str, Any], body: str | None) -> str | None:
    wanted = operation.get("requestBody")
    if wanted is None:
        return None
    try:
        value = json.loads(body or "")
    except (ValueError, RecursionError):
        return "the body is no JSON"
    return _fault(wanted["content"]["application/json"]["schema"], value)


def _fault(schema: Mapping[str, Any], value: Any) -> str | None:
    try:
        error = next(_validator(json.dumps(schema)).iter_errors(value), None)
    except (ValueError, RecursionError) as unread:
        # The validator takes no value that is nested hundreds deep.
        return f"it cannot be held against the schema: {unread}"
    if error is None:
        return None
    where = "/".join(str(part) for part in error.instance_path)
    return f"{where}: {error.message}" if where else str(error.message)


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    document = load_engine_document()
    whole = {"components": document["components"], **json.loads(schema)}
    return jsonschema_rs.Draft202012Validator(whole)


def segments(target: str) -> tuple[str, ...]:
    """The parts of a raw path, percent-decoded."""
    path = re.sub(r"^/", "", urlsplit(target).path)
    return tuple(unquote(part) for part in path.split("/"))
