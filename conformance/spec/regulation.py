"""Which provisions of law and practice which requirements could support."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from conformance.spec.catalogue import load_catalogue


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision: whom it binds, what it asks, and what no test of ours covers."""

    name: str
    act: str
    binds: str
    asks: str
    nature: str
    not_covered: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Regulation:
    """All of them, and whom they bind."""

    scope: str
    provisions: tuple[Provision, ...]


@cache
def regulation() -> Regulation:
    """The mapping that ships with the package."""
    path = resources.files("conformance.spec") / "regulation.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Regulation(data["scope"], tuple(map(_provision, data["provision"])))


def _provision(row: Mapping[str, Any]) -> Provision:
    families = set(row.get("families", ()))
    whole = [r.id for r in load_catalogue() if r.family in families and not r.excluded]
    named = (*row["requirements"], *whole)
    told = {k: v for k, v in row.items() if k not in ("families", "requirements")}
    return Provision(**told, requirements=tuple(dict.fromkeys(named)))
