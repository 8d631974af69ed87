"""A narrowed run plays what was asked for, and says what it left out."""

from collections.abc import Iterator

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation
from conformance.peers.played import Played
from conformance.peers.scene import Needs, Scene
from conformance.settings import Settings
from conformance.spec.catalogue import load_catalogue
from conformance.suite.check import Check, Suite, SuiteModule
from conformance.suite.selection import left_out, narrowed, selected

FIRST, SECOND, THIRD = [r.id for r in load_catalogue()][:3]


def seen(_: Transcript) -> Iterator[Observation]:
    yield from ()


async def script(_: Played) -> None:
    """Plays nothing."""


def module(name: str, *ids: str, needs: Needs | None = None) -> SuiteModule:
    scene = None if needs is None else Scene(name, script, needs)
    checks = tuple(Check(i, "it occurred", seen, name, scene is None) for i in ids)
    return SuiteModule(name, "", scene, checks)


SUITE = Suite(
    (
        module("cancel", FIRST, SECOND, needs=Needs()),
        module("flood", SECOND, needs=Needs(slow=True)),
        module("fill", SECOND, needs=Needs()),
        module("invariants-orders", THIRD),
    )
)


def names(suite: Suite) -> list[str]:
    return [m.name for m in suite.modules]


def test_only_the_scripts_of_the_pairs_are_played() -> None:
    kept = narrowed(SUITE, [("cancel", SECOND), ("invariants-orders", THIRD)])
    assert names(kept) == ["cancel", "invariants-orders"]
    assert [c.requirement for c in kept.checks] == [SECOND, THIRD]


def test_an_invariant_asked_for_alone_is_judged_on_every_script() -> None:
    kept = narrowed(SUITE, [("invariants-orders", THIRD)])
    assert names(kept) == names(SUITE)
    assert [c.requirement for c in kept.checks] == [THIRD]


def test_nothing_asked_for_plays_nothing() -> None:
    assert narrowed(SUITE, []).modules == ()


def test_a_requirement_asked_for_plays_its_scripts() -> None:
    assert names(selected(SUITE, Settings(requirements=(FIRST,)))) == ["cancel"]
    alone = selected(SUITE, Settings(requirements=(THIRD,)))
    assert names(alone) == ["cancel", "fill", "invariants-orders"]


def test_slow_scripts_are_left_out_and_say_what_they_need() -> None:
    assert "flood" not in names(selected(SUITE, Settings()))
    (left,) = left_out(SUITE, Settings())
    assert (left.requirement, left.script) == (SECOND, "flood")
    assert left.reason == "needs --conformance-slow"


def test_slow_scripts_are_played_where_that_was_asked_for() -> None:
    assert "flood" in names(selected(SUITE, Settings(slow=True)))
    assert left_out(SUITE, Settings(slow=True)) == ()
    assert left_out(SUITE, Settings(requirements=(FIRST,))) == ()
