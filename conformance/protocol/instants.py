"""Reads and writes points in time: RFC 3339 with a zone."""

import re
from datetime import UTC, datetime

_FORM = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"
)


class NotAnInstant(ValueError):
    """The text is no RFC 3339 date-time with a zone."""


def instant_of(value: object) -> datetime:
    """The point in time, to the microsecond; raises NotAnInstant."""
    found = _FORM.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise NotAnInstant(f"{value!r} is no RFC 3339 date-time with a zone")
    day, clock, fraction, zone = found.groups()
    text = f"{day}T{clock}{(fraction or '')[:7]}{zone.upper().replace('Z', '+00:00')}"
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise NotAnInstant(f"{value!r}: {error}") from error


def text_of(instant: datetime) -> str:
    """RFC 3339 in UTC, with microseconds and Z."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
