"""What a script is given: the strategy, to be met on as many Gateways as it needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from conformance.evidence.recorder import Recorder
from conformance.peers.strategy.footing import Footing, Start
from conformance.peers.strategy.gateway import PlayedGateway, Terms
from conformance.spec.profile import Profile

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Encounter:
    """The strategy under one script."""

    start: Start
    footing: Footing
    recorder: Recorder
    random: Random
    runs: int = 0

    @property
    def profile(self) -> Profile:
        """What the user declares of it."""
        return self.start.profile

    @asynccontextmanager
    async def gateway(
        self, terms: Terms | None = None, *, launch: bool = True, run: str = ""
    ) -> AsyncIterator[PlayedGateway]:
        """A Gateway that is there, the strategy on its stream (unless not launched).

        Raises SubjectExited or StepFailed where the strategy never comes.
        """
        name = run or f"run-{LETTERS[self.runs]}"
        self.runs += 1
        met = PlayedGateway(
            self.start, self.footing, terms or Terms(), self.recorder, name
        )
        await met.open()
        try:
            if launch:
                await met.attached()
            yield met
        finally:
            await met.close()
