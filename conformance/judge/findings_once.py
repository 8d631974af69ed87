"""Tells a thing that a transcript shows again and again only the first time."""


class Once:
    """True the first time that it is asked about these facts."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, *facts: object) -> bool:
        # As text: an id that a Gateway tells may be a list.
        told = repr(facts)
        new = told not in self._told
        self._told.add(told)
        return new
