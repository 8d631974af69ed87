"""Plays scripts: each on its own symbols and ids, side by side where that is safe."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from conformance.errors import (
    RunError,
    SafetyRefusal,
    StepFailed,
    SubjectSilent,
    SubjectUnreachable,
)
from conformance.evidence.entry import Kind, Party
from conformance.evidence.recorder import Recorder
from conformance.evidence.transcript import Header
from conformance.peers.cast import Cast, Take
from conformance.peers.firewall import Firewall
from conformance.peers.instances import NOWHERE, Instance, RunningInstance, reach
from conformance.peers.obstacles import obstacle
from conformance.peers.played import Played
from conformance.peers.providers import built_in
from conformance.peers.scene import Scene
from conformance.peers.tidying import tidy
from conformance.peers.upstreams import provider_below, standing, symbols_below

DIED = "the Gateway had died"
"""What a script reads that lost its subject."""

DYING_SECONDS = 2.0
"""How long a process that was cut off in mid-answer may take until it has ended."""

PROBE_SECONDS = 2.0
"""How long a Gateway that fell silent may take to show that it lives."""

TIDY_SECONDS = 10.0
"""How long tidying up may take, also after Ctrl-C."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""One for each symbol of a script: 26 at the most."""


async def play_all(
    scenes: Sequence[Scene],
    cast: Cast,
    perform: Callable[[Scene, Cast], Awaitable[None]],
) -> None:
    """Has every script performed.

    Side by side first; then, on a shared instance, those that must be alone; those
    that could kill the subject come last.
    """
    for group in _acts(scenes, cast):
        limit = asyncio.Semaphore(1 if _one_by_one(group, cast) else cast.width)

        async def one(scene: Scene, limit: asyncio.Semaphore = limit) -> None:
            async with limit:
                await perform(scene, cast)

        async with asyncio.TaskGroup() as tasks:
            for scene in group:
                tasks.create_task(one(scene))


def _acts(scenes: Sequence[Scene], cast: Cast) -> tuple[list[Scene], ...]:
    fuzz = [s for s in scenes if s.needs.fuzz]
    plain = [s for s in scenes if not s.needs.fuzz]
    alone = [s for s in plain if s.needs.alone and not s.needs.hostile]
    hostile = [s for s in plain if s.needs.hostile]
    if cast.subject.shared:
        first = [s for s in plain if not s.needs.alone and not s.needs.hostile]
        # One Engine, one recorder: who plays it plays it alone.
        engine = [s for s in first if s.needs.engine]
        return [s for s in first if not s.needs.engine], alone, engine, hostile, fuzz
    # An instance each: nobody is in anybody's way, but for the load that they make.
    return [s for s in plain if not s.needs.hostile], hostile, fuzz


def _one_by_one(group: Sequence[Scene], cast: Cast) -> bool:
    # What generates its requests is the load: a second one would only be timed wrong.
    if cast.sequential or any(s.needs.fuzz for s in group):
        return True
    shared = cast.subject.shared
    return shared and any(
        s.needs.alone or s.needs.hostile or s.needs.engine for s in group
    )


async def play(scene: Scene, cast: Cast, take: int = 1) -> Take:
    """One take of a script; a run error ends it and is written into its transcript.

    So does a request that the firewall keeps at home: the rest of the run goes on.
    """
    recorder = _recorder(scene, cast, take)
    problem = obstacle(scene, cast)
    if problem is not None:
        return Take(scene, recorder.close(complete=False, error=problem))
    cast.begun(recorder)
    left: list[str] = []
    error: str | None = None
    refused = False
    try:
        async with _played(scene, cast, recorder) as played:
            try:
                async with asyncio.timeout(scene.needs.seconds) as played.limit:
                    await scene.script(played)
            except TimeoutError:
                error = f"the script did not end within {scene.needs.seconds:g} s"
            except RunError as stop:
                error = str(stop)
                refused = isinstance(stop, StepFailed) and stop.answered
            finally:
                left += await _leave(scene, cast, played)
            if error is not None and await _gone(played):
                error, refused = DIED, False
    except (RunError, SafetyRefusal) as stop:
        error = str(stop)
    except asyncio.CancelledError:
        told = "the run was ended before the script was"
        cast.keep(Take(scene, recorder.close(complete=False, error=told), tuple(left)))
        raise
    transcript = recorder.close(complete=error is None, error=error, refused=refused)
    return Take(scene, transcript, tuple(left))


