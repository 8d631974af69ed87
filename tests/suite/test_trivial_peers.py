"""With the doctor bypassed, nothing reads met on a peer that is no Gateway."""

import pytest

from conformance.judge.verdict import Verdict
from conformance.peers.played import Pace
from fixtures.playing import modules_fuzzing_little, perform, within_reach
from fixtures.trivial import TRIVIAL, Speak, listening, stays_silent

FUZZ = ("fuzz-get-status", "fuzz-post-orders", "fuzz-sequences", "fuzz-stream")
"""One after the other, each would wait its time for a peer that is silent."""

HASTY = Pace(patience=0.2, quiet=0.05, answer=0.2, fault=0.2)


@pytest.mark.parametrize("speak", TRIVIAL, ids=lambda speak: speak.__name__)
async def test_nothing_is_met(speak: Speak) -> None:
    modules = modules_fuzzing_little(*FUZZ)
    if speak is stays_silent:
        modules = within_reach(modules)  # Each script waits all its time for it.
    async with listening(speak) as subject:
        played = await perform(modules, subject, pace=HASTY, takes=1, seconds=3)
    assert played.transcripts
    assert not played.of(Verdict.MET)
