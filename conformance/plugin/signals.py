"""Ends a run in good order on SIGTERM, and lets a report be written to its end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

Handler = Callable[[int, FrameType | None], object] | int | None


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class Termination:
    """SIGTERM ends the run as Ctrl-C does, unless somebody else handles it."""

    def __init__(self) -> None:
        self._before: Handler = None

    def listen(self) -> None:
        """Begins to, where this is the process's main thread."""
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            with suppress(ValueError):
                self._before = signal.signal(signal.SIGTERM, _interrupt)

    def rest(self) -> None:
        """What was before."""
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)
            self._before = None


@contextmanager
def undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not take the report away."""
    before: dict[signal.Signals, Handler] = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):
                before[number] = signal.signal(number, signal.SIG_IGN)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
