"""What the package imports is declared, and what is declared is imported."""

import ast
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = {"pyyaml": "yaml"}
"""Distributions whose module is called otherwise."""

OPTIONAL = {"_pytest", "xdist"}
"""Imported only where the user's pytest has brought them in."""


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = list(project["project"]["dependencies"])
    needed += project["project"]["optional-dependencies"]["fuzz"]
    names = (re.split(r"[<>=\[ ]", each)[0] for each in needed)
    return {MODULES.get(n.lower(), n.lower().replace("-", "_")) for n in names}


def imported() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "conformance").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"conformance"}


def test_what_is_imported_is_declared_and_nothing_else() -> None:
    assert imported() - OPTIONAL == declared()


def test_every_dependency_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rows = text.partition("dependencies = [\n")[2].partition("\n]")[0].splitlines()
    assert [row for row in rows if "#" not in row] == []
