"""Plays one course of generated requests against whatever answers for the subject."""

import asyncio

from conformance.peers.fuzz.course import Case, Course
from conformance.peers.fuzz.relay import PassOn, Relay


async def generate(course: Course, pass_on: PassOn) -> tuple[Case, ...]:
    """Has every request of a course passed on, one after the other; what they were.

    The generator blocks, so it is in a thread; a run that ends ends it too.
    """
    # schemathesis is an extra, and takes a second to import.
    from conformance.peers.fuzz.generation import Generation  # noqa: PLC0415

    async with Relay(pass_on) as relay:
        generation = Generation(course, relay.url)
        running = asyncio.ensure_future(asyncio.to_thread(generation.run))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            generation.stop()
            raise
