"""Whom a run judges: a Gateway, a strategy, or the two together."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from conformance.evidence.redaction import Redactor
from conformance.settings import Settings
from conformance.suite.casting import Casting
from conformance.suite.check import Suite
from conformance.suite.gateway import gateway_suite
from conformance.suite.pair import PREFIX as PAIR
from conformance.suite.pair import pair_suite
from conformance.suite.pair.casting import PairCasting
from conformance.suite.strategy import PREFIX, strategy_suite
from conformance.suite.strategy.casting import StrategyCasting


def suite_for(settings: Settings) -> Suite:
    """The modules that a run plays."""
    if settings.judges_pair:
        return pair_suite()
    return strategy_suite() if settings.judges_strategy else gateway_suite()


def suite_of(scripts: Iterable[str]) -> Suite:
    """The modules that these scripts belong to: those of one kind of run."""
    scripts = tuple(scripts)
    if any(name.startswith(PAIR) for name in scripts):
        return pair_suite()
    about_strategies = any(name.startswith(PREFIX) for name in scripts)
    return strategy_suite() if about_strategies else gateway_suite()


def whole_suite() -> Suite:
    """The modules of all kinds of run."""
    suites = (gateway_suite(), strategy_suite(), pair_suite())
    return Suite(tuple(module for suite in suites for module in suite.modules))


def casting_for(
    settings: Settings,
    environment: Mapping[str, str],
    redactor: Redactor,
    started: datetime,
) -> Casting | StrategyCasting:
    """Who finds out what the scripts are played with."""
    given = (settings, environment, redactor, started)
    if settings.judges_pair:
        return PairCasting(*given)
    return StrategyCasting(*given) if settings.judges_strategy else Casting(*given)
