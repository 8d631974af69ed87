"""The scripts and checks that judge a strategy and a real Gateway together."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

from conformance.peers.scene import Scene
from conformance.suite.check import Check, Suite, SuiteModule, read_module
from conformance.suite.gateway import gateway_suite
from conformance.suite.pair import sides
from conformance.suite.pair.program import IMPOSSIBLE, UNSEEN
from conformance.suite.strategy import PREFIX as STRATEGY
from conformance.suite.strategy import strategy_suite

PREFIX = "pair-"
"""How the names of all modules about a pair begin."""

NOT_SCRIPTS = frozenset({"casting", "program", "sides"})

EVERYWHERE = frozenset({"FID-12", "FID-13", "FID-14", "FID-15"})
"""Requirements of the Gateway whose checks hold on any talk of three parties."""


@cache
def pair_suite() -> Suite:
    """The duties' modules, those of pairs alone, and the Gateway's invariants."""
    own = {PREFIX + name.replace("_", "-"): module for name, module in _own()}
    modules = [*_duties(own), *_only_here(own), *_of_the_gateway()]
    return Suite(tuple(sorted(modules, key=lambda m: m.name)))


def _own() -> Iterator[tuple[str, ModuleType]]:
    for info in pkgutil.iter_modules(__path__):
        if info.name not in NOT_SCRIPTS:
            yield info.name, importlib.import_module(f"{__name__}.{info.name}")


def _duties(own: dict[str, ModuleType]) -> Iterator[SuiteModule]:
    """Every module about strategies: its checks, on a script that a pair can play."""
    for module in strategy_suite().modules:
        name = PREFIX + module.name.removeprefix(STRATEGY)
        scene = None if module.scene is None else _scene(name, module.scene, own)
        checks = tuple(_duty(c, name) for c in module.checks)
        yield replace(module, name=name, scene=scene, checks=checks)


def _duty(check: Check, name: str) -> Check:
    reason = UNSEEN.get(check.requirement)
    moved = _moved(check, name, sides.the_strategy)
    if reason is None:
        return moved
    return replace(moved, function=sides.unseen(f"not in a pair: {reason}"))


def _scene(name: str, scene: Scene, own: dict[str, ModuleType]) -> Scene:
    needs: Any = scene.needs
    script: Any = scene.script
    if name in own:
        script = own[name].script
        needs = getattr(own[name], "NEEDS", needs)
    reason = IMPOSSIBLE.get(name.removeprefix(PREFIX), "")
    needs = replace(needs, impossible=f"not in a pair: {reason}" if reason else "")
    return Scene(name, script, needs)


def _only_here(own: dict[str, ModuleType]) -> Iterator[SuiteModule]:
    """Modules with checks of their own: each says whose duty it is."""
    for module in own.values():
        read = read_module(module, PREFIX)
        checks = tuple(_moved(c, read.name, _side(c)) for c in read.checks)
        if checks:
            yield replace(read, checks=checks)


def _of_the_gateway() -> Iterator[SuiteModule]:
    """What holds for a Gateway on any transcript."""
    for module in gateway_suite().modules:
        if module.scene is None:
            yield _anywhere(module, module.checks)
        elif module.scene.needs.venue:
            # A pair's Gateway is on our Engine: a broker's script says nothing of it.
            continue
        elif kept := [c for c in module.checks if c.requirement in EVERYWHERE]:
            yield _anywhere(replace(module, scene=None), kept)


def _anywhere(module: SuiteModule, checks: Iterable[Check]) -> SuiteModule:
    name = f"{PREFIX}gateway-{module.name.removeprefix('invariants-')}"
    moved = (
        _moved(replace(c, invariant=True), name, sides.the_gateway) for c in checks
    )
    return replace(module, name=name, checks=tuple(moved))


def _side(check: Check) -> sides.Side:
    duty = check.requirement.startswith("DUT")
    return sides.the_strategy if duty else sides.the_gateway


def _moved(check: Check, script: str, side: sides.Side) -> Check:
    return replace(check, script=script, function=side(check.function))
