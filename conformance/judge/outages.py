"""What of a transcript was played while the venue was away, and what came then."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.evidence.entry import Entry, Kind
from conformance.evidence.exchange import Exchange, exchanges
from conformance.evidence.transcript import Transcript

AWAY, RETURNED = "away", "back"
"""The names of the Engine's notes of its going and its coming back."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The venue goes away, and may come back."""

    away: Entry
    back: Entry | None

    def has(self, exchange: Exchange) -> bool:
        """Whether a request was sent and answered while it was away."""
        end = None if self.back is None else self.back.number
        last = exchange.numbers[-1]
        return exchange.request.number > self.away.number and (
            end is None or last < end
        )


def outages(transcript: Transcript) -> Iterator[Outage]:
    """Every time that the venue was away, in order."""
    away: Entry | None = None
    for entry in transcript.of_kind(Kind.NOTE):
        name = entry.data.get("name")
        if name == AWAY:
            away = entry
        elif name == RETURNED and away is not None:
            yield Outage(away, entry)
            away = None
    if away is not None:
        yield Outage(away, None)


def during(transcript: Transcript) -> Iterator[tuple[Outage, Exchange]]:
    """What was asked and answered while the venue was away."""
    for each in outages(transcript):
        for exchange in exchanges(transcript):
            if exchange.status is not None and each.has(exchange):
                yield each, exchange


def afterwards(transcript: Transcript) -> Iterator[tuple[Outage, Exchange]]:
    """What was asked and answered after the venue was back."""
    for each in outages(transcript):
        for exchange in exchanges(transcript):
            after = each.back is not None and (
                exchange.request.number > each.back.number
            )
            if after and exchange.status is not None:
                yield each, exchange
