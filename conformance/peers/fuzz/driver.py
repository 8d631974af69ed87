"""Plays one course of generated requests against whatever answers for the subject."""

import asyncio

from conformance.peers.fuzz.course import Case, Course
from conformance.peers.fuzz.relay import Asked, PassOn, Relay
from conformance.peers.reply import Reply


async def generate(course: Course, pass_on: PassOn) -> tuple[Case, ...]:
    """Has every request of a course passed on, one after the other; what they were.

    The generator blocks, so it is in a thread; a run that ends ends it too. What
    `pass_on` raises ends it likewise, and is raised here.
    """
    # schemathesis is an extra, and takes a second to import.
    from conformance.peers.fuzz.generation import Generation  # noqa: PLC0415

    raised: list[Exception] = []

    async def passed_on(asked: Asked) -> Reply:
        try:
            return await pass_on(asked)
        except Exception as error:
            # A server would answer 500, and nobody would hear of it.
            raised.append(error)
            generation.stop()
            raise

    async with Relay(passed_on) as relay:
        generation = Generation(course, relay.url)
        running = asyncio.ensure_future(asyncio.to_thread(generation.run))
        try:
            cases = await asyncio.shield(running)
        except asyncio.CancelledError:
            generation.stop()
            raise
    if raised:
        raise raised[0]
    return cases
