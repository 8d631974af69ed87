"""An order as a broker is asked for it, in the words that a Gateway is asked in."""

from decimal import Decimal

from conformance.evidence.entry import Json
from conformance.protocol.money import text_of


def plain(**said: Json | Decimal) -> dict[str, Json]:
    """What was said of an order, without what was not; amounts are exact texts."""
    return {name: _text(value) for name, value in said.items() if value is not None}


def _text(value: Json | Decimal) -> Json:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float | Decimal):
        return text_of(Decimal(str(value)))
    return str(value)
