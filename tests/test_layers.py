"""The rooms import only what design allows, and each third party lives in its room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "conformance"

ALLOWED: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "settings": frozenset({"errors", "spec"}),
    "spec": frozenset({"errors"}),
    "evidence": frozenset({"errors"}),
    "protocol": frozenset({"spec", "errors"}),
    "venue": frozenset({"protocol", "errors"}),
    "reference": frozenset({"venue", "protocol", "spec", "errors"}),
    "peers": frozenset(
        {"reference", "venue", "protocol", "evidence", "spec", "errors"}
    ),
    "judge": frozenset({"protocol", "evidence", "spec", "errors"}),
    "suite": frozenset(
        {"peers", "judge", "evidence", "protocol", "spec", "errors", "settings"}
    ),
    "readiness": frozenset({"judge", "evidence", "spec", "errors"}),
    "report": frozenset({"readiness", "judge", "evidence", "spec", "errors"}),
}

OWNERS: dict[str, frozenset[str]] = {
    "openapi_core": frozenset({"spec"}),
    "jsonschema": frozenset({"spec"}),
    "jsonschema_rs": frozenset({"spec"}),
    "referencing": frozenset({"spec"}),
    "yaml": frozenset({"spec"}),
    "aiohttp": frozenset({"reference", "peers"}),
    "asyncio": frozenset({"reference", "peers", "suite"}),
    "socket": frozenset({"reference", "peers"}),
    "httpx": frozenset({"peers"}),
    "schemathesis": frozenset({"peers"}),
    "hypothesis": frozenset({"peers"}),
    "websockets": frozenset({"peers"}),
    "h11": frozenset({"peers"}),
    "wsproto": frozenset({"peers"}),
    "jinja2": frozenset({"report"}),
    "pytest": frozenset({"plugin", "cli"}),
}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def modules() -> Iterator[Path]:
    return (
        p for p in sorted(ROOT.rglob("*.py")) if p.parent != ROOT or p.stem[0] != "_"
    )


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    "path", list(modules()), ids=lambda p: str(p.relative_to(ROOT))
)
def test_a_room_imports_only_the_rooms_before_it(path: Path) -> None:
    room = room_of(path)
    if room not in ALLOWED:
        return
    for name in imports(path):
        package, _, rest = name.partition(".")
        if package == "conformance" and rest:
            other = rest.partition(".")[0]
            assert other == room or other in ALLOWED[room] or other == "__version__", (
                f"{room} may not import {name}"
            )


@pytest.mark.parametrize(
    "path", list(modules()), ids=lambda p: str(p.relative_to(ROOT))
)
def test_a_third_party_is_imported_only_by_its_owner(path: Path) -> None:
    for name in imports(path):
        owners = OWNERS.get(name.partition(".")[0])
        assert owners is None or room_of(path) in owners, name
