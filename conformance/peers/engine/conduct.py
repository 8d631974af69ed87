"""What the Engine does with a request, where a script wants it to misbehave."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.evidence.entry import Json


class How(StrEnum):
    """How a connection ends, or does not."""

    FIN = "fin"
    RST = "rst"
    SILENCE = "silence"
    """Nothing more comes, and nothing says so."""


class When(StrEnum):
    """How far a request had come when its connection was cut."""

    BEFORE = "before"
    """Its body was not read, nothing was booked."""
    ACCEPTED = "accepted"
    """It was booked, nothing was answered."""
    ANSWERED = "answered"
    """A half of the answer was sent."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The venue's clean no; nothing is booked."""

    text: str
    code: str | None = None
    status: int = 422

    @property
    def body(self) -> Json:
        told = {"message": self.text}
        return {"error": told if self.code is None else {**told, "code": self.code}}


@dataclass(frozen=True, slots=True)
class Status:
    """Any status and text; `booked` says whether the venue took it all the same."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    booked: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection of the request is cut."""

    when: When = When.ACCEPTED
    how: How = How.RST


@dataclass(frozen=True, slots=True)
class EventsFirst:
    """It is booked and told on the stream, and answered so much later."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Drip:
    """It is answered as it should, and the body comes in pieces, for so long."""

    seconds: float = 0.6
    pieces: int = 6


@dataclass(frozen=True)
class Hold:
    """It is answered once the script lets go; `booked` says whether before that."""

    booked: bool = True
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Has it answered now."""
        self.let_go.set()


Conduct = Refuse | Status | Cut | Drip | EventsFirst | Hold
