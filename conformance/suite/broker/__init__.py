"""The scripts on played brokers: every module of this folder, once for each broker."""

import importlib
import pkgutil
from dataclasses import replace
from functools import cache

from conformance.peers.scene import Scene
from conformance.peers.venues.registry import VENUES
from conformance.suite.check import SuiteModule, read_module


@cache
def broker_modules() -> tuple[SuiteModule, ...]:
    """A module of this folder for each broker, named after both: oanda-rejections."""
    found = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in found]
    return tuple(
        _on(provider, read_module(module, f"{provider}-"))
        for provider in VENUES
        for module in modules
        if getattr(module, "script", None) is not None
    )


def _on(provider: str, module: SuiteModule) -> SuiteModule:
    assert module.scene is not None, "a broker's checks belong to a script"
    needs = replace(module.scene.needs, venue=provider)
    scene = Scene(module.scene.name, module.scene.script, needs)
    return replace(module, scene=scene)
