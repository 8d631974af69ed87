"""Which checks a run plays: those asked for, and of the slow ones only on request."""

from fnmatch import fnmatchcase

from conformance.settings import Settings
from conformance.spec.catalogue import requirement
from conformance.suite.check import Check, Suite, SuiteModule


def selected(suite: Suite, settings: Settings) -> Suite:
    """The suite cut to the requirements, items and speed that were asked for."""
    kept = (_cut(module, settings) for module in suite.modules)
    return Suite(tuple(module for module in kept if module.checks))


def _cut(module: SuiteModule, settings: Settings) -> SuiteModule:
    slow = module.scene is not None and module.scene.needs.slow
    checks = tuple(
        check
        for check in module.checks
        if _asked_for(check, settings) and (settings.slow or not slow)
    )
    return SuiteModule(module.name, module.purpose, module.scene, checks)


def _asked_for(check: Check, settings: Settings) -> bool:
    patterns, items = settings.requirements, settings.items
    if patterns and not any(fnmatchcase(check.requirement, p) for p in patterns):
        return False
    return not items or bool(set(items) & set(requirement(check.requirement).items))
