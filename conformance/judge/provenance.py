"""Whether every number that was told can come from what was said before."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation, localcontext

from conformance.evidence.entry import Json

ROUNDING = Decimal("1e-18")
"""What a reader may round away of each one."""

NO_FIGURES = re.compile(r"(^|_)(id|ids|at|timestamp|symbol|timeframe)$")
"""Fields whose digits are names or times."""


def numbers_in(value: Json) -> frozenset[Decimal]:
    """Every number in a JSON value, written as a number or as a text."""
    return frozenset(number for _, number in figures(value))


def figures(value: Json, where: str = "") -> Iterator[tuple[str, Decimal]]:
    """Every number in a JSON value with the name of its field."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not NO_FIGURES.search(str(name)):
                yield from figures(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from figures(inner, where)
    elif (number := _number(value)) is not None:
        yield where, number


def _number(value: Json) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    try:
        found = Decimal(str(value).strip().replace("_", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def from_nowhere(
    told: Json, known: frozenset[Decimal]
) -> Iterator[tuple[str, Decimal]]:
    """The numbers that were told and that nobody said, nor two of them make up.

    A remainder is a difference, a worth a product, a middle a mean of what was said.
    """
    for name, number in figures(told):
        if number not in known and not _made_of(number, known):
            yield name, number


def filled_in(
    told: Mapping[str, Json],
    said: Mapping[str, Json],
    before: Iterable[Mapping[str, Json]],
    names: Mapping[str, str],
) -> Iterator[tuple[str, Decimal]]:
    """The numbers told under names that were said before and are missing here.

    `names` gives the sayer's name of a field where it is not the teller's. A number
    that was said under this name before may still stand.
    """
    earlier = list(before)
    for name, value in told.items():
        theirs, number = names.get(name, name), _number(value)
        known = {_number(each.get(theirs)) for each in earlier} - {None}
        missing = _number(said.get(theirs)) is None
        if number is not None and known and missing and number not in known:
            yield name, number


def _made_of(number: Decimal, known: frozenset[Decimal]) -> bool:
    with localcontext(prec=60):
        if any(_near(number, one) for one in known):
            return True
        return bool(number) and any(
            _near(number, made)
            for one in known
            for other in known
            for made in (one - other, one + other, one * other, (one + other) / 2)
        )


def _near(number: Decimal, other: Decimal) -> bool:
    return abs(number - other) <= ROUNDING * max(Decimal(1), abs(other))
