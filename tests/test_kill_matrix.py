"""Every check can fail: each mutant violates exactly what it declares."""

import asyncio
import json
from importlib import resources

import pytest

from conformance.evidence.entry import Kind
from conformance.evidence.transcript import Transcript
from conformance.judge.fuzzing import generated
from conformance.suite.fuzz import PREFIX
from conformance.suite.second_opinion import disagreements, illegal_requests
from fixtures.gateways import mutants
from fixtures.gateways.mutant import Mutant
from fixtures.playing import embedded, modules_named, modules_of, perform
from fixtures.sessions.bad import bad_sessions
from fixtures.strategies.bad import faults

MOST_EXAMPLES = 500
"""In so many examples altogether every fault is found that only fuzzing meets."""


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_mutant_violates_exactly_what_it_declares(mutant: Mutant) -> None:
    played = asyncio.run(
        perform(modules_of(mutant), embedded(mutant.gateway), examples=mutant.examples)
    )
    assert played.faulted == frozenset(mutant.violates)
    if is_fuzzed(mutant):
        assert sum(map(spoilt, played.transcripts)) <= MOST_EXAMPLES


def is_fuzzed(mutant: Mutant) -> bool:
    return any(name.startswith(PREFIX) for name in mutant.only)


def spoilt(transcript: Transcript) -> int:
    """How many requests, messages and answers were generated, or spoilt."""
    named = [e.data.get("name") for e in transcript.of_kind(Kind.NOTE)]
    cases = sum(name in {"said", "spoilt", "answered"} for name in named)
    return cases + len(list(generated(transcript)))


def test_fuzzing_has_many_seeded_faults_to_find_in_few_examples() -> None:
    assert len([m for m in mutants() if is_fuzzed(m)]) >= 15


def test_the_good_reference_violates_nothing_and_is_asked_nothing_illegal() -> None:
    """In one playing of everything: it takes a minute."""
    played = asyncio.run(perform(modules_named(()), embedded()))
    assert not played.faulted
    assert all(t.ending.complete for t in played.transcripts), [
        (t.name, t.ending.error) for t in played.transcripts if not t.ending.complete
    ]
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
