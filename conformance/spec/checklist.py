"""The nine items and the stages, and what each asks for."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Item:
    """One of the nine; `asks` names the kinds of run: gateway, strategy, session."""

    number: int
    title: str
    asks: tuple[str, ...]
    attested: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that one wants to enter, and the items it asks for."""

    name: str
    title: str
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """What going-live.md asks for."""

    items: tuple[Item, ...]
    stages: tuple[Stage, ...]
    failure_modes: tuple[tuple[str, str], ...]

    def stage(self, name: str) -> Stage:
        """The stage of that name."""
        return next(stage for stage in self.stages if stage.name == name)


@cache
def checklist() -> Checklist:
    """The checklist that ships with the package."""
    path = resources.files("conformance.spec") / "checklist.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Checklist(
        tuple(
            Item(i["number"], i["title"], tuple(i["asks"]), tuple(i["attested"]))
            for i in data["item"]
        ),
        tuple(Stage(s["name"], s["title"], tuple(s["items"])) for s in data["stage"]),
        tuple((m["name"], m["title"]) for m in data["failure_mode"]),
    )
