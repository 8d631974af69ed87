"""A JSON body as a broker reads it: what the standard does not have is none."""

import json
import math

from conformance.evidence.entry import Json


def read(body: str) -> Json:
    """The JSON of a body; ValueError where it is none, or nested out of all reason."""
    try:
        return json.loads(body, parse_constant=_no_number, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(f"{text[:20]} is beyond all numbers")
    return found
