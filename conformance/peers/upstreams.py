"""What stands below an instance: the played Engine, the broker, or neither."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from conformance.evidence.recorder import Recorder
from conformance.peers.cast import Cast
from conformance.peers.engine.engine import PlayedEngine
from conformance.peers.scene import Scene
from conformance.peers.venues.registry import VENUES, Venue, venue_for


@dataclass(frozen=True, slots=True)
class Upstreams:
    """Who listens below, and the variables by which a Gateway finds them."""

    engine: PlayedEngine | None
    venue: Venue | None
    environment: dict[str, str]


@asynccontextmanager
async def standing(
    scene: Scene, cast: Cast, recorder: Recorder
) -> AsyncIterator[Upstreams]:
    """What a script asked for below, for as long as it is played."""
    engine = venue = None
    try:
        engine = await _engine(scene, cast, recorder)
        venue = await _venue(scene, cast, recorder)
        environment = _environment(scene, recorder, engine, venue)
        yield Upstreams(engine, venue, environment)
    finally:
        await _dismiss(engine, cast)
        if venue is not None:
            await venue.stop()


def provider_below(scene: Scene) -> str | None:
    """The provider that a script needs under it; None where any will do."""
    if scene.needs.venue:
        return scene.needs.venue
    return "tektii" if scene.needs.engine else None


def symbols_below(scene: Scene) -> tuple[str, ...]:
    """What the broker below trades; nothing where there is none."""
    return VENUES[scene.needs.venue].symbols if scene.needs.venue else ()


def _environment(
    scene: Scene,
    recorder: Recorder,
    engine: PlayedEngine | None,
    venue: Venue | None,
) -> dict[str, str]:
    needs, symbols = scene.needs, recorder.header.symbols
    found = dict(needs.environment)
    if engine is not None:
        found |= engine.environment(symbols[0])
    if venue is None:
        return found
    asked = venue.environment(*symbols, mode=needs.mode, events=needs.subscribed)
    return {**asked, **found}


async def _engine(scene: Scene, cast: Cast, recorder: Recorder) -> PlayedEngine | None:
    if not scene.needs.engine:
        return None
    if cast.subject.shared and cast.engine is not None:
        cast.engine.hand_over(recorder)
        return cast.engine
    engine = PlayedEngine(recorder, cast.pace.patience)
    await engine.start()
    return engine


async def _venue(scene: Scene, cast: Cast, recorder: Recorder) -> Venue | None:
    if not scene.needs.venue:
        return None
    venue = venue_for(scene.needs.venue, recorder, cast.pace.patience)
    await venue.start()
    return venue


async def _dismiss(engine: PlayedEngine | None, cast: Cast) -> None:
    if engine is None:
        return
    if engine is cast.engine:
        engine.hand_over()
    else:
        await engine.stop()
