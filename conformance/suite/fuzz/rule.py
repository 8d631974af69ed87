"""A check that many fuzz modules share: what it decides, and where it can occur."""

from collections.abc import Callable
from dataclasses import dataclass

from conformance.spec.contract import Operation
from conformance.suite.check import Judgement


def everywhere(operation: Operation) -> bool:
    """It can occur on every operation."""
    return True


def takes_something(operation: Operation) -> bool:
    """The operation has a parameter or a body, so that something can be wrong."""
    return bool(operation.document.get("parameters")) or has_body(operation)


def has_body(operation: Operation) -> bool:
    """The operation takes a body."""
    return "requestBody" in operation.document


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement, the situation in words, and which operations can show it."""

    requirement: str
    occurs: str
    function: Judgement
    fits: Callable[[Operation], bool] = everywhere
    in_sequences: bool = True
