"""One whole run: the doctor first, then every script, judged as it ends."""

import asyncio
import contextlib
import ssl
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import UTC, datetime

from conformance.errors import ConformanceError, SafetyRefusal, SubjectUnfit
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Transcript
from conformance.judge.record import Notice, RunRecord, SubjectFacts
from conformance.judge.verdict import Outcome, Verdict
from conformance.peers.firewall import permission_for
from conformance.peers.instances import (
    CommandSubject,
    EmbeddedSubject,
    RunningSubject,
    Subject,
    reach,
)
from conformance.peers.played import Played
from conformance.peers.rest import Address
from conformance.peers.scene import Needs, Scene
from conformance.peers.stage import Cast, Take, play, play_all
from conformance.settings import Settings
from conformance.suite.check import Suite, SuiteModule
from conformance.suite.doctor import (
    Examination,
    guard_positions,
    look,
    refusal,
    try_events,
)
from conformance.suite.gateway import gateway_suite
from conformance.suite.runner import (
    join_takes,
    judge,
    judge_invariants,
    wants_another_take,
)
from conformance.suite.selection import selected

TAKES = 3
"""How often a script is played until every situation of its checks has occurred."""


class Performance:
    """Plays and judges in an event loop in a thread of its own."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.suite: Suite = selected(gateway_suite(), settings)
        self.planned = tuple((c.script, c.requirement) for c in self.suite.checks)
        self._environment = environment
        self._redactor = Redactor(settings.secrets)
        self._started = datetime.now(UTC)
        self._began = time.perf_counter()
        self._subject = _subject(settings, environment, self._redactor)
        self._judged: dict[str, Future[tuple[Outcome, ...]]] = {
            module.name: Future() for module in self.suite.modules
        }
        self._takes: list[Take] = []
        self._examined = Examination(
            SubjectFacts(self._subject.kind, self._subject.shown)
        )
        self._after: object = None
        self._error: ConformanceError | None = None
        self._faults: list[str] = []
        self._ended = threading.Event()
        self._interrupted = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins; everything else waits for what it needs."""
        threading.Thread(target=self._live, name="conformance", daemon=True).start()

    def outcomes(self, module: str, requirement: str) -> tuple[Outcome, ...]:
        """What the checks of a requirement said in a module; waits until they have.

        Raises RunError or UsageError where the run could not begin.
        """
        found = self._judged[module].result()
        return tuple(o for o in found if o.requirement == requirement)

    def finish(self) -> RunRecord:
        """Everything, once all has been played and judged."""
        self._ended.wait()
        return self._record()

    def interrupt(self) -> RunRecord:
        """Stops playing, tidies up, and returns what there is."""
        self._interrupted = True
        if (
            self._loop is not None
            and self._task is not None
            and not self._ended.is_set()
        ):
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._ended.wait(30)
        return self._record()

    # --- in the thread ------------------------------------------------------------

    def _live(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass
        except ConformanceError as error:
            self._error = error
        except Exception:  # noqa: BLE001 - the outermost shell: a fault of ours
            self._faults.append(traceback.format_exc(limit=-6))
        finally:
            self._release()

    def _release(self) -> None:
        for future in self._judged.values():
            if not future.done():
                if self._error is not None:
                    future.set_exception(self._error)
                else:
                    future.set_result(())
        self._ended.set()

    async def _main(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            await self._run()
        finally:
            if isinstance(self._subject, EmbeddedSubject):
                await self._subject.close()

    async def _run(self) -> None:
        cast = await self._examine()
        scenes = [m.scene for m in self.suite.modules if m.scene is not None]
        await play_all(scenes, cast, self._perform)
        self._settle_invariants()
        await self._look_again(cast)

    async def _perform(self, scene: Scene, cast: Cast) -> None:
        """Plays a script until all occurred, at most three times, and judges it."""
        module = next(m for m in self.suite.modules if m.scene is scene)
        judged: list[tuple[Outcome, ...]] = []
        for number in range(1, TAKES + 1):
            try:
                take = await play(scene, cast, number)
                judged.append(judge(module, take.transcript))
            except SafetyRefusal:
                raise
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
        return tuple(
            Outcome(
                c.requirement, c.name, module.name, Verdict.SUITE_FAULT, repr(error)
            )
            for c in module.checks
        )

    def _settle_invariants(self) -> None:
        transcripts = self._transcripts()
        for module in self.suite.modules:
            if module.scene is None:
                try:
                    found = judge_invariants(module.checks, transcripts)
                except Exception as error:  # noqa: BLE001 - a check of ours failed
                    found = self._fault(module, error)
                self._judged[module.name].set_result(found)

    def _transcripts(self) -> tuple[Transcript, ...]:
        return tuple(take.transcript for take in self._takes)

    # --- the doctor ------------------------------------------------------------------

    async def _examine(self) -> Cast:
        settings, subject = self.settings, self._subject
        if isinstance(subject, RunningSubject):
            await reach(subject.address, subject.shown)
        cast = Cast(
            subject=subject,
            permission=permission_for(
                ("mock",), ours=True, allowed=None, symbols=(), max_notional=None
            ),
            run_id=_run_id(self._started),
            seed=settings.seed,
            redactor=self._redactor,
        )
        await self._doctor(cast, reading=True)
        facts = self._examined.facts
        permission = permission_for(
            facts.platforms,
            ours=subject.kind != "url",
            allowed=settings.gateway_allow_platform,
            symbols=settings.gateway_symbols,
            max_notional=settings.gateway_max_notional,
        )
        guard_positions(self._examined, permission)
        cast = Cast(
            subject=subject,
            permission=permission,
            run_id=cast.run_id,
            seed=settings.seed,
            redactor=self._redactor,
            provider=", ".join(facts.platforms) or "unknown",
            symbols=settings.gateway_symbols,
            capabilities=facts.capabilities,
            clean=self._examined.clean,
        )
        if permission.unbounded or settings.gateway_symbols:
            await self._doctor(cast, reading=False)
        return cast

    async def _doctor(self, cast: Cast, *, reading: bool) -> None:
        """Plays the doctor's own script; a fatal notice ends the run."""

        async def script(played: Played) -> None:
            if reading:
                self._examined = await look(played, self._examined.facts)
            else:
                await try_events(played, self._examined)

        take = await play(Scene("doctor", script, Needs(orders=not reading)), cast)
        fatal = refusal(self._examined)
        if fatal is not None:
            raise SubjectUnfit(fatal)
        if not take.transcript.ending.complete:
            raise SubjectUnfit(take.transcript.ending.error or "")

    async def _look_again(self, cast: Cast) -> None:
        if not cast.subject.shared:
            return

        async def script(played: Played) -> None:
            self._after = (await played.get("/v1/account")).json

        await play(Scene("account-after", script, Needs(orders=False)), cast)

    def examine(self) -> tuple[SubjectFacts, tuple[Notice, ...]]:
        """Only the doctor; raises what ended it."""
        try:
            asyncio.run(self._only_examine())
        except SubjectUnfit:
            if refusal(self._examined) is None:
                raise
        return self._examined.facts, tuple(self._examined.notices)

    async def _only_examine(self) -> None:
        try:
            await self._examine()
        finally:
            if isinstance(self._subject, EmbeddedSubject):
                await self._subject.close()

    def _record(self) -> RunRecord:
        outcomes: list[Outcome] = []
        for future in self._judged.values():
            if future.done() and future.exception() is None:
                outcomes.extend(future.result())
        return RunRecord(
            subject=self._examined.facts,
            seed=self.settings.seed,
            command_line=self._redactor.text(" ".join(sys.argv)),
            started=self._started.isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - self._began, 3),
            planned=self.planned,
            outcomes=tuple(outcomes),
            transcripts=self._transcripts(),
            notices=tuple(self._examined.notices),
            account_before=self._examined.account,
            account_after=self._after,
            left_open=tuple(line for take in self._takes for line in take.left),
            complete=self._ended.is_set()
            and not self._interrupted
            and self._error is None,
            interrupted=self._interrupted,
            error=None if self._error is None else str(self._error),
            faults=tuple(self._faults),
        )


def _subject(
    settings: Settings, environment: Mapping[str, str], redactor: Redactor
) -> Subject:
    if settings.gateway_cmd is not None:
        if settings.gateway_cmd == "embedded":
            return EmbeddedSubject()
        shown = redactor.text(settings.gateway_cmd)
        return CommandSubject(settings.gateway_cmd, shown, environment)
    if settings.gateway_url == "embedded":
        return EmbeddedSubject(shared=True)
    url = str(settings.gateway_url)
    tls = (
        ssl.create_default_context(cafile=settings.gateway_ca)
        if settings.gateway_ca
        else True
    )
    return RunningSubject(Address(url, settings.gateway_key, tls), redactor.text(url))


def _run_id(started: datetime) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    value = int(started.timestamp() * 1000) % 36**6
    return "".join(digits[value // 36**i % 36] for i in range(6))
