"""Between which parties an entry went: the lanes of a transcript's time line."""

from conformance.evidence.entry import Entry, Kind, Party
from conformance.evidence.transcript import Transcript
from conformance.spec.platforms import PLAYED

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


def lanes(transcript: Transcript) -> tuple[str, ...]:
    """The heads of the lanes that a transcript needs."""
    kinds = {e.kind for e in transcript.entries}
    if kinds & BELOW == {Kind.BOOKED}:
        # The books of a Gateway that we play have no wire above them.
        return (*LANES[:2], "venue")
    return (*LANES[:2], below(transcript)) if kinds & BELOW else LANES[:2]


def below(transcript: Transcript) -> str:
    """What is played below the Gateway: a broker has a name."""
    provider = transcript.header.provider
    return provider if provider in PLAYED else LANES[-1]


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
