"""Which events of the Engine were delivered, and which of them may be released."""

from collections.abc import Iterable


class Acknowledgements:
    """Each delivered event is released once, when a strategy names it."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def told(self, event_id: str) -> None:
        """An event was delivered to a strategy."""
        self._open.add(event_id)

    def release(self, named: Iterable[str]) -> list[str]:
        """What of these may be acknowledged to the Engine, in the strategy's order."""
        found = [name for name in dict.fromkeys(named) if name in self._open]
        self._open.difference_update(found)
        return found
