"""readiness.json: the interface that other programs read."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from conformance.readiness.model import Readiness


def json_text(readiness: Readiness) -> str:
    """The file's text."""
    return json.dumps(facts(readiness), indent=1, ensure_ascii=False, default=_plain)


def facts(readiness: Readiness) -> dict[str, Any]:
    """The same as plain values."""
    return asdict(readiness)


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a report")
