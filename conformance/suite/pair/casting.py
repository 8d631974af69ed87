"""Before the first script about a pair: the Gateway is looked at, the strategy met."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from conformance.errors import ProviderMissing
from conformance.evidence.entry import Kind, Party
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Transcript
from conformance.judge.record import SubjectFacts
from conformance.peers.embedded import EmbeddedSubject
from conformance.peers.pair.gateway import meeting
from conformance.peers.pair.looking import health
from conformance.peers.processes import CommandSubject
from conformance.peers.strategy.footing import UNMET
from conformance.peers.strategy.stage import StrategyCast
from conformance.settings import Settings
from conformance.suite.casting import subject_of
from conformance.suite.doctor import Examination, told_by
from conformance.suite.strategy.casting import StrategyCasting

PROVIDER = "tektii"
KIND = "pair"


class PairCasting(StrategyCasting):
    """Finds out what the scripts about a strategy and a Gateway are played with."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        redactor: Redactor,
        started: datetime,
    ) -> None:
        super().__init__(settings, environment, redactor, started)
        self.subject = subject_of(settings, environment, redactor)
        self._start = replace(self._start, meets=meeting(self.subject))
        alone = self.examined.facts
        facts = SubjectFacts(
            KIND, self.subject.shown, digest=alone.digest, strategy=alone.address
        )
        self.examined = Examination(facts)

    async def cast(self) -> StrategyCast:
        """The Gateway's own word, and the rehearsal on it."""
        try:
            said = await health(self.subject)
        except ProviderMissing as missing:
            self.examined.say("blocking", "provider", str(missing))
            return self._marked(self._without(str(missing)))
        facts = self.examined.facts
        self.examined.facts = replace(facts, **told_by(said))
        return self._marked(await super().cast())

    def _without(self, lacking: str) -> StrategyCast:
        """A cast that can play nothing, and says why."""
        seed = self._settings.seed
        return StrategyCast(
            self._start, UNMET, self._run_id, seed, self._redactor, lacking=lacking
        )

    def _marked(self, cast: StrategyCast) -> StrategyCast:
        return replace(
            cast, kind=KIND, provider=PROVIDER, keep=self.takes.append, width=WIDTH
        )

    def faults(self, transcripts: Iterable[Transcript]) -> Iterator[str]:
        """Events of our Engine that its description refuses; the rest others said."""
        for transcript in transcripts:
            for entry in transcript.of_kind(Kind.FRAME):
                fault = entry.data.get("fault")
                if entry.party is Party.VENUE and fault:
                    yield f"{transcript.name}: the Engine told a wrong event: {fault}"

    async def close(self) -> None:
        """Ends every Gateway that is left."""
        if isinstance(self.subject, EmbeddedSubject | CommandSubject):
            await self.subject.close()


WIDTH = 6
"""Scripts that play at once: each has a Gateway beside its strategy."""
