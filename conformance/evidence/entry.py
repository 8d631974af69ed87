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


class Party(StrEnum):
    """Who said it."""

    STRATEGY = "strategy"
    GATEWAY = "gateway"
    SUITE = "suite"


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered line; `at` is seconds since the transcript began."""

    number: int
    at: float
    party: Party
    kind: Kind
    data: Mapping[str, Json]
