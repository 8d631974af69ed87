"""openapi-core, jsonschema and jsonschema-rs give one opinion of an answer."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
import referencing
from referencing.jsonschema import DRAFT202012

from conformance.evidence.exchange import Exchange, exchanges
from conformance.spec.contract import contract
from conformance.spec.documents import load_gateway_document
from conformance.spec.exchange_validation import openapi_core_fault
from fixtures.playing import embedded, modules_named, play_now

JSON = "application/json"
MODULES = ("contract-operations", "contract-errors", "brackets", "cancel")
HOME = "https://conformance.invalid/gateway.yaml"


@cache
def answers() -> dict[str, Exchange]:
    """One answer of each operation and status that the reference gives."""
    found: dict[str, Exchange] = {}
    for transcript in play_now(modules_named(MODULES), embedded()).transcripts:
        for exchange in exchanges(transcript):
            operation = contract().operation_for(exchange.method, exchange.path)
            if operation is not None and isinstance(exchange.body, (dict, list)):
                full = exchange.body or exchange.status != 200
                if full and exchange.method != "HEAD":
                    found.setdefault(f"{operation.key} {exchange.status}", exchange)
    return found


def altered(value: Any) -> Iterator[Any]:
    """The value with one thing wrong or missing at a time, and a few wholes."""
    yield from ({}, [], None, "text", 7)
    rows = value if isinstance(value, list) else [value]
    for name in rows[0] if rows and isinstance(rows[0], dict) else ():
        for wrong in ("", "not-a-date", 7, True, None, [], {}, "-1", "1e3"):
            other = copy.deepcopy(value)
            (other[0] if isinstance(other, list) else other)[name] = wrong
            yield other
        other = copy.deepcopy(value)
        del (other[0] if isinstance(other, list) else other)[name]
        yield other


def ours(exchange: Exchange, body: str) -> bool:
    assert exchange.status is not None
    return not contract().response_faults(
        exchange.method, exchange.path, exchange.status, JSON, body
    )


def openapi_cores(exchange: Exchange, body: str) -> bool:
    assert exchange.status is not None
    return (
        openapi_core_fault(exchange.method, exchange.path, exchange.status, JSON, body)
        is None
    )


@cache
def validator(key: str, status: int) -> jsonschema.Draft202012Validator:
    document = json.loads(json.dumps(load_gateway_document()))
    method, _, path = key.partition(" ")
    declared = document["paths"][path][method.lower()]["responses"][str(status)]
    if "$ref" in declared:
        declared = document["components"]["responses"][
            declared["$ref"].rpartition("/")[2]
        ]
    text = json.dumps(declared["content"][JSON]["schema"])
    resource = referencing.Resource(document, DRAFT202012)
    return jsonschema.Draft202012Validator(
        json.loads(text.replace('"$ref": "#/', f'"$ref": "{HOME}#/')),
        registry=referencing.Registry().with_resource(HOME, resource),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


def test_the_reference_answers_enough_to_compare() -> None:
    assert len(answers()) >= 25


@pytest.mark.parametrize("key", sorted(answers()))
def test_three_validators_agree(key: str) -> None:
    exchange = answers()[key]
    assert exchange.response is not None
    assert exchange.status is not None
    good = str(exchange.response.data["body"])
    assert ours(exchange, good)
    operation = key.rpartition(" ")[0]
    opinions = [
        (
            ours(exchange, body),
            openapi_cores(exchange, body),
            validator(operation, exchange.status).is_valid(json.loads(body)),
            body,
        )
        for body in (good, *map(json.dumps, altered(json.loads(good))))
    ]
    assert [o for o in opinions if not o[0] == o[1] == o[2]] == []
    assert not all(opinion[0] for opinion in opinions)


def test_both_refuse_an_undeclared_status_and_media_type() -> None:
    for status, media in ((299, JSON), (200, "text/plain")):
        told = contract().response_faults("GET", "/v1/account", status, media, "{}")
        theirs = openapi_core_fault("GET", "/v1/account", status, media, "{}")
        assert told
        assert theirs
