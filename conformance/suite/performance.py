"""One whole run: the doctor first, then every script, judged as it ends."""

import asyncio
import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from conformance.errors import ConformanceError
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Transcript
from conformance.judge.record import RunRecord, SubjectFacts
from conformance.judge.verdict import Outcome
from conformance.peers.cast import Take
from conformance.peers.scene import Scene
from conformance.settings import Settings
from conformance.suite.check import Suite, SuiteModule
from conformance.suite.company import casting_for, suite_for
from conformance.suite.runner import (
    faulted,
    join_takes,
    judge,
    judge_invariants,
    wants_another_take,
)
from conformance.suite.selection import (
    Pair,
    left_out,
    missing_providers,
    narrowed,
    selected,
)

TAKES = 3
"""How often a script is played until every situation of its checks has occurred."""

TIDYING = 30.0
"""Seconds that an interrupted run may take to cancel and close what it opened."""


class Performance:
    """Plays and judges in an event loop in a thread of its own."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        suite: Suite | None = None,
    ) -> None:
        self.settings = settings
        whole = suite_for(settings) if suite is None else suite
        self.suite: Suite = selected(whole, settings)
        self._left_out = left_out(whole, settings)
        self._partial = bool(
            settings.requirements or settings.items or missing_providers(settings)
        )
        self._redactor = Redactor(settings.secrets)
        self._started = datetime.now(UTC)
        self._began = time.perf_counter()
        self._casting = casting_for(
            settings, environment, self._redactor, self._started
        )
        self._judged: dict[str, Future[tuple[Outcome, ...]]] = {}
        self._takes: list[Take] = []
        self._recorders: dict[str, Recorder] = {}
        self._error: ConformanceError | None = None
        self._faults: list[str] = []
        self._cast = threading.Event()
        self._ended = threading.Event()
        self._interrupted = False
        self._cut_short = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def planned(self) -> tuple[Pair, ...]:
        """Every module and requirement that the run decides."""
        return tuple((c.script, c.requirement) for c in self.suite.checks)

    def operation(self, module: str) -> str:
        """What a module's checks are told of as one; empty where they are not."""
        named = (m.operation for m in self.suite.modules if m.name == module)
        return next(named, "")

    @property
    def facts(self) -> SubjectFacts:
        """What is known of the subject so far."""
        return self._casting.examined.facts

    def select(self, pairs: Iterable[Pair]) -> None:
        """Cuts the run to these modules and requirements, before it starts."""
        before = self.planned
        self.suite = narrowed(self.suite, pairs)
        self._partial = self._partial or self.planned != before

    def start(self) -> None:
        """Begins; everything else waits for what it needs."""
        self._judged = {module.name: Future() for module in self.suite.modules}
        threading.Thread(target=self._live, name="conformance", daemon=True).start()

    def begin(self) -> None:
        """Starts, and returns once the doctor is done.

        Raises RunError or UsageError where no script can be played.
        """
        self.start()
        self._cast.wait()
        if self._error is not None:
            raise self._error

    def outcomes(self, module: str, requirement: str) -> tuple[Outcome, ...]:
        """What the checks of a requirement said in a module; waits until they have.

        Raises RunError or UsageError where the run could not begin.
        """
        found = self._judged[module].result()
        return tuple(o for o in found if o.requirement == requirement)

    def is_judged(self, module: str, seconds: float) -> bool:
        """Whether a module's checks have spoken, within so many seconds."""
        return bool(wait([self._judged[module]], seconds).done)

    @property
    def fuzzing(self) -> tuple[str, int] | None:
        """The script that fuzzes now, and how much it has sent; None without one."""
        for module in reversed(self.suite.modules):
            recorder = self._recorders.get(module.name)
            fuzzes = module.scene is not None and module.scene.needs.fuzz
            if fuzzes and recorder and not self._judged[module.name].done():
                return module.operation or module.name, recorder.sent
        return None

    @property
    def transcripts(self) -> tuple[Transcript, ...]:
        """What was played so far, without the doctor's."""
        return tuple(take.transcript for take in self._takes)

    def finish(self) -> RunRecord:
        """Everything, once all has been played and judged."""
        self._ended.wait()
        return self.record()

    def interrupt(self) -> RunRecord:
        """Stops playing, tidies up, and returns what there is."""
        self._interrupted = True
        return self.stop()

    def stop(self) -> RunRecord:
        """Likewise, where pytest has seen enough (-x): no interruption, but a part."""
        self._cut_short = True
        if self._loop is not None and self._task is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._ended.wait(TIDYING)
        return self.record()

    # --- in the thread ------------------------------------------------------------

    def _live(self) -> None:
        try:
            asyncio.run(self._main())
        except ConformanceError as error:
            self._error = error
        except Exception:  # noqa: BLE001 - the outermost shell: a fault of ours
            self._faults.append(traceback.format_exc(limit=-6))
        finally:
            self._release()

    def _release(self) -> None:
        for module in self.suite.modules:
            future = self._judged[module.name]
            if future.done():
                continue
            if self._error is not None:
                future.set_exception(self._error)
            elif self._faults:
                future.set_result(faulted(module, "the suite itself failed"))
            else:
                future.set_result(())
        self._cast.set()
        self._ended.set()

    async def _main(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            if not self._cut_short:
                await self._run()
        except asyncio.CancelledError:
            # Asked for by stop(): what was played until then is judged all the same.
            self._settle_invariants()
        finally:
            await self._casting.close()

    async def _run(self) -> None:
        cast = replace(
            await self._casting.cast(), keep=self._takes.append, begun=self._begun
        )
        self._cast.set()
        scenes = [m.scene for m in self.suite.modules if m.scene is not None]
        await self._casting.play_all(scenes, cast, self._perform)
        self._settle_invariants()
        self._faults.extend(self._casting.faults(self.transcripts))
        await self._casting.look_again(cast)

    def _begun(self, recorder: Recorder) -> None:
        self._recorders[recorder.header.script] = recorder

    async def _perform(self, scene: Scene, cast: Any) -> None:
        """Plays a script until all occurred, at most three times, and judges it."""
        module = next(m for m in self.suite.modules if m.scene is scene)
        judged: list[tuple[Outcome, ...]] = []
        for number in range(1, (1 if scene.needs.fuzz else TAKES) + 1):
            try:
                take = await self._casting.play(scene, cast, number)
                # Beside the loop: other scripts are waiting for answers meanwhile.
                judged.append(await asyncio.to_thread(judge, module, take.transcript))
            except Exception as error:  # noqa: BLE001 - a script or check of ours failed
                judged.append(self._fault(module, error))
                break
            self._takes.append(take)
            if not take.transcript.ending.complete or not wants_another_take(
                judged[-1]
            ):
                break
        self._judged[module.name].set_result(join_takes(judged))

    def _fault(self, module: SuiteModule, error: Exception) -> tuple[Outcome, ...]:
        told = "".join(traceback.format_exception(error, limit=-4))
        self._faults.append(f"{module.name}: {told}")
        return faulted(module, repr(error))

    def _settle_invariants(self) -> None:
        """All of them in one reading of the transcripts; one by one if one fails."""
        open_ = [
            module
            for module in self.suite.modules
            if module.scene is None and not self._judged[module.name].done()
        ]
        checks = [check for module in open_ for check in module.checks]
        try:
            found = judge_invariants(checks, self.transcripts)
        except Exception:  # noqa: BLE001 - a check of ours failed: which one?
            found = tuple(o for module in open_ for o in self._invariants(module))
        for module in open_:
            mine = {(check.requirement, check.name) for check in module.checks}
            told = tuple(o for o in found if (o.requirement, o.check) in mine)
            self._judged[module.name].set_result(told)

    def _invariants(self, module: SuiteModule) -> tuple[Outcome, ...]:
        try:
            return judge_invariants(module.checks, self.transcripts)
        except Exception as error:  # noqa: BLE001 - a check of ours failed
            return self._fault(module, error)

    # --- what it brings home --------------------------------------------------------

    def examine(self) -> None:
        """Only the doctor, whose notices the record has; raises what ended it."""
        asyncio.run(self._only_examine())

    async def _only_examine(self) -> None:
        try:
            await self._casting.cast()
        finally:
            await self._casting.close()

    def record(self) -> RunRecord:
        """The run as it stands: also one that never began."""
        outcomes: list[Outcome] = []
        for future in self._judged.values():
            if future.done() and future.exception() is None:
                outcomes.extend(future.result())
        takes = (*self._casting.takes, *self._takes)
        examined = self._casting.examined
        whole = self._ended.is_set() and self._error is None and not self._cut_short
        return RunRecord(
            subject=examined.facts,
            seed=self.settings.seed,
            command_line=self._redactor.text(" ".join(sys.argv)),
            started=self._started.isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - self._began, 3),
            planned=self.planned,
            outcomes=(*outcomes, *self._left_out),
            transcripts=tuple(take.transcript for take in takes),
            notices=tuple(examined.notices),
            account_before=examined.account,
            account_after=self._casting.after,
            left_open=(
                *(line for take in takes for line in take.left),
                *self._untidy(),
            ),
            complete=whole and not self._partial,
            partial=self._partial or self._cut_short,
            interrupted=self._interrupted,
            error=self._told(),
            faults=tuple(self._faults),
        )

    def _untidy(self) -> tuple[str, ...]:
        """Where tidying up was cut short: how to find what may be left."""
        if not self._cut_short or self._ended.is_set() or self._task is None:
            return ()
        return (f"not tidied up: orders whose client id begins {self._casting.mark}",)

    def _told(self) -> str | None:
        if self._error is None:
            return None
        return self._redactor.text(" ".join(str(self._error).split()))
