"""A narrowed run plays what was asked for, and says what it left out."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.evidence.transcript import Transcript
from conformance.judge.finding import Observation
from conformance.peers.played import Played
from conformance.peers.scene import Needs, Scene
from conformance.settings import Settings
from conformance.spec.catalogue import load_catalogue
from conformance.suite.check import Check, Suite, SuiteModule
from conformance.suite.selection import (
    left_out,
    missing_providers,
    narrowed,
    selected,
)

FIRST, SECOND, THIRD, FOURTH = [r.id for r in load_catalogue()][:4]


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


PROVIDERS = Suite(
    (
        *SUITE.modules,
        module("engine-fills", SECOND, needs=Needs(engine=True)),
        module("oanda-fills", SECOND, FOURTH, needs=Needs(venue="oanda")),
        module("oanda-silence", FOURTH, needs=Needs(venue="oanda", slow=True)),
        module("saxo-fills", SECOND, FOURTH, needs=Needs(venue="saxo")),
    )
)
COMMAND = Settings(gateway_cmd="embedded")


def of(*providers: str, slow: bool = False) -> Settings:
    return replace(COMMAND, providers=providers, slow=slow)


def test_brokers_are_played_only_where_they_are_named() -> None:
    usual = ["cancel", "fill", "engine-fills", "invariants-orders"]
    assert sorted(names(selected(PROVIDERS, COMMAND))) == sorted(usual)
    everything = selected(PROVIDERS, of("mock", "tektii", "oanda", "saxo", slow=True))
    assert everything == PROVIDERS


@pytest.mark.parametrize(
    ("provider", "plays"),
    [
        ("mock", ["cancel", "fill"]),
        ("tektii", ["engine-fills"]),
        ("oanda", ["oanda-fills"]),
        ("saxo", ["saxo-fills"]),
        ("alpaca", []),
    ],
)
def test_one_provider_named_is_the_only_one_played(
    provider: str, plays: list[str]
) -> None:
    kept = names(selected(PROVIDERS, of(provider)))
    assert sorted(kept) == sorted([*plays, "invariants-orders"] if plays else SILENT)


SILENT = names(Suite(tuple(m for m in PROVIDERS.modules if m.scene is None)))


def test_what_only_brokers_decide_says_what_it_needs_and_nothing_else_does() -> None:
    left = [o for o in left_out(PROVIDERS, COMMAND) if o.script != "flood"]
    scripts = ["oanda-fills", "oanda-silence", "saxo-fills"]
    assert [(o.requirement, o.script) for o in left] == [(FOURTH, s) for s in scripts]
    assert {o.reason for o in left} == {"needs --gateway-provider oanda or saxo"}


def test_where_the_gateway_runs_already_a_broker_needs_the_command_too() -> None:
    given = Settings(gateway_url="embedded", requirements=(FOURTH,))
    reasons = {o.reason for o in left_out(PROVIDERS, given)}
    assert reasons == {"needs --gateway-cmd and --gateway-provider oanda or saxo"}


def test_a_named_providers_slow_scripts_are_told_and_no_others() -> None:
    (left,) = left_out(PROVIDERS, of("oanda"))
    assert (left.script, left.reason) == ("oanda-silence", "needs --conformance-slow")


def test_a_requirement_that_is_decided_elsewhere_keeps_its_verdict() -> None:
    left = left_out(PROVIDERS, COMMAND)
    assert not [o for o in left if o.requirement == SECOND and o.script != "flood"]


def test_some_providers_are_a_part_of_the_suite_and_all_are_the_whole() -> None:
    parts = [of("oanda"), of("mock"), of("mock", "oanda")]
    assert all(map(missing_providers, parts))
    assert not any(map(missing_providers, [COMMAND, of("mock", "tektii", "saxo")]))
