"""Waits for what a server has seen, with no polling."""

import asyncio
from collections.abc import Callable

Seen = Callable[[], bool]


class Waiters:
    """Who waits for which condition; every news is held against each."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Seen, asyncio.Future[None]]] = []

    def tell(self) -> None:
        """Something has happened."""
        for seen, future in self._waiting:
            if not future.done() and seen():
                future.set_result(None)

    async def wait(self, seen: Seen, seconds: float) -> bool:
        """Returns once `seen` holds; whether it did in time."""
        if seen():
            return True
        waiting = (seen, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(seconds):
                await waiting[1]
        except TimeoutError:
            return False
        finally:
            self._waiting.remove(waiting)
        return True
