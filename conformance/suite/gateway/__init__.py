"""The scripts and checks that judge a Gateway: every module of this folder is found."""

import importlib
import pkgutil
from functools import cache

from conformance.suite.check import Suite, read_module


@cache
def gateway_suite() -> Suite:
    """Every module here, in the order of its name."""
    found = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in found]
    read = (read_module(module) for module in modules)
    return Suite(tuple(module for module in read if module.checks))
