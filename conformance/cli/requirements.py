"""Lists the catalogue, for a person or as a page of Markdown."""

import argparse
from collections.abc import Iterable, Iterator

from conformance.spec.catalogue import Requirement, families, load_catalogue

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
    parser.add_argument("--markdown", action="store_true", help="as a page")


def command(given: argparse.Namespace) -> int:
    """Prints what was chosen."""
    chosen = [r for r in load_catalogue() if _chosen(r, given)]
    for line in _page(chosen) if given.markdown else map(_row, chosen):
        print(line)
    return 0


def _chosen(entry: Requirement, given: argparse.Namespace) -> bool:
    return given.family in (None, entry.family) and (
        given.item is None or given.item in entry.items
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
