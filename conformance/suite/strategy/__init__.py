"""The scripts and checks that judge a strategy: every module here is found."""

import importlib
import pkgutil
from functools import cache

from conformance.suite.check import Suite, read_module

PREFIX = "strategy-"
"""How the names of all modules about a strategy begin."""


@cache
def strategy_suite() -> Suite:
    """Every module here that has checks, in the order of its name."""
    found = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in found)
    read = (read_module(module, PREFIX) for module in modules)
    return Suite(tuple(module for module in read if module.checks))
