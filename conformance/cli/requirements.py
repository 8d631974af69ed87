"""Lists the catalogue, for a person or as pages of Markdown."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from conformance.errors import BadOption
from conformance.judge.record import judged_of
from conformance.readiness.assembly import shipped_kill_matrix
from conformance.readiness.obstacles import consequence_of
from conformance.readiness.standing import kill_proofs
from conformance.report.requirement_pages import Decider, pages
from conformance.spec.catalogue import Requirement, families, load_catalogue
from conformance.suite.check import Check, SuiteModule
from conformance.suite.company import whole_suite
from conformance.suite.session import session_checks
from conformance.suite.session.check import SessionCheck

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
    costs = {each.id: consequence_of(each) for each in chosen}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages(chosen, deciders(), proofs, costs):
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
            rows, row = found.setdefault(check.requirement, []), _decider(module, check)
            if not any(_is_again(row, other) for other in rows):
                rows.append(row)
    for judging in session_checks():
        found.setdefault(judging.requirement, []).append(_of_sessions(judging))
    return found


def _is_again(row: Decider, other: Decider) -> bool:
    """Whether it is what a Gateway or a strategy alone is played, played to a pair."""
    if row.subject != "pair" or row.check != other.check:
        return False
    alone = other.script.removeprefix("strategy-")
    return row.invariant or alone == row.script.removeprefix("pair-")


def _of_sessions(check: SessionCheck) -> Decider:
    purpose = (sys.modules[check.function.__module__].__doc__ or "").strip()
    return Decider(check.name, check.occurs, "", purpose, "session")


def _decider(module: SuiteModule, check: Check) -> Decider:
    kind = module.name.partition("-")[0]
    needs = module.scene.needs if module.scene is not None else None
    flags = (("slow", "--conformance-slow"), ("fuzz", "--gateway-fuzz"))
    options = [option for name, option in flags if getattr(needs, name, False)]
    if venue := getattr(needs, "venue", ""):
        options.append(f"--gateway-provider {venue}")
    return Decider(
        check.name,
        check.occurs,
        module.name,
        module.purpose,
        judged_of(kind),
        check.invariant,
        tuple(options),
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
