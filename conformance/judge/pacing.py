"""Which events of a backtest were told to the strategy, and which it acknowledged."""

from dataclasses import dataclass

from conformance.evidence.entry import Entry, Party
from conformance.evidence.exchange import message_of
from conformance.evidence.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One event_ack of the strategy.

    `again` where all it names was acknowledged before; `named_so_far` is everything
    that was, itself included.
    """

    entry: Entry
    ids: tuple[str, ...]
    again: bool
    named_so_far: frozenset[str]


def acknowledgements(transcript: Transcript) -> list[Acknowledged]:
    """Every event_ack that a strategy sent, in order."""
    found: list[Acknowledged] = []
    named: frozenset[str] = frozenset()
    for entry in transcript.messages(party=Party.STRATEGY):
        message = message_of(entry)
        if not isinstance(message, dict) or message.get("type") != "event_ack":
            continue
        ids = tuple(str(i) for i in message.get("events_processed") or ())
        again = bool(ids) and named.issuperset(ids)
        named |= frozenset(ids)
        found.append(Acknowledged(entry, ids, again, named))
    return found


def heard_events(
    transcript: Transcript, stream: str | None = None
) -> list[tuple[Entry, str]]:
    """The messages with an event id that the strategy heard, and the ids."""
    found = []
    for entry in transcript.messages(stream):
        message = message_of(entry)
        name = message.get("event_id") if isinstance(message, dict) else None
        if isinstance(name, str):
            found.append((entry, name))
    return found
