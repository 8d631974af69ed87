"""What going-live.md asks for, item by item and stage by stage: reads the rules."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, TypeVar, get_args, get_type_hints

from conformance.errors import SuiteFault
from conformance.spec.catalogue import FAILURE_MODES, load_catalogue

KINDS = ("percent", "rate", "number", "text", "texts", "choice", "drill")
"""Of a value: 0 < percent <= 100, rate >= 0, number > 0, a drill's date."""

ASKS = ("gateway", "strategy", "session")
SESSION_KINDS = ("backtest", "paper", "live")


@dataclass(frozen=True, slots=True)
class Rules:
    """The figures that hold everywhere."""

    evidence_days: int
    drill_days: int
    round_trips: int
    paper_days: int
    fee_tolerance_percent: int


@dataclass(frozen=True, slots=True)
class Item:
    """One of the nine; `asks` names kinds of run, `attested` statements."""

    number: int
    title: str
    asks: tuple[str, ...]
    attested: tuple[str, ...]
    consequence: str


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a statement must have; `when` is the choice that asks for it."""

    name: str
    kind: str
    title: str
    example: str
    choices: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    when: str = ""
    differs_from: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """What only a named person can say; item 0 is a stage's."""

    id: str
    item: int
    title: str
    asks: str
    evidence: str
    longest_days: int
    value: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that one wants to enter, and what it asks for beyond those before it."""

    name: str
    title: str
    rule: str
    consequence: str
    gateway: bool = False
    duties: tuple[int, ...] = ()
    items: tuple[int, ...] = ()
    attested: tuple[str, ...] = ()
    one_symbol: bool = False
    paper_days: bool = False
    live: bool = False
    compared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the do-not-advance conditions, and the rule that it blocks by."""

    name: str
    sentence: str
    rule: str
    consequence: str


@dataclass(frozen=True, slots=True)
class FailureMode:
    """One of the guide's six, and what it costs."""

    name: str
    title: str
    consequence: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One of the four, and the requirement that its verdict is that of."""

    name: str
    title: str
    rule: str
    requirement: str = ""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Which requirements one session suffices for, and which a backtest is held to."""

    one_suffices: tuple[str, ...]
    yet_to_show: tuple[str, ...]
    of_a_backtest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """What going-live.md asks for."""

    rules: Rules
    items: tuple[Item, ...]
    statements: tuple[Statement, ...]
    stages: tuple[Stage, ...]
    do_not_advance: tuple[Condition, ...]
    failure_modes: tuple[FailureMode, ...]
    metrics: tuple[Metric, ...]
    sessions: Sessions

    def stage(self, name: str) -> Stage:
        """The stage of that name."""
        return next(stage for stage in self.stages if stage.name == name)

    def until(self, name: str) -> tuple[Stage, ...]:
        """The stages up to that one, itself included: it asks for all of theirs."""
        names = [stage.name for stage in self.stages]
        return self.stages[: names.index(name) + 1]

    def statement(self, name: str) -> Statement:
        """The statement of that id."""
        return next(each for each in self.statements if each.id == name)

    def condition(self, name: str) -> Condition:
        """The do-not-advance condition of that name."""
        return next(each for each in self.do_not_advance if each.name == name)


@cache
def checklist() -> Checklist:
    """The checklist that ships with the package."""
    path = resources.files("conformance.spec") / "checklist.toml"
    return parse_checklist(path.read_text(encoding="utf-8"))


TABLES = {
    "rules": "rules",
    "item": "items",
    "statement": "statements",
    "stage": "stages",
    "do_not_advance": "do_not_advance",
    "failure_mode": "failure_modes",
    "metric": "metrics",
    "sessions": "sessions",
}


