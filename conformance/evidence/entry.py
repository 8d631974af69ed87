"""One line of a transcript: what crossed a wire, or what we decided, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A value of JSON; numbers with a point are Decimal where we parsed it."""


class Kind(StrEnum):
    """What an entry records; `data` has the keys named here."""

    REQUEST = "request"
    """exchange, method, target (raw path and query), headers, body, deliberate"""
    RESPONSE = "response"
    """exchange, status, headers, body (raw text), cut (bytes left out), milliseconds"""
    NO_RESPONSE = "no-response"
    """exchange, reason (refused, reset, timeout, broken), detail"""
    OPENED = "opened"
    """stream, headers"""
    REFUSED = "refused"
    """stream, status (or null), headers, body"""
    MESSAGE = "message"
    """stream, text (or bytes, base64), deliberate"""
    CLOSED = "closed"
    """stream, code (or null), reason, by"""
    PROCESS = "process"
    """event (started, ready, signalled, exited), status, detail"""
    LOG = "log"
    """text: one line that the subject's process printed"""
    NOTE = "note"
    """text, and facts: a decision of ours, a fence, an account snapshot"""
    CALL = "call"
    """call, method, target, headers, body: what the Gateway asks of its upstream"""
    ANSWER = "answer"
    """call, status (null where none was given), headers, body, fault (null, or how it
    was given: fin, rst, silence, …), milliseconds"""
    LINKED = "linked"
    """link (a number), headers: the Gateway opened the upstream's stream"""
    FRAME = "frame"
    """link, text (or bytes, base64), deliberate: a message on the upstream's stream"""
    UNLINKED = "unlinked"
    """link, code (or null), by (us, the gateway), how"""
    BOOKED = "booked"
    """what (accepted, filled, cancelled, rejected, modified), order, client_order_id,
    symbol, side, order_type, quantity, filled, and price, trade, commission of a fill:
    what is true at the venue from here on, whoever was told"""


ILLEGAL = "illegal: "
"""How the fault of an ANSWER begins that our venue should not have given."""


class Party(StrEnum):
    """Who said it."""

    STRATEGY = "strategy"
    GATEWAY = "gateway"
    SUITE = "suite"
    VENUE = "venue"
    """What is played below a Gateway: the Engine, or a broker."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered line; `at` is seconds since the transcript began."""

    number: int
    at: float
    party: Party
    kind: Kind
    data: Mapping[str, Json]
