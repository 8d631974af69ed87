"""The whole record of one script: header, entries in order, and how it ended."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar

from conformance.evidence.entry import Entry, Json, Kind, Party

TIDYING = "tidying"
"""The name of the note where a script had ended and its traces are cleared away."""

NONSENSE = "nonsense-below"
"""The name of the note in a script whose venue says what is not so."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the script was played on."""

    script: str
    instance: str
    provider: str
    prefix: str
    symbols: tuple[str, ...]
    seed: int
    started: str
    environment: Mapping[str, str] = field(default_factory=dict)
    take: int = 1


@dataclass(frozen=True, slots=True)
class Ending:
    """How the script ended; `error` is the run error's sentence, if it had one.

    `refused` says that the subject was there and answered, but not as the script
    needed it to go on: what was seen until then stands.
    """

    complete: bool
    error: str | None = None
    seconds: float = 0.0
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """One script's record; entries are numbered from 1 without a hole."""

    header: Header
    entries: tuple[Entry, ...]
    ending: Ending
    memo: dict[object, Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """What was read from it, as long as it is being judged."""

    def forget(self) -> None:
        """Lets go of what was read from it: parsed, it takes many times its size."""
        self.memo.clear()

    @property
    def name(self) -> str:
        """What it is called: its script, and which take from the second on."""
        take = self.header.take
        return self.header.script if take == 1 else f"{self.header.script}-{take}"

    def until_tidied(self) -> "Transcript":
        """What the script did, without the clearing away of its traces."""
        found = self.memo.get(TIDYING)
        if found is None:
            found = self.memo[TIDYING] = self._cut()
        return found if isinstance(found, Transcript) else self

    def _cut(self) -> "Transcript | bool":
        for place, entry in enumerate(self.entries):
            if entry.kind is Kind.NOTE and entry.data.get("name") == TIDYING:
                return replace(self, entries=self.entries[:place])
        return False

    def of_kind(self, *kinds: Kind) -> Iterator[Entry]:
        """The entries of these kinds, in order."""
        return (entry for entry in self.entries if entry.kind in kinds)

    def messages(
        self, stream: str | None = None, party: Party = Party.GATEWAY
    ) -> Iterator[Entry]:
        """The stream messages that this party sent, on one stream or on all."""
        for entry in self.of_kind(Kind.MESSAGE):
            if entry.party is party and stream in (None, entry.data["stream"]):
                yield entry

    def streams(self) -> tuple[str, ...]:
        """The names of the streams that were opened."""
        opened = (e.data["stream"] for e in self.of_kind(Kind.OPENED))
        return tuple(dict.fromkeys(opened))

    def note(self, name: str) -> Json | None:
        """The facts of the last note with this name."""
        found = None
        for entry in self.of_kind(Kind.NOTE):
            if entry.data.get("name") == name:
                found = entry.data.get("facts")
        return found


Asked = ParamSpec("Asked")
Found = TypeVar("Found")
Reading = Callable[Concatenate[Transcript, Asked], Iterator[Found]]


def remembered(reading: Reading[Asked, Found]) -> Reading[Asked, Found]:
    """Makes a reading of a transcript once for each question, however often asked."""

    def ask(
        transcript: Transcript, /, *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Iterator[Found]:
        key = (reading, args, tuple(kwargs.items()))
        found: tuple[Found, ...] | None = transcript.memo.get(key)
        if found is None:
            found = transcript.memo[key] = tuple(reading(transcript, *args, **kwargs))
        return iter(found)

    update_wrapper(ask, reading)
    return ask
