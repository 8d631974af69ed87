"""Writes a whole attestations.toml to fill in: every statement, its values, and why."""

import textwrap
from collections.abc import Iterator
from datetime import date, timedelta

from conformance.readiness.values import NAME, TEXT
from conformance.spec.checklist import Statement, Value, checklist

WIDTH = 88
HEAD = (
    "What only a person can say of a strategy that is to trade: who states it, of "
    "which strategy, account and broker, shown by which file, and until when. Fill in "
    "what stands in capitals and the values, which stand here as examples behind a #; "
    "delete what you do not state; check it with `conformance attest "
    "attestations.toml`. Every statement is shown in the report under its name, apart "
    "from what was measured. A value that a recorded session, the profile or the host "
    'contradicts makes its statement "contradicted".'
)
SCOPE = (
    "What all statements speak of; one that speaks of something else has a table "
    "[attestation.scope] of its own. The SHA-256 of the strategy stands in the report "
    "of its run (What was judged) and, as strategy_sha256, in the session.json of a "
    "session that was recorded with --strategy-cmd. "
    "The broker is called as in the platform's name: alpaca, binance, oanda, saxo."
)
ZEROS = "0" * 64


def template(today: date) -> str:
    """The file's text, as of a day; it can be read, and states nothing."""
    return "\n".join(_lines(today)) + "\n"


def _lines(today: date) -> Iterator[str]:
    yield from _comment(HEAD)
    yield ""
    yield from _comment(SCOPE)
    yield "[scope]"
    yield f'strategy_sha256 = "{ZEROS}"'
    yield 'account = "ACCOUNT"'
    yield 'broker = "BROKER"'
    for statement in checklist().statements:
        yield ""
        yield from _statement(statement, today)


def _statement(statement: Statement, today: date) -> Iterator[str]:
    place = f"Item {statement.item}: " if statement.item else ""
    yield from _comment(f"{place}{statement.title}. {statement.asks}")
    yield "[[attestation]]"
    if statement.item:
        yield f"item = {statement.item}"
    yield f'statement = "{statement.id}"'
    yield f'text = "{TEXT}"'
    yield f'name = "{NAME}"'
    yield f"date = {today}"
    expires = today + timedelta(statement.longest_days)
    yield f"expires = {expires}  # at the most {statement.longest_days} days"
    yield f'evidence = "FILE"  # {statement.evidence}, beside this file'
    yield f'evidence_sha256 = "{ZEROS}"  # sha256sum FILE'
    if statement.value:
        yield "[attestation.values]"
    for value in statement.value:
        yield from _value(value, today)


def _value(value: Value, today: date) -> Iterator[str]:
    told = [value.title]
    if value.choices:
        told.append(f"one of {', '.join(value.choices)}")
    if value.when:
        told.append(f"only for {value.when}")
    if not value.needed:
        told.append("may be left out")
    if value.kind == "drill":
        told.append(f"at the most {checklist().rules.drill_days} days ago")
    yield from _comment("; ".join(told))
    yield f"# {value.name} = {_example(value, today)}"


def _example(value: Value, today: date) -> str:
    if value.kind == "drill":
        return today.isoformat()
    if value.kind == "texts":
        words = value.contains or (value.example,)
        return "[" + ", ".join(f'"{word}"' for word in words) + "]"
    if value.kind in ("text", "choice"):
        return f'"{value.example}"'
    return value.example


def _comment(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
