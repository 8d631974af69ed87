"""What is wrong with somebody's OpenAPI document as such: its form, its references."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
STATUS = re.compile(r"[1-5](\d\d|XX)|default")
VARIABLE = re.compile(r"\{([^}]*)\}")


def description_faults(document: Any) -> tuple[str, ...]:
    """Every fault, as a place and what is wrong there; none for a valid document."""
    if not isinstance(document, dict):
        return ("the document is no object",)
    return tuple(
        dict.fromkeys((*_head(document), *_references(document), *_body(document)))
    )


def _head(document: Mapping[str, Any]) -> Iterator[str]:
    version = document.get("openapi")
    if not isinstance(version, str) or not re.match(r"3\.\d+\.\d+", version):
        yield f"openapi: {version!r} is no version 3"
    info = document.get("info")
    for name in ("title", "version"):
        if not isinstance(info, dict) or not isinstance(info.get(name), str):
            yield f"info.{name} is missing"
    if not isinstance(document.get("paths"), dict):
        yield "paths is missing"


def _references(document: Mapping[str, Any]) -> Iterator[str]:
    """The references that lead nowhere."""
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
            target = value.get("$ref")
            if isinstance(target, str) and target_of(document, target) is None:
                yield f"{target} leads nowhere"


def target_of(document: Mapping[str, Any], reference: str) -> Any:
    """What a reference within the document names; None where there is nothing."""
    file, _, pointer = reference.partition("#")
    place: Any = None if file else document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        place = place.get(name) if isinstance(place, dict) else None
    return place


def _body(document: Mapping[str, Any]) -> Iterator[str]:
    paths = document.get("paths")
    seen: set[str] = set()
    for path, item in paths.items() if isinstance(paths, dict) else ():
        if not path.startswith("/") or not isinstance(item, dict):
            yield f"paths: {path!r} is no path"
            continue
        for method in METHODS:
            if method in item:
                where = f"{method.upper()} {path}"
                shared = item.get("parameters")
                yield from _operation(document, where, path, item[method], shared)
                yield from _twice(item[method], seen)
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    for name, schema in schemas.items() if isinstance(schemas, dict) else ():
        if not jsonschema_rs.meta.is_valid(schema):
            yield f"components.schemas.{name} is no schema"


def _operation(
    document: Mapping[str, Any], where: str, path: str, operation: Any, shared: Any
) -> Iterator[str]:
    if not isinstance(operation, dict):
        yield f"{where} is no object"
        return
    responses = operation.get("responses")
    if not isinstance(responses, dict) or not responses:
        yield f"{where} declares no responses"
    for status in responses if isinstance(responses, dict) else ():
        if not STATUS.fullmatch(str(status)):
            yield f"{where} declares the response {status!r}"
    named = {
        found.get("name")
        for parameter in (*_objects(shared), *_objects(operation.get("parameters")))
        if (found := _followed(document, parameter)).get("in") == "path"
    }
    for missing in sorted(set(VARIABLE.findall(path)) - named):
        yield f"{where} declares no parameter {missing}"


def _objects(value: Any) -> list[dict[str, Any]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, dict)]


def _followed(document: Mapping[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """The object itself, or the one that it refers to."""
    target = value.get("$ref")
    if not isinstance(target, str):
        return value
    found = target_of(document, target)
    return found if isinstance(found, dict) else {}


def _twice(operation: Any, seen: set[str]) -> Iterator[str]:
    """The operation's id, where another has it too."""
    name = operation.get("operationId") if isinstance(operation, dict) else None
    if name in seen:
        yield f"the operationId {name} is there twice"
    elif isinstance(name, str):
        seen.add(name)
