"""What a transcript tells of requests whose answers from the venue were lost."""

from collections.abc import Iterator

from conformance.evidence.entry import Entry
from conformance.evidence.exchange import Exchange
from conformance.evidence.transcript import Transcript
from conformance.judge.orders import announcements
from conformance.judge.venue import Call, calls
from conformance.judge.venue_answers import Answered

LOST, FAULT = "lost", "fault"
"""What was planned for an order: it is booked and its answer lost, or it is not."""

ENDS = ("ORDER_REJECTED", "ORDER_CANCELLED", "ORDER_EXPIRED")


def refused(each: Answered) -> bool:
    """Whether the strategy was told that its order is not to be."""
    status = each.exchange.status or 0
    return 400 <= status < 500 and status != 429


def copies(transcript: Transcript, client_id: str) -> tuple[Call, ...]:
    """How often the Gateway sent the venue an order with this client order id."""
    return tuple(
        call
        for call in calls(transcript)
        if call.submits and call.client_id == client_id
    )


def found_later(listed: Exchange, client_id: str) -> bool:
    """Whether a list of orders holds one with this client order id."""
    rows = listed.body if isinstance(listed.body, list) else []
    return any(
        isinstance(row, dict) and row.get("client_order_id") == client_id
        for row in rows
    )


def ends_told(transcript: Transcript, client_id: str) -> Iterator[tuple[Entry, str]]:
    """Where the stream told that an order was rejected, cancelled or expired."""
    for said in announcements(transcript):
        if said.order.get("client_order_id") == client_id and said.event in ENDS:
            yield said.entry, said.event
