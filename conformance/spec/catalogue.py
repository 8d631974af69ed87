"""Which requirements there are: it reads, checks and names the catalogue's files."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import cast

from conformance.errors import SuiteFault

FILE_ORDER = (
    "contract",
    "validation",
    "orders",
    "modify_cancel",
    "fills_ledger",
    "exits",
    "stream",
    "platforms",
    "authentication",
    "operation",
    "kill",
    "pacing",
    "rejections",
    "connectivity",
    "broker",
    "fuzz",
    "strategy",
    "session",
)
FAILURE_MODES = (
    "duplicate-orders",
    "stuck-positions",
    "missed-data",
    "order-rejections",
    "orphaned-positions",
    "wrong-trading-hours",
)
NEEDS = ("any", "mock", "engine", "venue", "strategy", "session", "fuzz")
ITEMS = range(1, 10)
WAITS = (0, 4, 5, 6, 7, 8)
SCENARIO = re.compile(r"[GS]-\d{3}")
FAMILY_KEYS = ("family", "title", "prefix", "requirement")


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"


ONE_ORDER = "axiom: an order exists once"
"""The source of what is graver than all else: two orders where one was meant."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One sentence a subject is judged by, and where it comes from."""

    id: str
    family: str
    level: Level
    sentence: str
    source: str
    items: tuple[int, ...] = ()
    failure_modes: tuple[str, ...] = ()
    catalogue: tuple[str, ...] = ()
    needs: str = "any"
    waits_for: int = 0
    safety: bool = False
    excluded: str = ""
    capability: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """One file of the catalogue; its prefix begins the ids of its requirements."""

    name: str
    title: str
    prefix: str


ENTRY_KEYS = {field.name for field in fields(Requirement)} - {"family"}


def load_catalogue() -> tuple[Requirement, ...]:
    """Return every requirement, file by file, each as it is written."""
    return _catalogue()[1]


def families() -> tuple[Family, ...]:
    """Return the families in the order of the files."""
    return _catalogue()[0]


def requirement(requirement_id: str) -> Requirement:
    """Return the requirement of that id; an unknown id is a fault of the suite."""
    found = _by_id().get(requirement_id)
    if found is None:
        raise SuiteFault(f"there is no requirement {requirement_id}")
    return found


