"""Before the first script about a strategy: it is met, and made to trade."""

import hashlib
import secrets
import shlex
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance.errors import StepFailed, SubjectSilent
from conformance.evidence.entry import Json
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Header, Transcript
from conformance.judge.record import SubjectFacts
from conformance.peers.cast import Take
from conformance.peers.scene import Needs, Scene
from conformance.peers.strategy.footing import Footing, Start
from conformance.peers.strategy.kept import keep_path, kept_path
from conformance.peers.strategy.rehearsal import rehearse
from conformance.peers.strategy.stage import StrategyCast, play, play_all
from conformance.settings import Settings
from conformance.suite.doctor import Examination
from conformance.suite.second_opinion import illegal_answers

DOCTOR = "doctor"


class StrategyCasting:
    """Finds out what the scripts of one run are played with."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        redactor: Redactor,
        started: datetime,
    ) -> None:
        profile = settings.profile
        command = settings.strategy_cmd or profile.command
        key = secrets.token_hex(20)
        self._settings = settings
        self._redactor = Redactor((*redactor.secrets, key))
        self._start = Start(
            command=command,
            folder=Path(profile.directory or ".").resolve(),
            user=environment,
            profile=profile,
            key=key,
        )
        self._run_id = f"{int(started.timestamp() * 1000) % 36**6:x}"
        facts = SubjectFacts(
            "strategy", redactor.text(command), digest=digest_of(self._start)
        )
        self.examined = Examination(facts)
        self.takes: list[Take] = []
        self.after: Json = None

    @property
    def mark(self) -> str:
        """Nothing of it outlives the run."""
        return ""

    async def cast(self) -> StrategyCast:
        """The rehearsal: met, and made to trade.

        Raises SubjectExited or SubjectSilent where the strategy never connects.
        """
        name, seed = f"doctor ({self.examined.facts.kind})", self._settings.seed
        header = Header(DOCTOR, name, "", self._run_id, (), seed, "")
        recorder = Recorder(header, time.perf_counter, self._redactor)
        scene = Scene(DOCTOR, _no_script, Needs())
        try:
            footing = await rehearse(
                self._start, recorder, kept_path(self._trigger_file)
            )
        except StepFailed as error:
            raise SubjectSilent(
                f"{error.step} (it is told where in GATEWAY_URL and its like; port in "
                f"the profile is for one that is built in)",
                self._start.profile.start_seconds,
            ) from error
        finally:
            # A search is long and nobody judges it: its beginning shows what was said.
            told = recorder.close(complete=True)
            self.takes.append(Take(scene, told))
        self._tell(footing)
        if footing.closes and not self._settings.plan:
            keep_path(footing.path, self._trigger_file)
        return StrategyCast(
            self._start,
            footing,
            self._run_id,
            self._settings.seed,
            self._redactor,
            keep=self.takes.append,
        )

    # --- the path that makes it trade ---

    @property
    def _trigger_file(self) -> Path:
        digest = self.examined.facts.digest[:16]
        return self._settings.report_dir / "triggers" / f"{digest}.json"

    def _tell(self, footing: Footing) -> None:
        say = self.examined.say
        say("ok", "reachable", "the strategy opened its stream")
        paced = "every event id" if footing.acks else "nothing"
        say("ok", "acknowledgements", f"it acknowledges {paced}")
        if not footing.trades:
            fix = "give a [trigger] in the profile (--strategy-profile)"
            tried = f"it placed no order on {len(footing.tried)} price paths"
            say("blocking", "trading", tried, fix)
            return
        out = f"out on bar {footing.exit}" if footing.closes else "and never out"
        told = f"on {footing.path.name} it went in on bar {footing.entry}, {out}"
        say("ok" if footing.closes else "warning", "trading", told)

    # --- what the run asks for ---

    async def play(self, scene: Scene, cast: Any, take: int) -> Take:
        """One take of a script."""
        return await play(scene, cast, take)

    async def play_all(
        self,
        scenes: Sequence[Scene],
        cast: Any,
        perform: Callable[[Scene, Any], Awaitable[None]],
    ) -> None:
        """Has every script performed."""
        await play_all(scenes, cast, perform)

    def faults(self, transcripts: Iterable[Transcript]) -> Iterator[str]:
        """Answers and messages of ours that our documents refuse."""
        return illegal_answers(transcripts)

    async def look_again(self, cast: Any) -> None:
        """Nothing is left that could be looked at."""

    async def close(self) -> None:
        """Every script ends what it started."""


async def _no_script(_: object) -> None:
    """The doctor has none."""


def digest_of(start: Start) -> str:
    """The SHA-256 of the files that the command names: which strategy was judged."""
    found = hashlib.sha256(start.command.encode())
    for word in shlex.split(start.command):
        path = start.folder / word
        if path.is_file() and path.stat().st_size < 64 * 1024**2:
            found.update(path.read_bytes())
    return found.hexdigest()


def strategy_sha256(settings: Settings) -> str:
    """The same of what the options name, without a run."""
    profile = settings.profile
    command = settings.strategy_cmd or profile.command
    folder = Path(profile.directory or ".").resolve()
    return digest_of(Start(command, folder, {}, profile, ""))
