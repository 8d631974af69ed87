"""Which scripts a run plays, and which of their checks it asks for."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from conformance.judge.verdict import Outcome, Verdict
from conformance.settings import Settings
from conformance.spec.catalogue import requirement
from conformance.suite.check import Check, Suite, SuiteModule

Pair = tuple[str, str]
"""A module's name and a requirement's id: one item of pytest."""

NEEDS_SLOW = "needs --conformance-slow"


def selected(suite: Suite, settings: Settings) -> Suite:
    """The suite cut to the requirements, items and speed that were asked for."""
    quick = _cut(suite, lambda module, _: settings.slow or not _slow(module))
    return _with_scripts(quick, _cut(quick, lambda _, c: _asked_for(c, settings)))


def narrowed(suite: Suite, pairs: Iterable[Pair]) -> Suite:
    """The suite cut to these modules and requirements."""
    wanted = frozenset(pairs)
    kept = _cut(suite, lambda _, c: (c.script, c.requirement) in wanted)
    return _with_scripts(suite, kept)


def left_to_slow(suite: Suite, settings: Settings) -> tuple[Outcome, ...]:
    """What the checks of slow scripts say that were asked for and are not played."""
    return tuple(
        Outcome(c.requirement, c.name, c.script, Verdict.NOT_VERIFIED, NEEDS_SLOW)
        for module in suite.modules
        for c in module.checks
        if _slow(module) and not settings.slow and _asked_for(c, settings)
    )


def _cut(suite: Suite, keeps: Callable[[SuiteModule, Check], bool]) -> Suite:
    cut = (
        SuiteModule(
            m.name, m.purpose, m.scene, tuple(c for c in m.checks if keeps(m, c))
        )
        for m in suite.modules
    )
    return Suite(tuple(module for module in cut if module.checks))


def _with_scripts(whole: Suite, kept: Suite) -> Suite:
    """Invariants asked for alone are judged on every script of the suite."""
    if not kept.modules or any(m.scene is not None for m in kept.modules):
        return kept
    scripts = (m for m in whole.modules if m.scene is not None)
    silent = (SuiteModule(m.name, m.purpose, m.scene, ()) for m in scripts)
    return Suite((*silent, *kept.modules))


def _slow(module: SuiteModule) -> bool:
    return module.scene is not None and module.scene.needs.slow


def _asked_for(check: Check, settings: Settings) -> bool:
    patterns, items = settings.requirements, settings.items
    if patterns and not any(fnmatchcase(check.requirement, p) for p in patterns):
        return False
    return not items or bool(set(items) & set(requirement(check.requirement).items))
