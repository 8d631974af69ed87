"""How much of what a run is about took place in it: answers, orders, fills."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Transcript

ON_A_WIRE = frozenset({Kind.REQUEST, Kind.RESPONSE, Kind.MESSAGE, Kind.FRAME})
FILLED = re.compile(r'"filled_quantity"\s*:\s*"?(?!-)0*\.?0*[1-9]')
CLOSED = re.compile(r'"\w*(?:code|reason)"\s*:\s*"MARKET_CLOSED"')


@dataclass(slots=True)
class Traffic:
    """What took place in several transcripts, counted."""

    said: int = 0
    """Requests, answers and messages of any party."""
    answers: Counter[int] = field(default_factory=Counter)
    """Answers by status; those to requests that were wrong on purpose are left out."""
    orders: int = 0
    """Orders that were sent, and not wrong on purpose."""
    accepted: int = 0
    fills: int = 0
    """Entries that tell of a fill, or book one."""
    closed: int = 0
    """Entries in which a market that nobody plays is told closed."""


def traffic(transcripts: Iterable[Transcript]) -> Traffic:
    """What took place in them all in all; an entry's text is searched, not parsed."""
    found = Traffic()
    for transcript in transcripts:
        played = any(entry.party is Party.VENUE for entry in transcript.entries)
        asked: dict[object, bool] = {}
        for entry in transcript.entries:
            found.said += entry.kind in ON_A_WIRE
            if entry.kind is Kind.REQUEST and not entry.data.get("deliberate"):
                asked[entry.data["exchange"]] = _is_order(entry.data)
                found.orders += _is_order(entry.data)
            elif entry.kind is Kind.RESPONSE:
                _answered(found, entry, asked)
            found.fills += _fills(entry)
            found.closed += not played and _closed(entry)
    return found


def _is_order(data: Mapping[str, object]) -> bool:
    path = str(data["target"]).partition("?")[0]
    return data["method"] == "POST" and path.rstrip("/").endswith("/v1/orders")


def _answered(found: Traffic, entry: Entry, asked: Mapping[object, bool]) -> None:
    exchange = entry.data["exchange"]
    if exchange in asked:
        status = int(entry.data["status"])
        found.answers[status] += 1
        found.accepted += asked[exchange] and status == 201


def _fills(entry: Entry) -> bool:
    if entry.kind is Kind.BOOKED:
        return entry.data.get("what") == "filled"
    told = _told(entry)
    # A list may show what was filled long before.
    return not told.startswith("[") and FILLED.search(told) is not None


def _closed(entry: Entry) -> bool:
    return not entry.data.get("deliberate") and bool(CLOSED.search(_told(entry)))


def _told(entry: Entry) -> str:
    """What a Gateway said in an answer or on its stream."""
    if entry.party is not Party.GATEWAY:
        return ""
    name = {Kind.RESPONSE: "body", Kind.MESSAGE: "text"}.get(entry.kind)
    return str(entry.data.get(name) or "") if name else ""
