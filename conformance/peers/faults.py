"""How a network can spoil a connection, and which fault is on: values and a switch.

Faults hold back, they lose nothing: once one is switched off, what it held back goes
on. What is to be lost is cut (`conformance.peers.forwarder`).
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """The direction that a fault spoils."""

    BOTH = "both"
    UP = "up"
    """From who connected to what it meant to reach."""
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Delay:
    """Everything comes this much later, in order."""

    seconds: float
    way: Way = Way.BOTH


@dataclass(frozen=True, slots=True)
class Stall:
    """Everything is read, nothing is passed on."""

    way: Way = Way.BOTH


@dataclass(frozen=True, slots=True)
class Drip:
    """So many bytes pass in a second, and no more."""

    bytes_a_second: int
    way: Way = Way.BOTH


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """Nothing is read and nothing is sent; the connection stays open.

    So does one that is made meanwhile: it is accepted and leads nowhere.
    """

    way: Way = Way.BOTH


Fault = Delay | Stall | Drip | HalfOpen


class Switch:
    """The fault that is on, and who waits for another."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self._changed = asyncio.Event()

    def turn(self, fault: Fault | None) -> None:
        """Switches a fault on, instead of the one before; None for none."""
        self.fault = fault
        self._changed.set()
        self._changed = asyncio.Event()

    def on(self, way: Way) -> Fault | None:
        """What spoils this direction now."""
        spoils = self.fault is not None and self.fault.way in (Way.BOTH, way)
        return self.fault if spoils else None

    async def changed(self, seconds: float | None = None) -> None:
        """Returns once it was turned, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    async def open(self, *ways: Way) -> None:
        """Returns once none of these directions is half-open."""
        while any(isinstance(self.on(way), HalfOpen) for way in ways):
            await self.changed()