@cache
def catalogue_sha256() -> str:
    """Return the requirement set's identity: it changes when any requirement does."""
    digest = hashlib.sha256()
    for each in load_catalogue():
        values = [getattr(each, field.name) for field in fields(Requirement)]
        digest.update(repr([_plain(value) for value in values]).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def parse_catalogue(
    files: Iterable[tuple[str, str]],
) -> tuple[tuple[Family, ...], tuple[Requirement, ...]]:
    """Read pairs of file name and text; what is wrong is named by file and id."""
    found_families: list[Family] = []
    found: list[Requirement] = []
    seen: set[str] = set()
    for name, text in files:
        family, entries = _parse_file(name, text)
        if any(family.prefix == other.prefix for other in found_families):
            raise SuiteFault(f"{name}: prefix {family.prefix} is used twice")
        found_families.append(family)
        for entry in entries:
            if entry.id in seen:
                raise SuiteFault(f"{name}: {entry.id} is there twice")
            seen.add(entry.id)
            found.append(entry)
    return tuple(found_families), tuple(found)


@cache
def _catalogue() -> tuple[tuple[Family, ...], tuple[Requirement, ...]]:
    return parse_catalogue(_files())


@cache
def _by_id() -> dict[str, Requirement]:
    return {each.id: each for each in load_catalogue()}


def _files() -> list[tuple[str, str]]:
    folder = resources.files("conformance.spec") / "requirements"
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    found.sort(key=lambda entry: _file_rank(entry.name))
    return [(entry.name, entry.read_text(encoding="utf-8")) for entry in found]


def _file_rank(name: str) -> tuple[int, str]:
    stem = name.removesuffix(".toml")
    rank = FILE_ORDER.index(stem) if stem in FILE_ORDER else len(FILE_ORDER)
    return rank, stem


def _parse_file(name: str, text: str) -> tuple[Family, list[Requirement]]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SuiteFault(f"{name}: {error}") from error
    unknown = sorted(set(table) - set(FAMILY_KEYS))
    if unknown:
        raise SuiteFault(f"{name}: unknown key {unknown[0]}")
    family = Family(
        _string(table, "family", name),
        _string(table, "title", name),
        _string(table, "prefix", name),
    )
    entries = table.get("requirement", [])
    return family, [_parse_entry(name, family, entry) for entry in entries]


def _parse_entry(name: str, family: Family, entry: Mapping[str, object]) -> Requirement:
    where = f"{name}, {entry.get('id', 'an entry without id')}"
    unknown = sorted(set(entry) - ENTRY_KEYS)
    if unknown:
        raise SuiteFault(f"{where}: unknown key {unknown[0]}")
    parsed = Requirement(
        id=_string(entry, "id", where),
        family=family.name,
        level=_level(entry, where),
        sentence=_string(entry, "sentence", where),
        source=_string(entry, "source", where),
        items=cast("tuple[int, ...]", _several(entry, "items", int, where)),
        failure_modes=cast(
            "tuple[str, ...]", _several(entry, "failure_modes", str, where)
        ),
        catalogue=cast("tuple[str, ...]", _several(entry, "catalogue", str, where)),
        needs=_string(entry, "needs", where, "any"),
        waits_for=_whole_number(entry, "waits_for", where),
        safety=_flag(entry, "safety", where),
        excluded=_string(entry, "excluded", where, ""),
        capability=_string(entry, "capability", where, ""),
    )
    _check_entry(parsed, family, where)
    return parsed


def _check_entry(entry: Requirement, family: Family, where: str) -> None:
    if not re.fullmatch(rf"{re.escape(family.prefix)}-\d+", entry.id):
        raise SuiteFault(f"{where}: the id is not {family.prefix}-<number>")
    if entry.excluded and entry.waits_for:
        raise SuiteFault(f"{where}: it is both excluded and waiting")
    _known(entry.items, ITEMS, "item", where)
    _known(entry.failure_modes, FAILURE_MODES, "failure mode", where)
    _known((entry.needs,), NEEDS, "need", where)
    _known((entry.waits_for,), WAITS, "issue", where)
    for scenario in entry.catalogue:
        if not SCENARIO.fullmatch(scenario):
            raise SuiteFault(f"{where}: unknown scenario {scenario}")


def _known(
    values: Iterable[object], known: Iterable[object], word: str, where: str
) -> None:
    allowed = tuple(known)
    for value in values:
        if value not in allowed:
            raise SuiteFault(f"{where}: unknown {word} {value}")


def _level(entry: Mapping[str, object], where: str) -> Level:
    value = _string(entry, "level", where)
    if value not in Level.__members__:
        raise SuiteFault(f"{where}: level {value} is neither MUST nor SHOULD")
    return Level(value)


def _string(
    entry: Mapping[str, object], key: str, where: str, default: str | None = None
) -> str:
    value = entry.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise SuiteFault(f"{where}: {key} is not a text")
    return value


def _several(
    entry: Mapping[str, object], key: str, kind: type, where: str
) -> tuple[object, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or any(type(each) is not kind for each in value):
        raise SuiteFault(f"{where}: {key} is not a list of {kind.__name__}")
    return tuple(value)


def _whole_number(entry: Mapping[str, object], key: str, where: str) -> int:
    value = entry.get(key, 0)
    if type(value) is not int:
        raise SuiteFault(f"{where}: {key} is not a whole number")
    return value


def _flag(entry: Mapping[str, object], key: str, where: str) -> bool:
    value = entry.get(key, False)
    if not isinstance(value, bool):
        raise SuiteFault(f"{where}: {key} is neither true nor false")
    return value


def _plain(value: object) -> object:
    return str(value) if isinstance(value, StrEnum) else value
