"""The scripts of a pair are those about strategies, and the Gateway's invariants."""

from conformance.suite.gateway import gateway_suite
from conformance.suite.pair import PREFIX, pair_suite
from conformance.suite.pair.program import IMPOSSIBLE, UNSEEN
from conformance.suite.strategy import strategy_suite


def names(requirement: str) -> list[str]:
    return [c.script for c in pair_suite().checks if c.requirement == requirement]


def test_every_duty_is_in_a_pair_too() -> None:
    here = {c.requirement for c in pair_suite().checks}
    assert {c.requirement for c in strategy_suite().checks} <= here


def test_what_nobody_can_play_says_why() -> None:
    scenes = {m.name: m.scene for m in pair_suite().modules if m.scene is not None}
    for name, reason in IMPOSSIBLE.items():
        needs = scenes[PREFIX + name].needs
        assert reason in needs.impossible  # type: ignore[attr-defined]
    assert all(names(requirement) for requirement in UNSEEN)


def test_the_gateways_invariants_hold_for_a_pair() -> None:
    here = {c.requirement for c in pair_suite().checks if c.invariant}
    theirs = {c.requirement for c in gateway_suite().checks if c.invariant}
    assert theirs <= here


def test_no_check_is_there_twice() -> None:
    rows = [(c.script, c.requirement, c.name) for c in pair_suite().checks]
    assert len(rows) == len(set(rows))


def test_the_modules_of_strategies_and_gateways_are_as_they_were() -> None:
    pair_suite()
    assert all(c.script.startswith("strategy-") for c in strategy_suite().checks)
    assert not any(c.script.startswith(PREFIX) for c in gateway_suite().checks)
