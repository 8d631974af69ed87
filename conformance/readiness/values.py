"""Which values a statement may have, and whether it has all that it must."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.spec.checklist import Rules, Statement, Value

Read = str | tuple[str, ...]

TEXT, NAME = "WHAT IS SO, IN YOUR WORDS", "YOUR NAME"
"""What the template has in the place of a text and a name: it states nothing."""


def read_value(kind: str, value: Any, choices: tuple[str, ...] = ()) -> Read:
    """A value as text, or as texts; ValueError says what it must be."""
    if kind == "texts":
        if not isinstance(value, list) or not value or not all(map(_is_text, value)):
            raise ValueError("must be a list of texts")
        return tuple(each.strip() for each in value)
    if kind == "drill":
        if type(value) is not date:
            raise ValueError("must be a date, as 2027-01-31")
        return value.isoformat()
    if kind in ("text", "choice"):
        if not _is_text(value):
            raise ValueError("must be a text")
        if kind == "choice" and value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value).strip()
    return _number(kind, value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _number(kind: str, value: Any) -> str:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if isinstance(value, bool) or not found.is_finite():
        raise ValueError("must be a number")
    if found < 0 or (found == 0 and kind != "rate"):
        raise ValueError("must be a number above zero")
    if kind == "percent" and found > 100:
        raise ValueError("must be a percentage, 100 at the most")
    return format(found, "f")


def lacking(
    statement: Statement, values: Mapping[str, Read], today: date, rules: Rules
) -> Iterator[str]:
    """What a statement's values leave open, a clause each."""
    for value in statement.value:
        found = values.get(value.name)
        if found is None:
            if value.needed and (not value.when or value.when in values.values()):
                yield f"{value.name} is missing ({value.title})"
            continue
        yield from _odd(value, found, values, today, rules)


def _odd(
    value: Value, found: Read, values: Mapping[str, Read], today: date, rules: Rules
) -> Iterator[str]:
    said = " ".join(found if isinstance(found, tuple) else (found,)).casefold()
    for word in value.contains:
        if word.replace("-", " ") not in said.replace("-", " "):
            yield f"{value.name} names no {word} market"
    if value.differs_from and found == values.get(value.differs_from):
        yield f"{value.name} is the same as {value.differs_from}: they must differ"
    if value.kind == "drill":
        when = date.fromisoformat(str(found))
        if when > today:
            yield f"{value.name} lies in the future: {when}"
        elif today - when > timedelta(rules.drill_days):
            yield f"{value.name} is older than {rules.drill_days} days: {when}"
