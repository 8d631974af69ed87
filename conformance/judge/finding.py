"""What a check says of a transcript: what it saw occur, and what it found wrong."""

from dataclasses import dataclass
from typing import TypeAlias

from conformance.evidence.entry import Entry
from conformance.evidence.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The situation that a check is about really occurred, in these entries."""

    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation: what the subject did, with values, and the entries showing it.

    `cause` is a likely cause, as a question. `key` joins findings with one cause.
    """

    sentence: str
    entries: tuple[int, ...] = ()
    cause: str | None = None
    key: str | None = None


Observation: TypeAlias = Occurrence | Finding


class NotVerified(Exception):
    """A check cannot decide: what it needs is not in the transcript (a sentence)."""


class NotApplicable(Exception):
    """The subject does not claim what the check is about (a sentence)."""


def numbers(*where: Entry | Exchange | int) -> tuple[int, ...]:
    """The entry numbers of what is given, in order, each once."""
    found: list[int] = []
    for place in where:
        if isinstance(place, int):
            found.append(place)
        elif isinstance(place, Entry):
            found.append(place.number)
        else:
            found.extend(place.numbers)
    return tuple(dict.fromkeys(found))


def occurred(*where: Entry | Exchange | int) -> Occurrence:
    """The situation occurred, here."""
    return Occurrence(numbers(*where))


def finding(
    sentence: str,
    *where: Entry | Exchange | int,
    cause: str | None = None,
    key: str | None = None,
) -> Finding:
    """A violation, and where to look."""
    return Finding(sentence, numbers(*where), cause, key)
