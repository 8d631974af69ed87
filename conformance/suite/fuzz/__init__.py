"""The scripts and checks that fuzz a Gateway: every module of this folder is found."""

import importlib
import pkgutil
from collections.abc import Iterator

from conformance.spec.contract import contract
from conformance.suite.check import SuiteModule, read_module

PREFIX = "fuzz-"
"""How the names of all modules that fuzz begin."""


def fuzz_modules() -> tuple[SuiteModule, ...]:
    """Every module here that has a script or makes some, in the order of its name.

    Those of operations that reckon with a number come last: one Gateway that runs
    already would be missing for all that came after what ended it.
    """
    return tuple(
        sorted(_modules(), key=lambda module: module.operation in _reckoning())
    )


def _reckoning() -> frozenset[str]:
    """The operations with a parameter that is a number, as limits are."""
    return frozenset(
        operation.key
        for operation in contract().operations
        for parameter in operation.document.get("parameters", ())
        if parameter["schema"].get("type") == "integer"
    )


def _modules() -> Iterator[SuiteModule]:
    for name in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        if hasattr(module, "suite_modules"):
            yield from module.suite_modules()
        elif hasattr(module, "script"):
            yield read_module(module, PREFIX)
