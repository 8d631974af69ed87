"""Lists the catalogue, for a person or as pages of Markdown."""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from conformance.errors import BadOption
from conformance.readiness.assembly import shipped_kill_matrix
from conformance.readiness.standing import kill_proofs
from conformance.report.requirement_pages import Decider, pages
from conformance.spec.catalogue import Requirement, families, load_catalogue
from conformance.suite.check import Check, SuiteModule
from conformance.suite.company import whole_suite

NAME = "requirements"
HELP = "list the requirements"


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    names = [family.name for family in families()]
    parser.add_argument(
        "--family", choices=names, metavar="NAME", help=f"one of {', '.join(names)}"
    )
    parser.add_argument(
        "--item",
        type=int,
        choices=range(1, 10),
        metavar="N",
        help="those that decide this checklist item, 1 to 9",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="as a page")
    form.add_argument(
        "--pages",
        metavar="DIR",
        type=Path,
        help="write a page for each, and an index: what decides it, how to run just it",
    )


def command(given: argparse.Namespace) -> int:
    """Prints what was chosen."""
    chosen = [r for r in load_catalogue() if _chosen(r, given)]
    if given.pages:
        return _write_pages(chosen, given.pages)
    for line in _page(chosen) if given.markdown else map(_row, chosen):
        print(line)
    return 0


def _chosen(entry: Requirement, given: argparse.Namespace) -> bool:
    return given.family in (None, entry.family) and (
        given.item is None or given.item in entry.items
    )


def _write_pages(chosen: Sequence[Requirement], folder: Path) -> int:
    proofs = kill_proofs(shipped_kill_matrix())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages(chosen, deciders(), proofs, {}):
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        why = error.strerror or str(error)
        raise BadOption("--pages", str(folder), why) from error
    print(f"{len(chosen)} pages: {folder / 'index.md'}")
    return 0


def deciders() -> Mapping[str, Sequence[Decider]]:
    """The checks of every suite by the requirement that they decide."""
    found: dict[str, list[Decider]] = {}
    for module in whole_suite().modules:
        for check in module.checks:
            found.setdefault(check.requirement, []).append(_decider(module, check))
    return found


def _decider(module: SuiteModule, check: Check) -> Decider:
    kind = module.name.partition("-")[0]
    needs = module.scene.needs if module.scene is not None else None
    flags = (("slow", "--conformance-slow"), ("fuzz", "--gateway-fuzz"))
    return Decider(
        check.name,
        check.occurs,
        module.name,
        module.purpose,
        kind if kind in ("strategy", "pair") else "gateway",
        check.invariant,
        tuple(option for name, option in flags if getattr(needs, name, False)),
        tuple(getattr(needs, "declared", ())),
    )


def _row(entry: Requirement) -> str:
    return f"{entry.id}  {entry.level:6}  {entry.sentence} [{entry.source}]"


def _page(chosen: Iterable[Requirement]) -> Iterator[str]:
    rows = list(chosen)
    yield "# Requirements"
    for family in families():
        mine = [r for r in rows if r.family == family.name]
        if not mine:
            continue
        yield f"\n## {family.title}\n"
        yield "| id | level | requirement | source | items |"
        yield "|---|---|---|---|---|"
        for entry in mine:
            items = ", ".join(map(str, entry.items))
            note = f" Excluded: {entry.excluded}" if entry.excluded else ""
            yield (
                f"| {entry.id} | {entry.level} | {_cell(entry.sentence + note)} "
                f"| {_cell(entry.source)} | {items} |"
            )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
