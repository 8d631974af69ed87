"""Whom a run judges: the Gateway's suite and casting, or the strategy's."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from conformance.evidence.redaction import Redactor
from conformance.settings import Settings
from conformance.suite.casting import Casting
from conformance.suite.check import Suite
from conformance.suite.gateway import gateway_suite
from conformance.suite.strategy import PREFIX, strategy_suite
from conformance.suite.strategy.casting import StrategyCasting


def suite_for(settings: Settings) -> Suite:
    """The modules that a run plays."""
    return strategy_suite() if settings.judges_strategy else gateway_suite()


def suite_of(scripts: Iterable[str]) -> Suite:
    """The modules that these scripts belong to: those of one kind of run."""
    about_strategies = any(name.startswith(PREFIX) for name in scripts)
    return strategy_suite() if about_strategies else gateway_suite()


def whole_suite() -> Suite:
    """The modules of all kinds of run."""
    return Suite((*gateway_suite().modules, *strategy_suite().modules))


def casting_for(
    settings: Settings,
    environment: Mapping[str, str],
    redactor: Redactor,
    started: datetime,
) -> Casting | StrategyCasting:
    """Who finds out what the scripts are played with."""
    kind = StrategyCasting if settings.judges_strategy else Casting
    return kind(settings, environment, redactor, started)
