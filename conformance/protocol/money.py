"""Reads and writes decimals exactly: money and quantities are never floats."""

import re
from decimal import Decimal

DIGITS = 100_000
"""More is no number: a product of a few of these would be beyond all arithmetic."""

_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class NotADecimal(ValueError):
    """The value is no JSON string of one finite, plain decimal number."""


def decimal_of(value: object) -> Decimal:
    """The number in a JSON string such as "10.50"; raises NotADecimal otherwise."""
    if isinstance(value, str) and len(value) > DIGITS:
        raise NotADecimal(f"{value[:20]}… has more than {DIGITS} digits")
    if not isinstance(value, str) or _PLAIN.fullmatch(value) is None:
        raise NotADecimal(f"{value!r} is no decimal string")
    return Decimal(value)


def text_of(value: Decimal) -> str:
    """The number in plain notation, without exponent and without a negative zero."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
