"""How many orders go to OANDA in a second: no more than the Gateway says."""

import asyncio
from collections import deque

ORDERS_PER_SECOND = 30
"""Well below the 120 requests that OANDA takes."""

SECOND = 1.05
"""A second, and what it may take until an order has arrived."""


class Pace:
    """Lets so many through in a second; the others wait for their turn."""

    def __init__(self, most: int = ORDERS_PER_SECOND) -> None:
        self.most = most
        self._sent: deque[float] = deque(maxlen=most)

    async def turn(self) -> None:
        """Returns when one more may be sent."""
        clock = asyncio.get_running_loop().time
        while len(self._sent) == self.most:
            left = self._sent[0] + SECOND - clock()
            if left <= 0:
                break
            await asyncio.sleep(left)
        self._sent.append(clock())
