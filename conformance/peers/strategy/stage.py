"""Plays the scripts about a strategy: side by side, each with processes of its own."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conformance.errors import RunError, StepFailed
from conformance.evidence.recorder import Recorder
from conformance.evidence.redaction import Redactor
from conformance.evidence.transcript import Header
from conformance.peers.cast import Take
from conformance.peers.scene import Scene
from conformance.peers.stage import scene_number
from conformance.peers.strategy.encounter import Encounter
from conformance.peers.strategy.footing import Footing, Start

WIDTH = 8
"""Scripts that play at once."""

PLACES = 10
"""Strategies that run at once: they share two cores with us."""

LACKING = "lacking"
"""The name of the note that says why no script could be played."""

PROFILE = "profile"
FOOTING = "footing"
"""The names of the notes with which every transcript begins."""


@dataclass(frozen=True, slots=True)
class StrategyCast:
    """What every script of a run is played with."""

    start: Start
    footing: Footing
    run_id: str
    seed: int
    redactor: Redactor
    width: int = WIDTH
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PLACES))
    keep: "Callable[[Take], object]" = field(default=lambda _: None)
    begun: "Callable[[Recorder], object]" = field(default=lambda _: None)
    kind: str = "strategy"
    """What is judged: a strategy, or one with its Gateway, a pair."""
    provider: str = ""
    lacking: str = ""
    """What the Gateway of a pair has not, so that nothing can be played."""


def obstacle(scene: Scene, cast: StrategyCast) -> str | None:
    """Why this script cannot be played with this strategy; None where it can."""
    needs: Any = scene.needs
    if cast.lacking or needs.impossible:
        return cast.lacking or str(needs.impossible)
    for name in needs.declared:
        if not cast.start.profile.declares(name):
            return f"declare {name} in the profile (--strategy-profile)"
    footing = cast.footing
    if needs.trades and not footing.trades:
        tried = "; ".join(footing.tried) or "nothing"
        return (
            f"the strategy could not be made to trade (tried: {tried}): "
            f"give a [trigger] in the profile"
        )
    if needs.closes and not footing.closes:
        return "the strategy never closed what it had opened: give a trigger with exit"
    if needs.acks and not footing.acks:
        return "the strategy acknowledges nothing: it cannot be played a backtest"
    return None


async def play_all(
    scenes: Sequence[Scene],
    cast: StrategyCast,
    perform: Callable[[Scene, Any], Awaitable[None]],
) -> None:
    """Has every script performed, as many at once as the cast allows."""
    limit = asyncio.Semaphore(cast.width)

    async def one(scene: Scene) -> None:
        async with limit:
            await perform(scene, cast)

    # The longest first: the run then ends about when that one does.
    ordered = sorted(scenes, key=lambda s: -s.needs.seconds)
    async with asyncio.TaskGroup() as tasks:
        for scene in ordered:
            tasks.create_task(one(scene))


async def play(scene: Scene, cast: StrategyCast, take: int = 1) -> Take:
    """One take of a script; a run error ends it and is written into its transcript."""
    recorder = recorder_for(scene, cast, take)
    problem = obstacle(scene, cast)
    if cast.lacking:
        recorder.note(cast.lacking, name=LACKING)
    if problem is not None:
        return Take(scene, recorder.close(complete=False, error=problem))
    cast.begun(recorder)
    source = random.Random(f"{cast.seed}/{scene.name}")
    met = Encounter(cast.start, cast.footing, recorder, source, cast.places)
    # Each meeting has the whole budget: how long it waits for a place is our affair.
    met.seconds = scene.needs.seconds
    error: str | None = None
    refused = False
    try:
        await scene.script(met)  # type: ignore[arg-type]
    except TimeoutError:
        error = f"the script did not end within {scene.needs.seconds:g} s"
    except RunError as stop:
        error = " ".join(str(stop).split())
        refused = isinstance(stop, StepFailed) and stop.answered
    except asyncio.CancelledError:
        told = "the run was ended before the script was"
        cast.keep(Take(scene, recorder.close(complete=False, error=told)))
        raise
    transcript = recorder.close(complete=error is None, error=error, refused=refused)
    return Take(scene, transcript)


def recorder_for(scene: Scene, cast: StrategyCast, take: int) -> Recorder:
    """Where a take is written down; it begins with what is known of the strategy."""
    header = Header(
        script=scene.name,
        instance=f"{scene.name} ({cast.kind})",
        provider=cast.provider,
        prefix=f"cf{cast.run_id}-{scene_number(scene.name)}-{take}",
        symbols=(cast.footing.symbol,),
        seed=cast.seed,
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
        take=take,
    )
    recorder = Recorder(header, time.perf_counter, cast.redactor)
    told = cast.start.profile.facts
    recorder.note("what is declared of the strategy", name=PROFILE, facts=told)
    facts = cast.footing.facts
    recorder.note("how the strategy is made to trade", name=FOOTING, facts=facts)
    return recorder
