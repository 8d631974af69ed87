"""Tells a thing that a transcript shows again and again only the first time."""


class Once:
    """True the first time that it is asked about these facts."""

    def __init__(self) -> None:
        self._told: set[tuple[object, ...]] = set()

    def __call__(self, *facts: object) -> bool:
        new = facts not in self._told
        self._told.add(facts)
        return new
