"""The scripts and checks that fuzz a Gateway: every module of this folder is found."""

import importlib
import pkgutil
from collections.abc import Iterator

from conformance.suite.check import SuiteModule, read_module

PREFIX = "fuzz-"
"""How the names of all modules that fuzz begin."""


def fuzz_modules() -> tuple[SuiteModule, ...]:
    """Every module here that has a script or makes some, in the order of its name."""
    return tuple(_modules())


def _modules() -> Iterator[SuiteModule]:
    for name in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        if hasattr(module, "suite_modules"):
            yield from module.suite_modules()
        elif hasattr(module, "script"):
            yield read_module(module, PREFIX)
