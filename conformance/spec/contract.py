"""Judges one answer, request or stream message against our documents."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

from conformance.spec.documents import load_gateway_document, load_stream_document

METHODS = ("get", "put", "post", "delete", "patch")
ERROR = "#/components/responses/Error"
SHOWN = 160
LARGEST = {"int32": 2**31, "int64": 2**63}
UP = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One place where a message is not what its schema says.

    `keyword` is the schema's keyword, or status, content-type, json, type.
    """

    pointer: str
    message: str
    keyword: str

    @property
    def pointer_masked(self) -> str:
        """The pointer without the places in lists: one fault in every row is one."""
        parts = self.pointer.split("/")
        return "/".join("*" if part.isdigit() else part for part in parts)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `key` reads like "POST /v1/orders"."""

    method: str
    template: str
    document: Mapping[str, Any]

    @property
    def key(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def statuses(self) -> frozenset[int]:
        return frozenset(int(status) for status in self.document["responses"])

    def fits(self, raw_path: str) -> int | None:
        """How many segments of a raw path are named literally; None if it is another.

        A base path before it is passed over.
        """
        wanted = self.template.split("/")[1:]
        given = raw_path.split("/")[-len(wanted) :]
        if len(given) != len(wanted):
            return None
        pairs = list(zip(wanted, given, strict=True))
        # A step up makes it another path, for whoever tidies it on the way (RFC 3986).
        if UP & {*given}:
            return None
        if not all(part if want[0] == "{" else want == part for want, part in pairs):
            return None
        return sum(want[0] != "{" for want, _ in pairs)


MOST_PATHS = 20_000
"""Paths whose operation is remembered: the judging asks again and again."""


class Contract:
    """Our documents, compiled once."""

    def __init__(self) -> None:
        self._document = load_gateway_document()
        self._stream = load_stream_document()
        self._registry = jsonschema_rs.Registry(
            [("https://conformance.invalid/gateway.yaml", dict(self._document))]
        )
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self._found: dict[tuple[str, str], Operation | None] = {}
        self.operations = tuple(
            Operation(method.upper(), path, item[method])
            for path, item in self._document["paths"].items()
            for method in METHODS
            if method in item
        )

    @property
    def statuses_of_codes(self) -> Mapping[str, int]:
        """Which status each error code belongs to."""
        table: Mapping[str, int] = self._document["x-code-status"]
        return table

    def operation_for(self, method: str, raw_path: str) -> Operation | None:
        """The operation that a request addresses; literal segments win."""
        place = (method, raw_path)
        if place not in self._found:
            if len(self._found) > MOST_PATHS:
                self._found.clear()
            self._found[place] = self._look_up(method, raw_path)
        return self._found[place]

    def _look_up(self, method: str, raw_path: str) -> Operation | None:
        verb = "GET" if method == "HEAD" else method
        found = [
            (places, -len(operation.template), operation)
            for operation in self.operations
            if (places := operation.fits(raw_path)) is not None
        ]
        # The path comes first: PATCH /v1/orders/history changes no order of that name.
        best = max((row[:2] for row in found), default=None)
        for *place, operation in found:
            if tuple(place) == best and operation.method == verb:
                return operation
        return None

    def response_faults(
        self,
        method: str,
        raw_path: str,
        status: int,
        content_type: str | None,
        body: str,
    ) -> tuple[SchemaFault, ...]:
        """What is wrong with an answer: its status, its media type, its body."""
        operation = self.operation_for(method, raw_path)
        if operation is None:
            return ()
        declared = operation.document["responses"].get(str(status))
        if declared is None:
            told = f"{status} is not declared for {operation.key}"
            return (SchemaFault("", told, "status"),)
        content = _resolved(self._document, declared).get("content", {})
        if not content or method == "HEAD":
            return ()
        media = (content_type or "").partition(";")[0].strip().lower()
        if media not in content:
            wanted = next(iter(content))
            told = f"the content type is {content_type or 'missing'}, not {wanted}"
            return (SchemaFault("", told, "content-type"),)
        if media != "application/json":
            return ()
        return self._body_faults(content[media]["schema"], body)

    def request_faults(
        self, method: str, raw_target: str, content_type: str | None, body: str | None
    ) -> tuple[SchemaFault, ...]:
        """What is wrong with a request of ours: parameters and body."""
        raw_path, _, raw_query = raw_target.partition("?")
        operation = self.operation_for(method, raw_path)
        if operation is None:
            return (SchemaFault("", f"{method} {raw_path} is not declared", "path"),)
        found = [*self._parameter_faults(operation, raw_query)]
        declared = operation.document.get("requestBody")
        if declared is None or (body is None and not declared.get("required")):
            return tuple(found)
        if body is None:
            return (*found, SchemaFault("", "the body is missing", "required"))
        media = (content_type or "").partition(";")[0].strip()
        if media != "application/json":
            return (*found, SchemaFault("", f"content type {media!r}", "content-type"))
        schema = declared["content"]["application/json"]["schema"]
        return (*found, *self._body_faults(schema, body))

    def message_faults(
        self, text: str, *, from_server: bool
    ) -> tuple[SchemaFault, ...]:
        """What is wrong with a stream message; told apart by its `type` first."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            return (SchemaFault("", f"no JSON: {error}", "json"),)
        return self.faults_of_message(message, from_server=from_server)

    def faults_of_message(
        self, message: Any, *, from_server: bool
    ) -> tuple[SchemaFault, ...]:
        """What is wrong with a stream message that is parsed already."""
        side = "server" if from_server else "client"
        kind = message.get("type") if isinstance(message, dict) else None
        if not isinstance(kind, str) or kind not in self._stream[side]:
            return (SchemaFault("/type", f"unknown type {kind!r}"[:SHOWN], "type"),)
        return self._faults(self._stream[side][kind], f"{side}.{kind}", message)

    def undeclared_fields(self, text: str) -> tuple[str, ...]:
        """The fields of a server's message that its schema does not name."""
        message = json.loads(text)
        kind = message.get("type") if isinstance(message, dict) else None
        schema = self._stream["server"].get(kind)
        return () if schema is None else tuple(self._extra(schema, message, ""))

    def undeclared_response_fields(
        self, method: str, raw_path: str, status: int, body: str
    ) -> tuple[str, ...]:
        """The fields of an answer that its schema does not name."""
        operation = self.operation_for(method, raw_path)
        declared = operation and operation.document["responses"].get(str(status))
        if not declared:
            return ()
        content = _resolved(self._document, declared).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return ()
        return () if schema is None else tuple(self._extra(schema, value, ""))

    def _extra(self, schema: Any, value: Any, at: str) -> Iterator[str]:
        schema = self._deref(schema)
        if isinstance(value, list) and "items" in schema:
            for each in value:
                yield from self._extra(schema["items"], each, f"{at}[]")
        if not isinstance(value, dict):
            return
        for option in schema.get("oneOf", ()):
            if "properties" in self._deref(option):
                yield from self._extra(option, value, at)
        properties = schema.get("properties")
        for name, each in value.items() if properties is not None else ():
            if name not in properties:
                yield f"{at}.{name}".lstrip(".")
            else:
                yield from self._extra(properties[name], each, f"{at}.{name}")

    def _deref(self, schema: Any) -> Any:
        while "$ref" in schema:
            place: Any = self._document
            for part in schema["$ref"].partition("#/")[2].split("/"):
                place = place[part]
            schema = place
        return schema

    def _parameter_faults(
        self, operation: Operation, raw_query: str
    ) -> Iterator[SchemaFault]:
        given: dict[str, list[str]] = {}
        for name, value in parse_qsl(raw_query, keep_blank_values=True):
            given.setdefault(name, []).append(value)
        declared = {
            p["name"]: p
            for p in operation.document.get("parameters", ())
            if p["in"] == "query"
        }
        for name, parameter in declared.items():
            if parameter.get("required") and name not in given:
                yield SchemaFault(f"?{name}", "it is missing", "required")
        for name, values in given.items():
            if name not in declared:
                yield SchemaFault(f"?{name}", "it is not declared", "parameter")
            else:
                yield from self._value_faults(operation, declared[name], values)

    def _value_faults(
        self, operation: Operation, parameter: Mapping[str, Any], values: list[str]
    ) -> Iterator[SchemaFault]:
        schema = self._deref(parameter["schema"])
        kind = schema.get("type")
        value: Any = values[-1]
        if kind == "array":
            value = [part for each in values for part in each.split(",")]
        elif kind == "integer" and value.lstrip("-").isdigit():
            value = int(value)
        name = f"{operation.key}?{parameter['name']}"
        if isinstance(value, int) and not 0 <= abs(value) < LARGEST[schema["format"]]:
            told = f"{value} is no {schema['format']}"
            yield SchemaFault(f"?{parameter['name']}", told, "size")
        for fault in self._faults(parameter["schema"], name, value):
            pointer = f"?{parameter['name']}{fault.pointer}"
            yield SchemaFault(pointer, fault.message, fault.keyword)

    def _body_faults(self, schema: Any, body: str) -> tuple[SchemaFault, ...]:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError) as error:
            return (SchemaFault("", f"the body is no JSON: {error}", "json"),)
        return self._faults(schema, json.dumps(schema), value)

    def _faults(self, schema: Any, name: str, value: Any) -> tuple[SchemaFault, ...]:
        validator = self._validators.get(name)
        if validator is None:
            validator = self._compiled(schema)
            self._validators[name] = validator
        try:
            errors = () if validator.is_valid(value) else validator.iter_errors(value)
            return tuple(
                SchemaFault(
                    "".join(f"/{part}" for part in error.instance_path),
                    error.message[:SHOWN],
                    error.kind.name,
                )
                for error in errors
            )
        except UnicodeEncodeError:
            told = "it has half of a surrogate pair, which is no character"
            return (SchemaFault("", told, "json"),)

    def _compiled(self, schema: Any) -> jsonschema_rs.Draft202012Validator:
        text = json.dumps(schema)
        home = "https://conformance.invalid/gateway.yaml"
        text = text.replace('"$ref": "#/', f'"$ref": "{home}#/')
        text = text.replace('"$ref": "gateway.yaml#/', f'"$ref": "{home}#/')
        return jsonschema_rs.Draft202012Validator(
            json.loads(text), registry=self._registry, validate_formats=True
        )


def _resolved(document: Mapping[str, Any], declared: Any) -> Any:
    if declared.get("$ref") == ERROR:
        return document["components"]["responses"]["Error"]
    if "$ref" in declared:
        name = declared["$ref"].rpartition("/")[2]
        return document["components"]["responses"][name]
    return declared


@cache
def contract() -> Contract:
    """Our documents, compiled on first use."""
    return Contract()
