"""One request as an operation reads it, and what an operation answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.reference.failure import invalid

Answer = tuple[int, Any]
"""A status, and what becomes JSON."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: path parameters decoded, the query's pairs, the raw body."""

    path: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes

    def one(self, name: str) -> str | None:
        """A query parameter that may be given once."""
        found = [value for key, value in self.query if key == name]
        if len(found) > 1:
            raise invalid(name, "given more than once")
        return found[0] if found else None

    def many(self, name: str) -> tuple[str, ...]:
        """A query parameter that may be repeated, or hold several with commas."""
        values = (
            v for key, value in self.query if key == name for v in value.split(",")
        )
        return tuple(v for v in values if v)
