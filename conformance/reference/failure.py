"""What the reference Gateway answers instead of a success: a code and a sentence."""

from dataclasses import dataclass, field
from typing import Any

from conformance.protocol.codes import STATUS


@dataclass
class Failure(Exception):
    """One error envelope; its status follows from its code."""

    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return STATUS[self.code]


def invalid(field_name: str, reason: str, provided: Any = None) -> Failure:
    """A value that cannot be used."""
    return Failure(
        "INVALID_VALUE",
        f"{field_name}: {reason}",
        {"field": field_name, "provided": None if provided is None else str(provided)},
    )


def rejected(reason: str, message: str) -> Failure:
    """An order that the venue refuses."""
    return Failure("ORDER_REJECTED", message, {"reject_code": reason})
