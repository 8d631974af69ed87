"""What a script noted, and the exchanges that its notes speak of by their numbers."""

from collections.abc import Iterator, Mapping

from conformance.evidence.entry import Entry, Json, Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.orders import Submitted, submitted


def noted(transcript: Transcript, name: str) -> Iterator[Entry]:
    """Every note of this name, in order."""
    for entry in transcript.of_kind(Kind.NOTE):
        if entry.data.get("name") == name:
            yield entry


def notes(transcript: Transcript, name: str) -> Iterator[Mapping[str, Json]]:
    """The facts of every note of this name, in order."""
    return (note.data["facts"] for note in noted(transcript, name))


def noted_orders(
    transcript: Transcript, name: str, *cases: str
) -> Iterator[tuple[Mapping[str, Json], Submitted]]:
    """The orders that a note of this name tells of and that were answered.

    Of these cases, or of all; with the facts of the note: its case, the client id.
    """
    told = {str(facts["client_id"]): facts for facts in notes(transcript, name)}
    for order in submitted(transcript):
        facts = told.get(order.client_id or "")
        if facts is None or order.exchange.status is None:
            continue
        if not cases or facts["case"] in cases:
            yield facts, order


@remembered
def by_number(transcript: Transcript) -> Iterator[tuple[int, Exchange]]:
    """Every exchange, with its number."""
    return ((e.request.data["exchange"], e) for e in exchanges(transcript))
