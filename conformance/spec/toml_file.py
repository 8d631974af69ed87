"""Reads a TOML file of the user's, and knows in which line a value stands."""

import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from conformance.errors import BadFile

Table = dict[str, Any]


def read_text(path: Path, option: str = "") -> str:
    """The text of a file; BadFile, with the option that named it, where it has none."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        told = f"{reason} ({option})" if option else reason
        raise BadFile(str(path), 0, told) from None
    except UnicodeDecodeError:
        raise BadFile(str(path), 0, "it is not UTF-8 text") from None


def read_table(text: str, source: str) -> Table:
    """The tables of a text, numbers exact; BadFile names the line that is no TOML."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        told, _, at = str(error).partition("(at line ")
        line = at.partition(",")[0]
        number = int(line) if line.isdigit() else 0
        raise BadFile(source, number, f"no TOML: {told.strip()}") from None


class Values:
    """What the keys of one file may be; what a key is not is told with its line."""

    def __init__(self, text: str, source: str) -> None:
        self._lines = text.splitlines()
        self.source = source

    def fault(self, key: str, reason: str) -> BadFile:
        """What is wrong with a key, and in which line it stands."""
        for number, line in enumerate(self._lines, 1):
            start = line.strip().lstrip("[").strip()
            if start.startswith(key) and not start[len(key) :][:1].isalnum():
                return BadFile(self.source, number, f"{key}: {reason}")
        for number, line in enumerate(self._lines, 1):
            # In a table that is written in one line.
            if re.search(rf"""[{{,\s"']{re.escape(key)}["']?\s*=""", line):
                return BadFile(self.source, number, f"{key}: {reason}")
        return BadFile(self.source, 0, f"{key}: {reason}")

    def text(self, key: str, value: Any, allowed: tuple[str, ...] = ()) -> str:
        """A text, one of those that are allowed."""
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, "a text is needed")
        if allowed and value not in allowed:
            raise self.fault(key, f"one of {', '.join(allowed)} is needed")
        return value

    def words(
        self, key: str, value: Any, allowed: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """A list of such texts, with one at least."""
        if not isinstance(value, list) or not value:
            raise self.fault(key, "a list of texts is needed")
        return tuple(self.text(key, each, allowed) for each in value)

    def decimal(self, key: str, value: Any) -> Decimal:
        """A number above zero."""
        try:
            found = Decimal(str(value))
        except InvalidOperation:
            found = Decimal(0)
        if isinstance(value, bool) or not found.is_finite() or found <= 0:
            raise self.fault(key, "a number above zero is needed")
        return found

    def decimals(self, key: str, value: Any) -> tuple[Decimal, ...]:
        """A list of numbers above zero."""
        if not isinstance(value, list):
            raise self.fault(key, "a list of prices is needed")
        return tuple(self.decimal(key, each) for each in value)

    def amount(self, key: str, value: Any) -> Decimal:
        """A number of zero or more."""
        if not isinstance(value, bool) and str(value).strip("0.") == "" and value != "":
            return Decimal(0)
        return self.decimal(key, value)

    def seconds(self, key: str, value: Any) -> float:
        """A time above zero."""
        return float(self.decimal(key, value))

    def count(self, key: str, value: Any) -> int:
        """A whole number above zero."""
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            raise self.fault(key, "a whole number above zero is needed")
        return value

    def pattern(self, key: str, value: Any) -> str:
        """A regular expression."""
        text = self.text(key, value)
        try:
            re.compile(text)
        except re.error as error:
            raise self.fault(key, f"no regular expression: {error}") from None
        return text

    def flag(self, key: str, value: Any) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            raise self.fault(key, "true or false is needed")
        return value

    def command(self, key: str, value: Any) -> str:
        """A line that can be taken apart as a shell does."""
        text = self.text(key, value)
        try:
            shlex.split(text)
        except ValueError as error:
            raise self.fault(key, str(error).lower()) from None
        return text

    def table(self, key: str, value: Any, allowed: type) -> Mapping[str, Any]:
        """A table with no key that is no field of `allowed`."""
        if not isinstance(value, dict):
            raise self.fault(key, f"a table [{key}] is needed")
        names = {f.name for f in fields(allowed)}
        for name in value:
            if name not in names:
                raise self.fault(name, f"[{key}] has no such key")
        return value
