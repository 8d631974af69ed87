"""Every check can fail: each mutant violates exactly what it declares."""

import asyncio
import json
from collections.abc import Coroutine
from importlib import resources

import pytest

from conformance.evidence.entry import Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.fuzzing import generated
from conformance.suite.check import SuiteModule
from conformance.suite.fuzz import PREFIX
from conformance.suite.second_opinion import (
    disagreements,
    illegal_below,
    illegal_requests,
)
from fixtures.gateways import mutants
from fixtures.gateways.mutant import Mutant
from fixtures.playing import (
    Played,
    crashes,
    embedded,
    modules_named,
    modules_of,
    out_of_reach,
    perform,
    so_many_at_once,
    within_reach,
)
from fixtures.sessions.bad import bad_sessions
from fixtures.strategies.bad import faults

MOST_EXAMPLES = 500
"""In so many examples altogether every fault is found that only fuzzing meets."""


AT_ONCE = 8
"""Mutants that are played side by side: nine tenths of their time they wait."""

IN_A_BATCH = 67

LONGEST = (
    "waits-for-its-engine-for-ever",
    "waits-for-a-word",
    "falls-silent-after-a-loss",
    "never-answers",
    "waits-for-everybody",
)
"""They keep a script waiting for all its time: who begins first ends first."""


def is_fuzzed(mutant: Mutant) -> bool:
    return any(name.startswith(PREFIX) for name in mutant.only)


def is_alone(mutant: Mutant) -> bool:
    """Whether it leaves no time to others: it generates, or stops all."""
    return mutant.alone or is_fuzzed(mutant)


def batches() -> list[tuple[Mutant, ...]]:
    """All that can be played side by side, the longest first."""
    found = [m for m in mutants() if not is_alone(m)]
    ordered = sorted(found, key=lambda mutant: mutant.name not in LONGEST)
    starts = range(0, len(ordered), IN_A_BATCH)
    return [tuple(ordered[i : i + IN_A_BATCH]) for i in starts]


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: batch[0].name)
def test_mutants_violate_exactly_what_they_declare(batch: tuple[Mutant, ...]) -> None:
    async def play() -> tuple[list[Played], list[str]]:
        broken = crashes()
        return await so_many_at_once(AT_ONCE, map(played, batch)), broken

    seen, broken = asyncio.run(play())
    assert broken == []
    declared = {m.name: frozenset(m.violates) for m in batch}
    faulted = {m.name: p.faulted for m, p in zip(batch, seen, strict=True)}
    assert faulted == declared


@pytest.mark.parametrize(
    "mutant", [m for m in mutants() if is_alone(m)], ids=lambda mutant: mutant.name
)
def test_a_mutant_violates_exactly_what_it_declares(mutant: Mutant) -> None:
    seen = asyncio.run(played(mutant))
    assert seen.faulted == frozenset(mutant.violates)
    if is_fuzzed(mutant):
        assert sum(map(spoilt, seen.transcripts)) <= MOST_EXAMPLES


def played(mutant: Mutant) -> Coroutine[object, object, Played]:
    """What a mutant is played with, all of it."""
    subject = embedded(mutant.gateway)
    return perform(modules_of(mutant), subject, examples=mutant.examples)


def test_the_longest_are_mutants() -> None:
    assert set(LONGEST) <= {m.name for m in mutants()}


def spoilt(transcript: Transcript) -> int:
    """How many requests, messages and answers were generated, or spoilt."""
    named = [e.data.get("name") for e in transcript.of_kind(Kind.NOTE)]
    cases = sum(name in {"said", "spoilt", "answered"} for name in named)
    return cases + len(list(generated(transcript)))


def test_fuzzing_has_many_seeded_faults_to_find_in_few_examples() -> None:
    assert len([m for m in mutants() if is_fuzzed(m)]) >= 15


def is_on_a_broker(module: SuiteModule) -> bool:
    return module.scene is not None and bool(module.scene.needs.venue)


@pytest.mark.parametrize("brokers", [False, True], ids=["others", "brokers"])
def test_the_good_reference_violates_nothing_and_is_asked_nothing_illegal(
    brokers: bool,
) -> None:
    """In one playing of everything else, and one of everything on brokers."""
    modules = [
        m
        for m in within_reach(modules_named(()))
        if m.scene is None or is_on_a_broker(m) is brokers
    ]
    played = asyncio.run(perform(modules, embedded()))
    assert not played.faulted
    lost = [t for t in played.transcripts if not t.ending.complete]
    assert not lost, [(t.name, t.ending.error) for t in lost]
    assert list(illegal_below(played.transcripts)) == []
    assert list(illegal_requests(played.transcripts)) == []
    assert list(disagreements(played.transcripts)) == []


def test_a_gateway_without_a_line_to_a_broker_violates_nothing_there() -> None:
    modules = out_of_reach(modules_named(()))
    played = asyncio.run(perform(modules, embedded(), takes=1))
    assert not played.faulted
    assert list(illegal_below(played.transcripts)) == []
    assert list(illegal_requests(played.transcripts)) == []
    assert list(disagreements(played.transcripts)) == []


def test_the_shipped_matrix_names_the_mutants_that_there_are() -> None:
    path = resources.files("conformance.spec") / "kill_matrix.json"
    shipped = json.loads(path.read_text(encoding="utf-8"))["requirements"]
    declared: dict[str, list[str]] = {}
    for mutant in (*mutants(), *faults(), *bad_sessions()):
        for requirement in mutant.violates:
            declared.setdefault(requirement, []).append(mutant.name)
    assert {r: sorted(row["mutants"]) for r, row in shipped.items()} == {
        r: sorted(names) for r, names in declared.items()
    }
