"""What the venue answered to each order on purpose, and what the strategy was told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.evidence.entry import Json
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript, remembered
from conformance.judge.noted import noted_orders
from conformance.judge.venue import Call, calls_during

PLANNED = "planned"
"""The name of the note before an order whose answer a script has planned."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One order: the case it was sent for, what the venue said, what was told of it."""

    case: str
    facts: Mapping[str, Json]
    exchange: Exchange

    @property
    def told(self) -> str:
        """The raw body that the strategy got."""
        answer = self.exchange.response
        return "" if answer is None else str(answer.data.get("body") or "")

    @property
    def code(self) -> str | None:
        """The error code that the strategy got."""
        body = self.exchange.body
        found = body.get("code") if isinstance(body, dict) else None
        return found if isinstance(found, str) else None

    @property
    def shown(self) -> str:
        """What was told, in a line."""
        return f"{self.exchange.status} {self.told[:200]}"


def sent_below(transcript: Transcript, each: Answered) -> tuple[Call, ...]:
    """The orders that came to the venue while the strategy waited for its answer.

    None came where the Gateway answered by itself: then the venue said nothing.
    """
    return tuple(c for c in calls_during(transcript, each.exchange) if c.submits)


def reached(transcript: Transcript, *cases: str) -> Iterator[Answered]:
    """Those of them that came to the venue: of the others it said nothing."""
    for each in answered(transcript, *cases):
        if sent_below(transcript, each):
            yield each


@remembered
def answered(transcript: Transcript, *cases: str) -> Iterator[Answered]:
    """The orders of these cases, or of all, that were answered at all."""
    for facts, order in noted_orders(transcript, PLANNED, *cases):
        yield Answered(str(facts["case"]), facts, order.exchange)
