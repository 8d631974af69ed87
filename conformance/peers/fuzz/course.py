"""What a generator of requests is asked for, and what it says of each request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STEPS = 12
"""Requests of one sequence at the most."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is generated: `operation` reads like "POST /v1/orders"; None: sequences.

    Without examples, of an operation only the fixed ones are: those that the document
    gives, and one for every bound, type and field that it names.
    """

    document: Mapping[str, Any]
    operation: str | None
    examples: int
    seed: int


@dataclass(frozen=True, slots=True)
class Case:
    """One request that was generated; `valid` says that the document allows it.

    `after` is the case before it in its sequence, whose answer it was made from.
    """

    id: str
    phase: str
    valid: bool
    after: str | None = None
