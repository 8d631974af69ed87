"""What the user gives to make a strategy trade: closes, a file of bars, a program."""

import asyncio
import csv
import json
import shlex
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path as File
from typing import Any

from conformance.errors import BadFile
from conformance.peers.strategy.footing import Start
from conformance.spec.profile import Profile
from conformance.venue.paths import Path, Row

ANSWER_SECONDS = 10.0
"""How long a trigger program may take for one answer."""

WANTED = ("entry", "exit")
PRICES = ("open", "high", "low", "close")


async def declared_path(start: Start, symbol: str) -> Path | None:
    """The path of the profile's trigger; None where there is none.

    Raises BadFile where a file or a program gives no bars.
    """
    given = start.profile.trigger
    if given is None:
        return None
    if given.entry:
        return Path("trigger", closes=(*given.entry, *given.exit))
    if given.replay:
        return Path("replay", rows=replayed(_beside(start.profile, given.replay)))
    return Path("program", rows=await _asked(start, given.program, symbol))


def _beside(profile: Profile, name: str) -> File:
    """A file that the profile names, seen from where the profile is."""
    return File(profile.source).parent / name


def replayed(path: File) -> tuple[Row, ...]:
    """The bars of a file: CSV with a header, or JSON Lines.

    Both have open, high, low, close and, if known, volume. BadFile names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(str(path), 0, f"cannot be read: {error}") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if path.suffix == ".csv":
        rows: Iterable[Any] = csv.DictReader(lines)
        first = 2
    else:
        rows, first = (_json(path, n, line) for n, line in enumerate(lines, 1)), 1
    found = tuple(_row(str(path), n, row) for n, row in enumerate(rows, first))
    if not found:
        raise BadFile(str(path), 0, "it has no bars")
    return found


def _json(path: File, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise BadFile(str(path), number, f"no JSON: {error}") from None


def _row(source: str, number: int, row: Any) -> Row:
    """One bar; a close alone will do."""
    if not isinstance(row, Mapping) or "close" not in row:
        raise BadFile(source, number, "a bar needs a close")
    try:
        close = Decimal(str(row["close"]))
        prices = tuple(Decimal(str(row.get(name) or close)) for name in PRICES)
        volume = Decimal(str(row.get("volume") or 1000))
    except InvalidOperation:
        raise BadFile(source, number, "a price is no number") from None
    if min(prices) <= 0 or not all(p.is_finite() for p in prices):
        raise BadFile(source, number, "a price is not above zero")
    return (*prices, volume)  # type: ignore[return-value]


async def _asked(start: Start, program: str, symbol: str) -> tuple[Row, ...]:
    """The bars that a program gives for an entry, and for the exit after it.

    For each it is sent one line of JSON, `{"want": "entry", "state": {...}}`, and
    answers with one: `{"bars": [...]}` or `{"closes": [...]}`.
    """
    source = f"trigger program {program}"
    try:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(program),
            cwd=start.folder,
            env=dict(start.user),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise BadFile(source, 0, str(error)) from None
    found: list[Row] = []
    try:
        for want in WANTED:
            state = {"symbol": symbol, "bars": len(found)}
            question = json.dumps({"want": want, "state": state})
            found += _rows_of(source, await _answer(process, question, source))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    return tuple(found)


async def _answer(
    process: asyncio.subprocess.Process, question: str, source: str
) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(question.encode() + b"\n")
        async with asyncio.timeout(ANSWER_SECONDS):
            return (await process.stdout.readline()).decode("utf-8", "replace")
    except TimeoutError:
        reason = f"no answer to {question} within {ANSWER_SECONDS:g} s"
        raise BadFile(source, 0, reason) from None
    except (ConnectionError, ValueError) as error:
        raise BadFile(source, 0, f"no answer to {question}: {error}") from None


def _rows_of(source: str, line: str) -> list[Row]:
    try:
        answer = json.loads(line)
    except ValueError:
        raise BadFile(source, 0, f"its answer is no JSON: {line[:120]!r}") from None
    told = answer if isinstance(answer, Mapping) else {}
    rows = told.get("bars") or [{"close": c} for c in told.get("closes") or ()]
    if not isinstance(rows, list) or not rows:
        raise BadFile(source, 0, f"its answer has no bars and no closes: {line[:120]}")
    return [_row(source, n, row) for n, row in enumerate(rows, 1)]
