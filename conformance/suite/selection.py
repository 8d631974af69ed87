"""Which scripts a run plays, and which of their checks it asks for."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from conformance.judge.verdict import Outcome, Verdict
from conformance.peers.scene import Needs
from conformance.settings import Settings
from conformance.spec.catalogue import requirement
from conformance.suite.check import Check, Suite, SuiteModule

Pair = tuple[str, str]
"""A module's name and a requirement's id: one item of pytest."""

NEEDS_SLOW = "needs --conformance-slow"
NEEDS_FUZZ = "needs --gateway-fuzz"


def selected(suite: Suite, settings: Settings) -> Suite:
    """The suite cut to the requirements, items and speed that were asked for."""
    quick = _cut(suite, lambda module, _: _left_out(module, settings) is None)
    return _with_scripts(quick, _cut(quick, lambda _, c: _asked_for(c, settings)))


def narrowed(suite: Suite, pairs: Iterable[Pair]) -> Suite:
    """The suite cut to these modules and requirements."""
    wanted = frozenset(pairs)
    kept = _cut(suite, lambda _, c: (c.script, c.requirement) in wanted)
    return _with_scripts(suite, kept)


def left_out(suite: Suite, settings: Settings) -> tuple[Outcome, ...]:
    """What checks say that were asked for, of slow or fuzz scripts not played."""
    return tuple(
        Outcome(c.requirement, c.name, c.script, Verdict.NOT_VERIFIED, reason)
        for module in suite.modules
        if (reason := _left_out(module, settings)) is not None
        for c in module.checks
        if _asked_for(c, settings)
    )


def _cut(suite: Suite, keeps: Callable[[SuiteModule, Check], bool]) -> Suite:
    cut = (
        replace(m, checks=tuple(c for c in m.checks if keeps(m, c)))
        for m in suite.modules
    )
    return Suite(tuple(module for module in cut if module.checks))


def _with_scripts(whole: Suite, kept: Suite) -> Suite:
    """Invariants asked for alone are judged on every script of the suite."""
    if not kept.modules or any(m.scene is not None for m in kept.modules):
        return kept
    scripts = (m for m in whole.modules if m.scene is not None)
    silent = (replace(m, checks=()) for m in scripts)
    return Suite((*silent, *kept.modules))


def _left_out(module: SuiteModule, settings: Settings) -> str | None:
    """Which option a module waits for; None where it is played."""
    needs = module.scene.needs if module.scene is not None else Needs()
    if needs.fuzz and not settings.fuzz:
        return NEEDS_FUZZ
    if needs.slow and not settings.slow:
        return NEEDS_SLOW
    return None


def _asked_for(check: Check, settings: Settings) -> bool:
    patterns, items = settings.requirements, settings.items
    if patterns and not any(fnmatchcase(check.requirement, p) for p in patterns):
        return False
    return not items or bool(set(items) & set(requirement(check.requirement).items))
