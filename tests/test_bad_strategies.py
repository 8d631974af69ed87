"""Every check about a strategy can fail: a bad one violates just what it declares."""

import asyncio
import shutil

import pytest

from conformance.peers.strategy.rehearsal import rehearse
from conformance.suite.second_opinion import illegal_answers
from conformance.suite.strategy import strategy_suite
from fixtures.playing import so_many_at_once
from fixtures.strategies.bad import faults
from fixtures.strategies.fault import Fault
from fixtures.trying import (
    FOOTING,
    GOOD,
    NODE,
    SDK,
    cast_of,
    cast_of_good,
    modules_for,
    perform,
    perform_fault,
    profile_of,
    unkept,
)

AT_ONCE = 8
"""Bad strategies that are played side by side: they wait more than they work."""

IN_A_BATCH = 30


def is_slow(fault: Fault) -> bool:
    """Whether it is played a script that takes a minute."""
    modules = modules_for(fault.violates, fault.plays)
    return any(m.scene is not None and m.scene.needs.slow for m in modules)


def batches() -> list[tuple[Fault, ...]]:
    """All of them, the slow ones first: while they wait the others are played."""
    ordered = sorted(faults(), key=is_slow, reverse=True)
    starts = range(0, len(ordered), IN_A_BATCH)
    return [tuple(ordered[i : i + IN_A_BATCH]) for i in starts]


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: batch[0].name)
def test_bad_strategies_violate_exactly_what_they_declare(
    batch: tuple[Fault, ...],
) -> None:
    seen = asyncio.run(so_many_at_once(AT_ONCE, map(perform_fault, batch)))
    declared = {fault.name: frozenset(fault.violates) for fault in batch}
    faulted = {f.name: p.faulted for f, p in zip(batch, seen, strict=True)}
    assert faulted == declared


def test_the_good_strategy_violates_nothing_and_is_told_nothing_illegal() -> None:
    quick = [
        m for m in strategy_suite().modules if m.scene is None or not m.scene.needs.slow
    ]
    played = asyncio.run(perform(quick, cast_of_good(GOOD)))
    assert not played.faulted
    assert all(t.ending.complete for t in played.transcripts), [
        (t.name, t.ending.error) for t in played.transcripts if not t.ending.complete
    ]
    assert list(illegal_answers(played.transcripts)) == []


def test_the_rehearsal_finds_what_the_stand_ins_are_played_with() -> None:
    cast = cast_of(GOOD, profile_of())
    found = asyncio.run(rehearse(cast.start, unkept()))
    assert found.path == FOOTING.path
    assert (found.acks, found.pongs) == (FOOTING.acks, FOOTING.pongs)
    assert (found.side, found.entry, found.exit, found.turn) == (
        FOOTING.side,
        FOOTING.entry,
        FOOTING.exit,
        FOOTING.turn,
    )
    assert found.orders == FOOTING.orders


CORE = ("acknowledgements", "partial-fills", "unknown-outcome", "crashes", "errors")
"""Scripts that show whether a dialect is understood; the matrix plays all of them."""


@pytest.mark.parametrize("command", [SDK, NODE], ids=["sdk", "node"])
def test_good_strategies_in_other_dialects_violate_nothing(command: str) -> None:
    if command == NODE and shutil.which("node") is None:
        pytest.skip("there is no node here")
    played = asyncio.run(perform(modules_for((), CORE), cast_of_good(command)))
    assert not played.faulted
    assert all(t.ending.complete for t in played.transcripts)
