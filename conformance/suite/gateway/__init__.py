"""The scripts and checks that judge a Gateway: every module of this folder is found."""

import importlib
import pkgutil
from functools import cache

from conformance.suite.broker import broker_modules
from conformance.suite.check import Suite, read_module
from conformance.suite.fuzz import fuzz_modules


@cache
def gateway_suite() -> Suite:
    """Every module here, by name; then those on brokers, and those that fuzz."""
    found = sorted(info.name for info in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in found]
    read = (read_module(module) for module in modules)
    played = tuple(module for module in read if module.checks)
    return Suite((*played, *broker_modules(), *fuzz_modules()))
