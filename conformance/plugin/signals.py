"""Ends a run in good order on SIGTERM and SIGHUP; a report is written to its end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

Handler = Callable[[int, FrameType | None], object] | int | None


NAMES = ("SIGTERM", "SIGHUP")
"""Asked to end, and a terminal that is gone: an ssh that broke off, say."""


def _interrupt(number: int, frame: FrameType | None) -> None:
    # `timeout` and some supervisors ask both the process and its group: twice at once.
    for each in _ours():
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _ours() -> tuple[signal.Signals, ...]:
    known = signal.Signals.__members__
    return tuple(known[name] for name in NAMES if name in known)


class Termination:
    """These end the run as Ctrl-C does, unless somebody else handles them."""

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Handler] = {}

    def listen(self) -> None:
        """Begins to, where this is the process's main thread."""
        for number in _ours():
            # Under nohup it is ignored, and stays so.
            if signal.getsignal(number) is signal.SIG_DFL:
                with suppress(ValueError):
                    self._before[number] = signal.signal(number, _interrupt)

    def rest(self) -> None:
        """What was before."""
        while self._before:
            signal.signal(*self._before.popitem())


@contextmanager
def undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not take the report away."""
    before: dict[signal.Signals, Handler] = {}
    try:
        for number in (signal.SIGINT, *_ours()):
            with suppress(ValueError):
                before[number] = signal.signal(number, signal.SIG_IGN)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
