"""Ports for processes that bind them later: none is given twice at a time."""

import random
import socket

RANGE = (10_000, 32_000)
"""Below what Linux gives of itself: a server of ours on any port takes none of these,
nor does a connection that somebody opens between our look and the process's bind."""

TRIES = 100


class Ports:
    """The ports that were given and not yet given back."""

    def __init__(self) -> None:
        self._given: set[int] = set()
        self._random = random.SystemRandom()

    def take(self) -> int:
        """A port that nobody listens on; OSError where none was found."""
        for _ in range(TRIES):
            port = self._random.randrange(*RANGE)
            if port not in self._given and _is_free(port):
                self._given.add(port)
                return port
        raise OSError(f"no port from {RANGE[0]} to {RANGE[1]} is free")

    def give_back(self, port: int) -> None:
        """Whoever had it is gone."""
        self._given.discard(port)


def free_port() -> int:
    """One port, for whoever needs no more."""
    return Ports().take()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
