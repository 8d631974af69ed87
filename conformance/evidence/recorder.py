"""Numbers and times what is said, and closes it into a transcript."""

from collections.abc import Callable, Mapping

from conformance.evidence.entry import Entry, Json, Kind, Party
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Ending, Header, Transcript

Clock = Callable[[], float]
SENT = frozenset({Kind.REQUEST, Kind.MESSAGE, Kind.FRAME})
"""What is said, and no answer to anything."""


class Recorder:
    """Takes entries as they happen; `clock` gives seconds from any fixed point."""

    def __init__(
        self, header: Header, clock: Clock, redactor: Redactor | None = None
    ) -> None:
        self.header = header
        self._redactor = redactor or Redactor()
        self._clock = clock
        self._began = clock()
        self._entries: list[Entry] = []
        self._exchanges = 0

    @property
    def now(self) -> float:
        """Seconds since the transcript began, as exact as they are kept on disk."""
        return round(self._clock() - self._began, 6)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was said so far."""
        return tuple(self._entries)

    @property
    def entries_count(self) -> int:
        """How many entries there are: the number of the last."""
        return len(self._entries)

    @property
    def sent(self) -> int:
        """How many requests, messages and events of ours there are among them."""
        return sum(
            e.kind in SENT and e.party is not Party.GATEWAY for e in self.entries
        )

    def add(self, party: Party, kind: Kind, **data: Json) -> Entry:
        """Appends an entry and returns it, numbered."""
        kept = self._redactor.value(data)
        entry = Entry(len(self._entries) + 1, self.now, party, kind, kept)
        self._entries.append(entry)
        return entry

    def note(self, text: str, *, name: str | None = None, facts: Json = None) -> Entry:
        """Appends a decision of ours."""
        return self.add(Party.SUITE, Kind.NOTE, text=text, name=name, facts=facts)

    def next_exchange(self) -> int:
        """The number of the next exchange; none of the transcript has it yet."""
        self._exchanges += 1
        return self._exchanges

    def request(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: str | None,
        deliberate: bool,
        **more: Json,
    ) -> int:
        """Appends a request and returns its exchange's number."""
        number = self.next_exchange()
        self.add(
            Party.STRATEGY,
            Kind.REQUEST,
            exchange=number,
            method=method,
            target=target,
            headers=dict(headers),
            body=body,
            deliberate=deliberate,
            **more,
        )
        return number

    def close(
        self, *, complete: bool, error: str | None = None, refused: bool = False
    ) -> Transcript:
        """The transcript of everything so far."""
        ending = Ending(complete, error, self.now, refused)
        return Transcript(self.header, tuple(self._entries), ending)


class Unkept(Recorder):
    """Numbers what is said and keeps none of it: of what belongs to no script."""

    def add(self, party: Party, kind: Kind, **data: Json) -> Entry:
        entry = super().add(party, kind, **data)
        self._entries.clear()
        return entry
