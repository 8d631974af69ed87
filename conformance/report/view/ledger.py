"""The account before and after, what changed, and whether it was left flat."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.readiness.model import Readiness


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One figure of the account, before and after."""

    name: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """All of it; `flat` says whether anything was left open, and how that is known."""

    rows: tuple[LedgerRow, ...]
    flat: str
    left: tuple[str, ...]


def ledger(readiness: Readiness) -> Ledger:
    """The ledger box."""
    before, after = readiness.account.before, readiness.account.after
    earlier = before if isinstance(before, Mapping) else {}
    later = after if isinstance(after, Mapping) else {}
    names = dict.fromkeys((*earlier, *later))
    rows = tuple(_row(str(n), earlier.get(n), later.get(n)) for n in names)
    return Ledger(rows, _flat(readiness, bool(later)), readiness.run.left_open)


def _row(name: str, before: Any, after: Any) -> LedgerRow:
    return LedgerRow(name, _told(before), _told(after), _difference(before, after))


def _told(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"{len(value)} open" if value else "none"
    return "not read" if value is None else str(value)


def _difference(before: Any, after: Any) -> str:
    try:
        change = Decimal(str(after)) - Decimal(str(before))
    except InvalidOperation:
        return (
            "same"
            if before == after
            else "changed"
            if None not in (before, after)
            else ""
        )
    if not change.is_finite():
        return ""
    return f"{change:+f}" if change else "0"


def _flat(readiness: Readiness, read: bool) -> str:
    if readiness.run.left_open:
        return "no"
    if not read:
        return "unknown: the account was not read afterwards"
    return "yes: nothing that this run opened was left"
