"""Which scripts a run plays, and which of their checks it asks for."""

from collections.abc import Callable, Iterable, Iterator
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
USUAL = frozenset({"mock", "tektii"})
"""The providers that are played unless others are named: they need no broker."""


def selected(suite: Suite, settings: Settings) -> Suite:
    """The suite cut to the requirements, items and speed that were asked for."""
    quick = _cut(suite, lambda module, _: _is_played(module, settings))
    return _with_scripts(quick, _cut(quick, lambda _, c: _asked_for(c, settings)))


def narrowed(suite: Suite, pairs: Iterable[Pair]) -> Suite:
    """The suite cut to these modules and requirements."""
    wanted = frozenset(pairs)
    kept = _cut(suite, lambda _, c: (c.script, c.requirement) in wanted)
    return _with_scripts(suite, kept)


def left_out(suite: Suite, settings: Settings) -> tuple[Outcome, ...]:
    """What checks say that were asked for, of scripts that wait for an option.

    A broker's script is told of only where nothing else checks the requirement: else
    what the mock or the Engine decides would read as open in every usual run.
    """
    chosen = {*(settings.providers or USUAL), None}
    slow = tuple(
        Outcome(c.requirement, c.name, c.script, Verdict.NOT_VERIFIED, reason)
        for module in suite.modules
        if provider_of(module) in chosen
        if (reason := _waits_for(module, settings)) is not None
        for c in module.checks
        if _asked_for(c, settings)
    )
    return (*slow, *_of_brokers(suite, settings))


def missing_providers(settings: Settings) -> bool:
    """Whether what a usual run plays was cut down to some providers."""
    return bool(settings.providers) and not set(settings.providers) >= USUAL


def provider_of(module: SuiteModule) -> str | None:
    """The provider that a script is played on; None for invariants and strategies."""
    needs = module.scene.needs if module.scene is not None else None
    if not isinstance(needs, Needs):
        return None
    return needs.venue or ("tektii" if needs.engine else "mock")


def _of_brokers(suite: Suite, settings: Settings) -> Iterator[Outcome]:
    """What only brokers' scripts decide, where no provider was named."""
    if settings.providers:
        return
    usual = {*USUAL, None}
    told = {c.requirement for m, c in _checks(suite) if provider_of(m) in usual}
    found = [
        (str(provider_of(module)), each)
        for module, each in _checks(suite)
        if each.requirement not in told and _asked_for(each, settings)
    ]
    also = "" if settings.gateway_cmd else "--gateway-cmd and "
    for _, each in found:
        names = dict.fromkeys(n for n, c in found if c.requirement == each.requirement)
        reason = f"needs {also}--gateway-provider {' or '.join(names)}"
        yield Outcome(
            each.requirement, each.name, each.script, Verdict.NOT_VERIFIED, reason
        )


def _checks(suite: Suite) -> Iterator[tuple[SuiteModule, Check]]:
    yield from ((module, each) for module in suite.modules for each in module.checks)


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


def _is_played(module: SuiteModule, settings: Settings) -> bool:
    provider = provider_of(module)
    chosen = settings.providers or USUAL
    return _waits_for(module, settings) is None and provider in {*chosen, None}


def _waits_for(module: SuiteModule, settings: Settings) -> str | None:
    """Which option a module waits for; None for none."""
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
