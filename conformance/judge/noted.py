"""What a script noted, and the exchanges that its notes speak of by their numbers."""

from collections.abc import Iterator, Mapping

from conformance.evidence.entry import Json, Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript, remembered


def notes(transcript: Transcript, name: str) -> Iterator[Mapping[str, Json]]:
    """The facts of every note of this name, in order."""
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == name:
            yield entry.data["facts"]


@remembered
def by_number(transcript: Transcript) -> Iterator[tuple[int, Exchange]]:
    """Every exchange, with its number."""
    return ((e.request.data["exchange"], e) for e in exchanges(transcript))