@asynccontextmanager
async def _played(
    scene: Scene, cast: Cast, recorder: Recorder
) -> AsyncIterator[Played]:
    instance: Instance | None = None
    async with standing(scene, cast, recorder) as below:
        if scene.needs.start:
            instance = await _started(scene, cast, below.environment)
        played = Played(
            recorder=recorder,
            subject=cast.subject,
            instance=instance or RunningInstance("none yet", NOWHERE),
            symbols=recorder.header.symbols,
            prefix=recorder.header.prefix,
            random=random.Random(f"{cast.seed}/{scene.name}"),
            firewall=cast.firewall or Firewall(cast.permission),
            pace=cast.pace,
            capabilities=cast.capabilities,
            environment=below.environment,
            examples=cast.examples,
            below=below.engine,
            broker=below.venue,
        )
        try:
            yield played
        finally:
            if instance is not None:
                await cast.subject.release(instance)


async def _started(
    scene: Scene, cast: Cast, environment: Mapping[str, str]
) -> Instance:
    """An instance; ProviderMissing where this build has not what a script needs."""
    with built_in(environment.get("GATEWAY_PROVIDER", "mock")):
        return await cast.subject.start(scene.name, environment)


async def _leave(scene: Scene, cast: Cast, played: Played) -> tuple[str, ...]:
    """Tidies up within its time, also when the script was cancelled."""
    if _fell_silent(played):
        await played.instance.ended(DYING_SECONDS)
    _tell_death(played)
    try:
        async with asyncio.timeout(TIDY_SECONDS):
            if cast.subject.shared and scene.needs.orders:
                return await tidy(played)
    except (TimeoutError, RunError) as error:
        return (f"{scene.name}: could not be tidied up: {error}",)
    finally:
        # A peer that never ends its half of the closing is left where it is.
        with suppress(TimeoutError):
            await asyncio.wait_for(played.hang_up(), TIDY_SECONDS)
    return ()


def _fell_silent(played: Played) -> bool:
    """Whether the last that was asked of our instance was cut off: is it dying?"""
    kinds = (Kind.RESPONSE, Kind.NO_RESPONSE)
    answers = [e for e in played.recorder.entries if e.kind in kinds]
    lost = bool(answers) and answers[-1].kind is Kind.NO_RESPONSE
    running = played.instance.ours and played.instance.exit_status is None
    return lost and running and answers[-1].data["reason"] != "timeout"


def _tell_death(played: Played) -> None:
    """Writes down that the subject ended without being asked to."""
    status = played.instance.exit_status
    told = any(e.kind is Kind.PROCESS for e in played.recorder.entries)
    if status is not None and not told and played.instance.ours:
        played.recorder.add(
            Party.GATEWAY,
            Kind.PROCESS,
            event="died",
            status=status,
            detail="\n".join(played.instance.log[-20:]),
        )


async def _gone(played: Played) -> bool:
    """Whether the subject ended under the script, which the transcript then says."""
    instance = played.instance
    if any(e.data.get("event") == "died" for e in played.recorder.entries):
        return True
    if instance.ours or instance.address is NOWHERE:
        return False
    try:
        await reach(instance.address, instance.name, PROBE_SECONDS)
    except SubjectSilent:
        return False
    except SubjectUnreachable as error:
        played.recorder.add(
            Party.GATEWAY, Kind.PROCESS, event="died", status=None, detail=str(error)
        )
        return True
    return False


def _recorder(scene: Scene, cast: Cast, take: int) -> Recorder:
    number = scene_number(scene.name)
    symbols = _symbols(scene, cast) or tuple(
        f"CT{cast.run_id[-4:]}{number}{LETTERS[i]}{take}".upper()
        for i in range(scene.needs.symbols)
    )
    header = Header(
        script=scene.name,
        instance=f"{scene.name} ({cast.subject.kind})",
        provider=provider_below(scene) or cast.provider,
        prefix=f"cf{cast.run_id}-{number}-{take}",
        symbols=symbols,
        seed=cast.seed,
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        environment=_shown(scene.needs.environment),
        take=take,
    )
    return Recorder(header, time.perf_counter, cast.redactor)


def _symbols(scene: Scene, cast: Cast) -> tuple[str, ...]:
    """Those that the user named, or that the broker trades; none for any others."""
    known = symbols_below(scene) if scene.needs.venue else cast.symbols
    return known[: scene.needs.symbols]


def scene_number(name: str) -> str:
    """A short stable mark of a script: its symbols and ids carry it."""
    value = 0
    for letter in name.encode():
        value = (value * 131 + letter) % (36**4)
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "".join(digits[value // 36**i % 36] for i in range(4))


def _shown(environment: Mapping[str, str]) -> dict[str, str]:
    return {k: "…" if "KEY" in k else v for k, v in environment.items()}
