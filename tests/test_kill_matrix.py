"""Every check can fail: each mutant violates exactly what it declares."""

import asyncio
import json
from importlib import resources

import pytest

from conformance.suite.second_opinion import disagreements, illegal_requests
from fixtures.gateways import mutants
from fixtures.gateways.mutant import Mutant
from fixtures.playing import embedded, modules_named, modules_of, perform
from fixtures.sessions.bad import bad_sessions
from fixtures.strategies.bad import faults


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_mutant_violates_exactly_what_it_declares(mutant: Mutant) -> None:
    played = asyncio.run(
        perform(modules_of(mutant), embedded(mutant.gateway), examples=mutant.examples)
    )
    assert played.faulted == frozenset(mutant.violates)


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
