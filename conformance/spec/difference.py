"""Compares two OpenAPI documents: where they differ, and which of it is meant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place; `why` says why it is meant, and is empty where it is not."""

    where: str
    kind: str
    ours: str
    theirs: str
    why: str = ""

    @property
    def deliberate(self) -> bool:
        return bool(self.why)


def difference(
    ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Every difference, the deliberate ones with the reason our document gives."""
    found = [*_paths(ours, theirs), *_schemas(ours, theirs)]
    table = ours.get("x-deliberate", ())
    return tuple(_explained(each, table) for each in found)


def _explained(found: Difference, table: Any) -> Difference:
    for row in table:
        if row["kind"] == found.kind and fnmatchcase(found.where, row["where"]):
            return Difference(
                found.where, found.kind, found.ours, found.theirs, row["why"]
            )
    return found


def _paths(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[Difference]:
    mine, other = ours["paths"], theirs.get("paths", {})
    for path in dict.fromkeys((*mine, *other)):
        if path not in mine or path not in other:
            yield _one_sided(f"paths.{path}", "path", path in mine)
            continue
        for method in METHODS:
            where = f"paths.{path}.{method}"
            if (method in mine[path]) != (method in other[path]):
                yield _one_sided(where, "operation", method in mine[path])
            elif method in mine[path]:
                a, b = mine[path][method], other[path][method]
                yield from _operation(where, (ours, a), (theirs, b))


Side = tuple[Mapping[str, Any], Any]
"""A document, and a part of it."""


def _operation(where: str, ours: Side, theirs: Side) -> Iterator[Difference]:
    yield from _parameters(where, ours, theirs)
    yield from _responses(where, ours, theirs)
    bodies = [side[1].get("requestBody") for side in (ours, theirs)]
    if (bodies[0] is None) != (bodies[1] is None):
        yield _one_sided(f"{where}.requestBody", "body", bodies[0] is not None)
    elif bodies[0] is not None:
        a, b = (_json_schema(body) for body in bodies)
        yield from _values(f"{where}.requestBody", (ours[0], a), (theirs[0], b))


def _parameters(where: str, ours: Side, theirs: Side) -> Iterator[Difference]:
    mine, other = (
        {(p["name"], p["in"]): p for p in side[1].get("parameters", ())}
        for side in (ours, theirs)
    )
    for name, place in dict.fromkeys((*mine, *other)):
        here = f"{where}.parameters.{name}"
        a, b = mine.get((name, place)), other.get((name, place))
        if a is None or b is None:
            yield _one_sided(here, "parameter", a is not None)
            continue
        if bool(a.get("required")) != bool(b.get("required")):
            yield Difference(
                here, "required", str(a.get("required")), str(b.get("required"))
            )
        yield from _values(here, (ours[0], a["schema"]), (theirs[0], b["schema"]))


def _responses(where: str, ours: Side, theirs: Side) -> Iterator[Difference]:
    mine, other = ours[1]["responses"], theirs[1]["responses"]
    for status in dict.fromkeys((*mine, *other)):
        here = f"{where}.responses.{status}"
        if status not in mine or status not in other:
            yield _one_sided(here, "status", status in mine)
            continue
        a = _json_schema(_at(ours[0], mine[status]))
        b = _json_schema(_at(theirs[0], other[status]))
        yield from _values(here, (ours[0], a), (theirs[0], b))


def _schemas(
    ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Iterator[Difference]:
    mine = ours["components"]["schemas"]
    other = theirs.get("components", {}).get("schemas", {})
    for name in dict.fromkeys((*mine, *other)):
        where = f"schemas.{name}"
        if name not in mine or name not in other:
            yield _one_sided(where, "schema", name in mine)
        else:
            yield from _fields(where, (ours, mine[name]), (theirs, other[name]))


def _fields(where: str, ours: Side, theirs: Side) -> Iterator[Difference]:
    mine, other = (side[1].get("properties", {}) for side in (ours, theirs))
    required = [sorted(side[1].get("required", ())) for side in (ours, theirs)]
    if required[0] != required[1]:
        yield Difference(where, "required", *(", ".join(r) for r in required))
    if not mine and not other:
        yield from _values(where, ours, theirs)
    for name in dict.fromkeys((*mine, *other)):
        here = f"{where}.{name}"
        if name not in mine or name not in other:
            yield _one_sided(here, "field", name in mine)
        else:
            yield from _values(here, (ours[0], mine[name]), (theirs[0], other[name]))


def _values(where: str, ours: Side, theirs: Side) -> Iterator[Difference]:
    """Two schemas of one value, by what they allow: types, words, format, null."""
    a, b = shape(*ours), shape(*theirs)
    if a.nullable != b.nullable:
        yield Difference(where, "nullable", str(a.nullable), str(b.nullable))
    if a.decimal != b.decimal:
        yield Difference(where, "decimal", a.told, b.told)
    elif a.told != b.told:
        yield Difference(where, "type", a.told, b.told)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a schema allows, however it is written."""

    told: str
    nullable: bool
    decimal: bool


def shape(document: Mapping[str, Any], schema: Any) -> Shape:
    """A schema without its references and its ways of saying null."""
    if schema is None:
        return Shape("nothing", False, False)
    options = schema.get("oneOf", [schema])
    kinds = [o for o in options if o.get("type") != "null"]
    nullable = len(kinds) < len(options)
    schema = kinds[0] if kinds else {}
    name = schema.get("$ref", "").rpartition("/")[2]
    if name == "Decimal":
        return Shape("string", nullable, True)
    target = _at(document, schema)
    if name and "properties" in target:
        return Shape(name, nullable, False)
    types = target.get("type", "anything")
    if isinstance(types, list):
        nullable = nullable or "null" in types
        types = next((t for t in types if t != "null"), "null")
    return Shape(_told(document, target, types), nullable, False)


def _told(document: Mapping[str, Any], target: Any, types: str) -> str:
    if types == "array":
        return f"array of {shape(document, target.get('items', {})).told}"
    if "enum" in target:
        return "one of " + ", ".join(sorted(map(str, target["enum"])))
    bound = f" of {target['minimum']} or more" if "minimum" in target else ""
    return f"{types} {target.get('format', '')}".strip() + bound


def _json_schema(part: Any) -> Any:
    return part.get("content", {}).get("application/json", {}).get("schema")


def _at(document: Mapping[str, Any], schema: Any) -> Any:
    while "$ref" in schema:
        place: Any = document
        for part in schema["$ref"].partition("#/")[2].split("/"):
            place = place[part]
        schema = place
    return schema


def _one_sided(where: str, kind: str, in_ours: bool) -> Difference:
    there, missing = "is there", "is missing"
    return Difference(where, kind, *((there, missing) if in_ours else (missing, there)))
