"""The scripts and checks that judge a Gateway: every module of this folder is found."""

import importlib
import pkgutil
from functools import cache

from conformance.suite.check import Suite, read_module
from conformance.suite.fuzz import fuzz_modules


@cache
def gateway_suite() -> Suite:
    """Every module here, in the order of its name, and those that fuzz after them."""
    found = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in found]
    read = (read_module(module) for module in modules)
    played = tuple(module for module in read if module.checks)
    return Suite((*played, *fuzz_modules()))
