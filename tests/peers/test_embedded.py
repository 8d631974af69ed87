"""An embedded Gateway is measured by what it holds, not by the process around it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from conformance.peers.embedded import EmbeddedSubject
from conformance.peers.instances import Instance

MIB = 2**20


@pytest_asyncio.fixture
async def instance() -> AsyncIterator[Instance]:
    """One that runs."""
    subject = EmbeddedSubject()
    yield await subject.start("it", {})
    await subject.close()


async def test_what_it_keeps_was_not_seen_where_the_heap_had_room(
    instance: Instance,
) -> None:
    before = instance.memory
    room = [b"x" * MIB for _ in range(64)]
    del room
    instance.gateway.handlers.kept = [b"x" * MIB for _ in range(64)]  # type: ignore[attr-defined]
    assert before is not None
    assert instance.memory is not None
    assert instance.memory - before >= 64 * MIB


async def test_what_others_take_in_its_process_is_not_its(instance: Instance) -> None:
    before = instance.memory
    others = [b"x" * MIB for _ in range(64)]
    assert before is not None
    assert instance.memory is not None
    assert abs(instance.memory - before) < MIB
    assert others