def parse_checklist(text: str) -> Checklist:
    """The rules of a text; what is wrong is named, a fault of the suite."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SuiteFault(f"checklist.toml: {error}") from error
    if set(table) != set(TABLES):
        odd = sorted(set(table) ^ set(TABLES))[0]
        raise SuiteFault(f"checklist.toml: {odd} is missing or unknown")
    kinds = get_type_hints(Checklist)
    found: dict[str, Any] = {}
    for key, name in TABLES.items():
        inner = get_args(kinds[name])
        if inner:
            found[name] = tuple(_record(inner[0], row, key) for row in table[key])
        else:
            found[name] = _record(kinds[name], table[key], key)
    whole = Checklist(**found)
    _check(whole)
    return whole


Record = TypeVar("Record")


def _record(kind: type[Record], row: Mapping[str, Any], where: str) -> Record:
    """One table as its dataclass; every key known, every needed one there."""
    label = row.get("id") or row.get("name") or row.get("number") or ""
    where = f"checklist.toml: {where} {label}".rstrip()
    hints = get_type_hints(kind)
    needed = {
        f.name
        for f in fields(kind)  # type: ignore[arg-type]
        if f.default is MISSING
    }
    odd = sorted(set(row) - set(hints)) or sorted(needed - set(row))
    if odd:
        raise SuiteFault(f"{where}: {odd[0]} is missing or unknown")
    return kind(**{name: _field(hints[name], row[name], where, name) for name in row})


def _field(kind: Any, value: Any, where: str, name: str) -> Any:
    inner = get_args(kind)
    if not inner:
        if type(value) is not kind or value == "":
            raise SuiteFault(f"{where}: {name} is no {kind.__name__}")
        return value
    if not isinstance(value, list):
        raise SuiteFault(f"{where}: {name} is no list")
    if inner[0] is Value:
        return tuple(_record(Value, each, f"{where} value") for each in value)
    return tuple(_field(inner[0], each, where, name) for each in value)


def _check(whole: Checklist) -> None:
    """What the tables say of each other must hold."""
    statements = {s.id for s in whole.statements}
    requirements = {r.id for r in load_catalogue()}
    _same("items", [i.number for i in whole.items], list(range(1, 10)))
    modes = [mode.name for mode in whole.failure_modes]
    _same("failure modes", sorted(modes), sorted(FAILURE_MODES))
    for item in whole.items:
        _known(f"item {item.number}", item.asks, ASKS)
        mine = [s.id for s in whole.statements if s.item == item.number]
        _same(f"item {item.number}: attested", sorted(item.attested), sorted(mine))
    for stage in whole.stages:
        _known(f"stage {stage.name}", stage.attested, statements)
        _known(f"stage {stage.name}", stage.compared, SESSION_KINDS)
        _known(f"stage {stage.name}", (*stage.items, *stage.duties), range(1, 10))
    for statement in whole.statements:
        _check_values(statement)
    named = (m.requirement for m in whole.metrics if m.requirement)
    _known("metrics", named, requirements)
    told = whole.sessions
    _known(
        "sessions",
        (*told.one_suffices, *told.yet_to_show, *told.of_a_backtest),
        requirements,
    )


def _check_values(statement: Statement) -> None:
    where = f"statement {statement.id}"
    names = {value.name for value in statement.value}
    choices = {choice for value in statement.value for choice in value.choices}
    for value in statement.value:
        _known(where, (value.kind,), KINDS)
        _known(where, (value.when,) if value.when else (), choices)
        _known(where, (value.differs_from,) if value.differs_from else (), names)
        if (value.kind == "choice") != bool(value.choices):
            raise SuiteFault(f"checklist.toml: {where}: {value.name} has no choices")


def _known(where: str, found: Any, known: Any) -> None:
    for each in found:
        if each not in known:
            raise SuiteFault(f"checklist.toml: {where}: {each} is unknown")


def _same(where: str, found: list[Any], expected: list[Any]) -> None:
    if found != expected:
        raise SuiteFault(f"checklist.toml: {where}: {found} is not {expected}")
