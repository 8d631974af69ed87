"""What a script is given: the strategy, to be met on as many Gateways as it needs."""

import asyncio
import math
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from random import Random
from typing import Any

from conformance.evidence.recorder import Recorder
from conformance.peers.strategy.footing import Footing, Start
from conformance.peers.strategy.gateway import PlayedGateway
from conformance.peers.strategy.terms import Terms
from conformance.spec.profile import Profile

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Encounter:
    """The strategy under one script."""

    start: Start
    footing: Footing
    recorder: Recorder
    random: Random
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(8))
    """How many strategies of the whole run may be met at once."""
    runs: int = 0
    seconds: float = math.inf
    """How long each meeting may last, from when there is a place for it."""

    @property
    def profile(self) -> Profile:
        """What the user declares of it."""
        return self.start.profile

    @property
    def by_us(self) -> bool:
        """Whether we are the Gateway: a real one says what its Engine has it say."""
        return self.start.meets is None

    @property
    def _turn(self) -> AbstractAsyncContextManager[Any]:
        return self.start.turn if self.profile.port else nullcontext()

    @property
    def _budget(self) -> float | None:
        return None if math.isinf(self.seconds) else self.seconds

    @asynccontextmanager
    async def gateway(
        self, terms: Terms | None = None, *, launch: bool = True, run: str = ""
    ) -> AsyncIterator[PlayedGateway]:
        """A Gateway that is there, the strategy on its stream (unless not launched).

        Raises SubjectExited or StepFailed where the strategy never comes, TimeoutError
        where the meeting takes longer than it may.
        """
        name = run or f"run-{LETTERS[self.runs]}"
        self.runs += 1
        async with self.places, self._turn, asyncio.timeout(self._budget):
            kind = self.start.meets or PlayedGateway
            met: PlayedGateway = kind(
                self.start, self.footing, terms or Terms(), self.recorder, name
            )
            try:
                await met.open()
                if launch:
                    await met.attached()
                yield met
            finally:
                await met.close()

    async def side_by_side(self, *parts: Coroutine[Any, Any, None]) -> None:
        """Plays parts of a script at once, each on a Gateway of its own."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for part in parts:
                    tasks.create_task(part)
        except BaseExceptionGroup as group:
            # What ended one part ends the script, and is told as itself.
            raise group.exceptions[0] from None
