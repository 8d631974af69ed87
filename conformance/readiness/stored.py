"""Reads a readiness.json back as the value that it was written from."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from conformance.errors import BadFile
from conformance.readiness.model import SCHEMA_VERSION, Readiness

REPORT = "readiness.json"


def report_path(path: Path) -> Path:
    """The report in a run's folder, or the file itself."""
    return path / REPORT if path.is_dir() else path


def read_report(path: Path) -> dict[str, Any]:
    """What stands in a report's file, or in that of a run's folder.

    Raises BadFile where there is none.
    """
    where = report_path(path)
    try:
        found = json.loads(where.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(str(where), 0, error.strerror or str(error)) from error
    except ValueError as error:
        raise BadFile(str(where), 0, f"this is no report: {error}") from error
    if not isinstance(found, dict) or "schema_version" not in found:
        raise BadFile(str(where), 0, "this is no report: it has no schema_version")
    if found["schema_version"] != SCHEMA_VERSION:
        told = found["schema_version"]
        reason = f"its schema_version is {told!r}; this version reads {SCHEMA_VERSION}"
        raise BadFile(str(where), 0, reason)
    return found


def read_readiness(path: Path) -> Readiness:
    """The readiness in a report's file, or in that of a run's folder.

    Raises BadFile where there is none, or a field is not what it should be.
    """
    return readiness_of(read_report(path), str(report_path(path)))


def readiness_of(told: Mapping[str, Any], name: str = REPORT) -> Readiness:
    """The same of a report's plain values; a field that it does not know is let be."""
    try:
        found: Readiness = _value(Readiness, told, "")
    except _Unfit as unfit:
        raise BadFile(name, 0, str(unfit)) from None
    return found


class _Unfit(Exception):
    """A field that is not what it is declared as (a sentence)."""


def _unfit(where: str, kind: Any) -> _Unfit:
    return _Unfit(f"{where or 'the report'} is no {getattr(kind, '__name__', kind)}")


def _value(kind: Any, told: Any, where: str) -> Any:
    """A plain value as the kind that a field is declared as."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return told
    if origin in (Union, UnionType):
        return _optional(inner, told, where)
    if origin is tuple:
        return _several(kind, inner, told, where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        pairs = _of(Mapping, told, where).items()
        return {k: _value(inner[1], v, f"{where}.{k}") for k, v in pairs}
    if is_dataclass(kind):
        return _facts(kind, _of(Mapping, told, where), where)
    return _plain(kind, told, where)


def _optional(inner: tuple[Any, ...], told: Any, where: str) -> Any:
    if told is None and NoneType in inner:
        return None
    return _value(next(k for k in inner if k is not NoneType), told, where)


def _several(kind: Any, inner: tuple[Any, ...], told: Any, where: str) -> Any:
    rows = _of(list, told, where)
    kinds = [inner[0]] * len(rows) if inner[-1] is Ellipsis else list(inner)
    if len(kinds) != len(rows):
        raise _unfit(where, kind)
    pairs = enumerate(zip(kinds, rows, strict=True))
    return tuple(_value(k, row, f"{where}[{n}]") for n, (k, row) in pairs)


def _facts(kind: Any, told: Mapping[str, Any], where: str) -> Any:
    given = {}
    for field in fields(kind):
        inner = f"{where}.{field.name}".removeprefix(".")
        if field.name in told:
            declared = _kinds(kind)[field.name]
            given[field.name] = _value(declared, told[field.name], inner)
        elif not _has_default(field):
            raise _Unfit(f"{inner} is missing")
    return kind(**given)


@cache
def _kinds(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _has_default(field: "Field[Any]") -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _plain(kind: Any, told: Any, where: str) -> Any:
    if kind is float and type(told) in (int, float):
        return float(told)
    if kind is Decimal or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        try:
            return kind(_of(str, told, where))
        except (ValueError, InvalidOperation):
            raise _unfit(where, kind) from None
    if type(told) is not kind:
        raise _unfit(where, kind)
    return told


def _of(kind: Any, told: Any, where: str) -> Any:
    if not isinstance(told, kind):
        raise _unfit(where, kind)
    return told
