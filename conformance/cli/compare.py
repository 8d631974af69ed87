"""Holds one recorded session against another: a table, and whether it is alike."""

import argparse
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from conformance.errors import BadFile
from conformance.judge.session.comparing import compared, incomparable, unit_apart
from conformance.judge.session.model import Compared, Comparison, SessionFacts
from conformance.plugin.findings import printable
from conformance.report.view.sessions import recorded
from conformance.spec.profile import Profile, read_profile, read_tolerances
from conformance.spec.tolerances import Tolerances
from conformance.suite.session import judged

NAME = "compare"
HELP = "hold a paper session against a backtest, or a live one against paper"
STATUS = {"within": 0, "beyond": 1, "undecided": 5}
HEADINGS = ("", "expected", "seen", "apart", "allowed", "of", "")


def declare(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "expected", metavar="BACKTEST", type=Path, help="the folder of a session"
    )
    parser.add_argument(
        "seen", metavar="PAPER", type=Path, help="the folder of a later session"
    )
    parser.add_argument(
        "--strategy-profile",
        metavar="FILE",
        type=Path,
        help="what is declared of the strategy, with a table [tolerances]",
    )
    parser.add_argument(
        "--tolerances",
        metavar="FILE",
        type=Path,
        help="a file with a table [tolerances]; it outranks the profile's",
    )
    parser.add_argument(
        "--other-strategy",
        action="store_true",
        help="compare them though they are of two strategies",
    )


def command(given: argparse.Namespace) -> int:
    """0 where all is within what was declared, 1 beyond it, 5 where nobody can say."""
    path = given.strategy_profile
    profile = read_profile(path) if path else Profile()
    tolerances = _tolerances(given.tolerances, profile)
    one, _ = judged(given.expected, profile, tolerances)
    other, _ = judged(given.seen, profile, tolerances)
    reason = incomparable(one, other, other_strategy=given.other_strategy)
    if reason is not None:
        raise BadFile(str(given.seen), 0, reason)
    comparison = compared(one, other, tolerances)
    for line in lines(one, other, comparison):
        print(printable(line))
    return STATUS[comparison.verdict]


def _tolerances(path: Path | None, profile: Profile) -> Tolerances:
    if path is not None:
        return read_tolerances(path)
    return profile.tolerances or Tolerances()


def lines(
    one: SessionFacts, other: SessionFacts, comparison: Comparison
) -> Iterator[str]:
    """The comparison as text."""
    for word, facts in (("expected", one), ("seen", other)):
        yield f"{word:9} {_told(facts)}"
    yield ""
    table = [HEADINGS, *(_cells(row) for row in comparison.rows)]
    widths = [max(len(cells[i]) for cells in table) for i in range(len(HEADINGS) - 1)]
    before = ""
    for cells, row in zip(table, (None, *comparison.rows), strict=True):
        if row is not None and row.symbol != before:
            before = row.symbol
            yield f"{before}:"
        yield _line(cells, widths)
    yield ""
    yield from _ending(comparison)


def _told(facts: SessionFacts) -> str:
    numbers = facts.numbers
    trips = len(numbers.counted_round_trips)
    platforms = ", ".join(facts.platforms) or "no platform named"
    return (
        f"{facts.name} ({facts.kind}: {platforms}), {trips} round trips, "
        f"{numbers.orders.submitted} orders, {recorded(numbers.days)}"
        f"{', a sample' if facts.sample else ''}"
    )


def _cells(row: Compared) -> tuple[str, ...]:
    return (
        row.metric.replace("_", " "),
        _number(row.one, row.unit),
        _number(row.other, row.unit),
        _number(row.difference, unit_apart(row.metric)),
        _number(row.tolerance, unit_apart(row.metric)),
        f"{row.samples[0]}/{row.samples[1]}",
        f"{row.verdict}: {row.reason}",
    )


def _number(value: Decimal | None, unit: str) -> str:
    if value is None:
        return "-"
    plain = f"{value.normalize():f}"
    return f"{plain} {unit}".rstrip() if unit != "currency" else plain


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = [f"{cells[0]:{widths[0]}}"]
    padded += [f"{c:>{w}}" for c, w in zip(cells[1:], widths[1:], strict=False)]
    return "  ".join(("", *padded, cells[-1])).rstrip()


def _ending(comparison: Comparison) -> Iterator[str]:
    rows = [r for r in comparison.rows if r.verdict == "beyond"]
    for row in rows:
        where = f" of {row.symbol}" if row.symbol else ""
        yield f"BEYOND  {row.metric.replace('_', ' ')}{where}"
    if comparison.verdict == "undecided" and not any(
        r.tolerance is not None for r in comparison.rows
    ):
        yield "UNDECIDED: no tolerance is declared"
    else:
        yield comparison.verdict.upper()
