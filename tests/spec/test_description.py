"""A description of an API is held to OpenAPI, whoever wrote it."""

import copy
from typing import Any

import pytest

from conformance.spec.description import description_faults
from conformance.spec.documents import load_gateway_document


def document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {
            "/a/{x}": {
                "parameters": [{"$ref": "#/components/parameters/X"}],
                "get": {"operationId": "a", "responses": {"200": {}}},
            }
        },
        "components": {
            "parameters": {"X": {"name": "x", "in": "path", "required": True}},
            "schemas": {"S": {"type": "string"}},
        },
    }


def test_our_own_description_has_no_fault() -> None:
    assert description_faults(load_gateway_document()) == ()


def test_a_small_one_has_no_fault() -> None:
    assert description_faults(document()) == ()


FAULTS: tuple[tuple[tuple[str, ...], Any, str], ...] = (
    (("openapi",), "2.0", "openapi: '2.0' is no version 3"),
    (("info",), {"title": "A"}, "info.version is missing"),
    (("paths",), None, "paths is missing"),
    (("paths", "a"), {}, "paths: 'a' is no path"),
    (("paths", "/a/{x}", "get"), 3, "GET /a/{x} is no object"),
    (
        ("paths", "/a/{x}", "get", "responses"),
        {},
        "GET /a/{x} declares no responses",
    ),
    (
        ("paths", "/a/{x}", "get", "responses"),
        {"9": {}},
        "GET /a/{x} declares the response '9'",
    ),
    (
        ("paths", "/a/{x}", "parameters"),
        7,
        "GET /a/{x} declares no parameter x",
    ),
    (("components", "parameters"), {}, "#/components/parameters/X leads nowhere"),
    (
        ("components", "schemas", "S"),
        {"type": "text"},
        "components.schemas.S is no schema",
    ),
    (("components", "schemas", "S"), 3, "components.schemas.S is no schema"),
    (
        ("paths", "/b"),
        {"get": {"operationId": "a", "responses": {"200": {}}}},
        "the operationId a is there twice",
    ),
)


@pytest.mark.parametrize(("place", "value", "told"), FAULTS)
def test_a_fault_is_told_with_its_place(
    place: tuple[str, ...], value: Any, told: str
) -> None:
    spoiled = copy.deepcopy(document())
    inner = spoiled
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    assert told in description_faults(spoiled)


def test_what_is_no_object_is_no_description() -> None:
    assert description_faults([]) == ("the document is no object",)
