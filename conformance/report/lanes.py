"""Between which parties an entry went: the lanes of a transcript's time line."""

from collections.abc import Iterable

from conformance.evidence.entry import Entry, Kind, Party

LANES = ("strategy", "Gateway", "Engine")
"""From left to right; the last one only where something below was played."""

BELOW = frozenset(
    {Kind.CALL, Kind.ANSWER, Kind.LINKED, Kind.FRAME, Kind.UNLINKED, Kind.BOOKED}
)
DOWN, UP = "strategy-gateway", "gateway-strategy"
"""Between the strategy and the Gateway, towards the Gateway and from it."""

OUT, IN = "gateway-engine", "engine-gateway"

WAYS = {
    Kind.REQUEST: DOWN,
    Kind.RESPONSE: UP,
    Kind.NO_RESPONSE: UP,
    Kind.OPENED: DOWN,
    Kind.REFUSED: UP,
    Kind.CALL: OUT,
    Kind.ANSWER: IN,
    Kind.LINKED: OUT,
    Kind.BOOKED: "at-engine",
    Kind.PROCESS: "at-gateway",
    Kind.LOG: "at-gateway",
    Kind.NOTE: "across",
}


def lanes(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The heads of the lanes that these entries need."""
    kinds = {e.kind for e in entries}
    if kinds & BELOW == {Kind.BOOKED}:
        # The books of a Gateway that we play have no wire above them.
        return (*LANES[:2], "venue")
    return LANES if kinds & BELOW else LANES[:2]


def way(entry: Entry) -> str:
    """From which lane to which an entry went, or where it happened."""
    found = WAYS.get(entry.kind)
    if found == "at-gateway" and entry.party is Party.STRATEGY:
        return "at-strategy"
    if found is not None:
        return found
    if entry.kind in BELOW:
        return IN if entry.party is Party.VENUE else OUT
    return UP if entry.party is Party.GATEWAY else DOWN
