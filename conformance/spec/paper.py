"""What each provider's paper mode does not model, with the public source of it."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """One thing that is not as on a market, what it means, and who says so."""

    sentence: str
    means: str
    source: str


@dataclass(frozen=True, slots=True)
class PaperMode:
    """One provider's paper mode; `checked` is the day its sources were read."""

    name: str
    title: str
    platforms: tuple[str, ...]
    checked: str
    facts: tuple[Unmodelled, ...]


def paper_modes(platforms: Iterable[str]) -> tuple[PaperMode, ...]:
    """Those of these platforms, in the order of the file."""
    wanted = set(platforms)
    return tuple(m for m in all_paper_modes() if wanted & set(m.platforms))


@cache
def all_paper_modes() -> tuple[PaperMode, ...]:
    """Every one that is known."""
    path = resources.files("conformance.spec") / "paper.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        PaperMode(
            each["name"],
            each["title"],
            tuple(each["platforms"]),
            each["checked"].isoformat(),
            tuple(Unmodelled(**fact) for fact in each["fact"]),
        )
        for each in data["broker"]
    )
