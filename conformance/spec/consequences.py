"""What it may cost, in terms of money, when a requirement or an item is not met."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources


def consequence(
    requirement: str = "",
    failure_modes: Iterable[str] = (),
    items: Iterable[int] = (),
    family: str = "",
) -> str:
    """The nearest sentence: of the requirement, a failure mode, an item, the family."""
    places = [("requirement", requirement)]
    places += [("failure_mode", mode) for mode in failure_modes]
    places += [("item", str(item)) for item in items]
    places.append(("family", family))
    return next((found for place in places if (found := _at(*place))), "")


def consequence_of(blocker: str) -> str:
    """The sentence of a blocker that is no requirement, by the first word of it."""
    word, _, rest = blocker.partition(" ")
    if word == "item" and rest.isdigit():
        return _at("item", rest)
    return _at("blocker", word)


def _at(table: str, key: str) -> str:
    return _tables().get(table, {}).get(key, "")


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    path = resources.files("conformance.spec") / "consequences.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
